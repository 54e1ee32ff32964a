"""`react` on the asyncio reactor, in a process of its own: main is entered with the loop running."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
from twisted.internet import asyncioreactor
loop = None
if sys.argv[1] == "uvloop":
    import uvloop
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
asyncioreactor.install(loop)
from twisted.internet import defer, task, threads

async def main(reactor):
    print(asyncio.get_running_loop() is reactor._asyncioEventloop, asyncio.current_task() is not None)
    try:
        await asyncio.wait_for(defer.Deferred(), 0.01)
    except asyncio.TimeoutError:
        print("timeout")
    await asyncio.sleep(0.001)
    await task.deferLater(reactor, 0.001)
    print(await threads.deferToThread(divmod, 7, 2))

task.react(main)
"""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_main_runs_inside_the_loop(loop: str) -> None:
    if loop == "uvloop":
        pytest.importorskip("uvloop", reason="uvloop is not for this platform")
    answer = subprocess.run([sys.executable, "-c", PROGRAM, loop], capture_output=True, text=True, timeout=60)

    assert (answer.stdout.splitlines(), answer.returncode) == (["True True", "timeout", "(3, 1)"], 0), answer.stderr


def test_a_program_that_names_no_loop_gets_one_without_a_warning() -> None:
    program = """if True:
        from twisted.internet import asyncioreactor
        asyncioreactor.install()
        from twisted.internet import reactor
        reactor.callWhenRunning(reactor.stop)
        reactor.run()
        print(type(reactor).__name__)
        reactor._asyncioEventloop.close()
    """
    answer = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)

    assert (answer.stdout, answer.stderr, answer.returncode) == ("AsyncioSelectorReactor\n", "", 0)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="policies have no current loop any more")
def test_the_loop_that_is_there_already_is_taken() -> None:
    program = """if True:
        import asyncio
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        from twisted.internet import asyncioreactor
        print(asyncioreactor.AsyncioSelectorReactor()._asyncioEventloop is loop)
        loop.close()
    """
    answer = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)

    assert (answer.stdout, answer.returncode) == ("True\n", 0), answer.stderr
