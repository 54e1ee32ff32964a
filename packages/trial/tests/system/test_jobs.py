"""``trial -j`` with processes that are, and tests that do to them what tests do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

COMMAND = [sys.executable, "-m", "twisted.trial"]

TESTS = """
import os, signal, subprocess, sys, threading, time, warnings
from twisted.internet import defer, reactor
from twisted.internet.protocol import Factory
from twisted.python import log
from twisted.trial import unittest

class T(unittest.TestCase):
    def test_good(self): self.assertEqual(os.path.basename(os.path.dirname(os.getcwd())), "_trial_temp")
    def test_bad(self): self.assertEqual(1, 2)
    def test_exit(self): os._exit(3)
    def test_kill(self): os.kill(os.getpid(), signal.SIGKILL)
    def test_sysexit(self): sys.exit(4)
    def test_log(self): log.msg("x" * 5000000)
    def test_huge(self): raise ValueError("y" * 3000000)
    def test_garbage(self): os.write(4, b"GARBAGE" * 10)
    def test_close(self): os.close(4)
    def test_fork(self):
        child = os.fork()
        if not child:
            return
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 70)
    def test_thread(self): threading.Thread(target=time.sleep, args=(300,)).start()
    def test_leak(self): reactor.callLater(100, int)
    def test_listen(self): reactor.listenTCP(0, Factory(), interface="127.0.0.1")
    def test_hang(self): return defer.Deferred()
    test_hang.timeout = 0.1
    def test_surprise(self): pass
    test_surprise.todo = "later"
    def test_warn(self): warnings.warn("beware")
    def test_print(self): print("z" * 100000)
    def test_deferred(self):
        d = defer.Deferred()
        reactor.callLater(0, d.callback, None)
        return d
    def test_wait(self): time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "test_jobs_t2.py").write_text(dedent(TESTS))
    return tmp_path


def finding(folder: Path) -> dict[str, str]:
    """An environment in which the folder's modules are found as well."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))}


def trial(folder: Path, *words: str, timeout: float = 60) -> tuple[int, str]:
    ended = subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env=finding(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    return ended.returncode, ended.stdout


def names(*tests: str) -> list[str]:
    return [f"test_jobs_t2.T.test_{test}" for test in tests]


def test_whatever_a_test_does_to_its_worker_the_others_run(folder: Path) -> None:
    died = ["exit", "kill", "garbage", "close"]
    wrong = ["sysexit", "huge", "leak", "listen", "hang"]
    fine = ["good", "log", "fork", "thread", "warn", "print", "deferred"]

    status, text = trial(folder, "-j2", *names(*died, *wrong, *fine, "bad", "surprise"))

    assert status == 1
    assert text.startswith("Running 18 tests.\n")
    for test in fine:
        # "listen" says two things, and its second line has no name.
        assert re.search(rf"^    test_{test} \.\.\. +\[OK\]$", text, re.MULTILINE), test
    for test in [*died, *wrong]:
        assert re.search(rf"^    test_{test} \.\.\. ", text, re.MULTILINE)
        assert f"\n\n{names(test)[0]}\n" in text
    assert text.count("has ended in the middle of this test") == len(died)
    assert "(exit status 3)" in text and "(signal 9)" in text
    assert re.search(r"/test_jobs_t2\.py:\d+: UserWarning: beware\n", text)
    assert text.endswith("FAILED (failures=1, errors=9, unexpectedSuccesses=1, successes=8)\n")


def test_each_worker_keeps_what_its_tests_log_and_print(folder: Path) -> None:
    status, _ = trial(folder, "-j1", *names("log", "print"))

    assert status == 0
    own = (folder / "_trial_temp" / "0" / "test.log").read_text()
    assert "x" * 5000000 in own and "--> test_jobs_t2.T.test_log <--" in own
    assert "x" * 5000000 in (folder / "_trial_temp" / "test.log").read_text()
    assert (folder / "_trial_temp" / "0" / "out.log").read_text() == "z" * 100000 + "\n"
    assert (folder / "_trial_temp" / "0" / "err.log").read_text() == ""


def test_an_unexpected_success_is_no_failure(folder: Path) -> None:
    status, text = trial(folder, "-j2", *names("surprise"))

    assert status == 0
    assert "[SUCCESS!?!]\nReason: 'later'\n" in text
    assert text.endswith("PASSED (unexpectedSuccesses=1)\n")


def test_what_cannot_be_loaded_is_told_and_the_others_run(folder: Path) -> None:
    status, text = trial(folder, "-j2", "nowhere_t2", *names("good"))

    assert status == 1
    assert text.startswith("Running 1 tests.\nnowhere_t2 ...")
    assert text.endswith("FAILED (errors=1, successes=1)\n")


def test_the_first_failure_ends_the_run_if_wanted(folder: Path) -> None:
    status, text = trial(folder, "-j1", "-x", *names("bad", "good", "deferred"))

    assert status == 1
    assert "Ran 1 tests" in text and "test_good" not in text


def test_runs_go_on_until_one_fails(folder: Path) -> None:
    (folder / "test_until_t2.py").write_text(
        dedent(
            """
            from twisted.trial import unittest
            runs = []
            class T(unittest.TestCase):
                def test_it(self):
                    runs.append(1)
                    self.assertLess(len(runs), 3)
            """
        )
    )

    status, text = trial(folder, "-j1", "-u", "test_until_t2")

    assert status == 1
    assert re.findall(r"^Test Pass \d$", text, re.MULTILINE) == ["Test Pass 1", "Test Pass 2", "Test Pass 3"]
    assert text.count("PASSED (successes=1)") == 2 and text.endswith("FAILED (failures=1)\n")


def test_a_seed_gives_the_order_in_one_process_and_in_several(folder: Path) -> None:
    (folder / "test_order_t2.py").write_text(
        "from twisted.trial import unittest\nclass T(unittest.TestCase):\n"
        + "".join(f"    def test_{number}(self): pass\n" for number in range(10))
    )

    orders = []
    for words in ([], ["-j1"]):
        _, text = trial(folder, "--reporter=bwverbose", "-z7", *words, "test_order_t2")
        orders.append(re.findall(r"test_order_t2\.T\.test_\d", text))

    assert orders[0] == orders[1] != sorted(orders[0])
    assert len(orders[0]) == 10


def test_an_interrupted_run_leaves_nobody_behind(folder: Path) -> None:
    run = subprocess.Popen(
        [*COMMAND, "-j2", "--reporter=bwverbose", *names("good", "wait")],
        cwd=folder,
        env=finding(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    try:
        lines = [run.stdout.readline(), run.stdout.readline()]
        assert lines == ["Running 2 tests.\n", f"{names('good')[0]} ... [OK]\n"]
        run.send_signal(signal.SIGINT)
        rest, _ = run.communicate(timeout=30)
    finally:
        run.kill()

    assert run.returncode == 1
    assert "(killed: the run was interrupted)" in rest
    assert rest.endswith("FAILED (errors=1, successes=1)\n")


def test_nobody_who_reads_ends_the_run_quietly(folder: Path) -> None:
    for words in (names("good"), ["-j2", *names("good", "deferred")]):
        run = subprocess.Popen(
            [*COMMAND, *words],
            cwd=folder,
            env=finding(folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert run.stdout is not None and run.stderr is not None
        run.stdout.close()
        with run.stderr:
            complaints = run.stderr.read()
        assert run.wait(30) == 1
        assert complaints == ""


def test_a_reactor_and_other_options_hold_in_the_workers(folder: Path) -> None:
    (folder / "test_heed_t2.py").write_text(
        dedent(
            """
            import gc, sys
            from twisted.internet import reactor
            from twisted.trial import unittest
            class T(unittest.TestCase):
                def test_it(self):
                    self.assertEqual(type(reactor).__name__, "SelectReactor")
                    self.assertEqual(sys.getrecursionlimit(), 2345)
                    self.assertFalse(gc.isenabled())
            """
        )
    )

    status, text = trial(folder, "-j1", "--reactor=select", "--recursionlimit=2345", "--disablegc", "test_heed_t2")

    assert status == 0, text


def test_each_worker_writes_which_lines_it_ran(folder: Path) -> None:
    (folder / "counted_t2.py").write_text("def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    (folder / "test_counting_t2.py").write_text(
        dedent(
            """
            import os, counted_t2
            from twisted.trial import unittest
            class T(unittest.TestCase):
                def test_it(self):
                    os.chdir("/")
                    self.assertEqual(counted_t2.one(), 1)
            """
        )
    )

    status, text = trial(folder, "-j1", "--coverage", "test_counting_t2")

    assert status == 0, text
    # What it loads counts the runner itself.
    for place, run in (("0/coverage", "    1:     return 1\n"), ("coverage", ">>>>>>     return 1\n")):
        written = (folder / "_trial_temp" / place / "counted_t2.cover").read_text()
        assert run in written and ">>>>>>     return 2\n" in written


def test_workers_that_cannot_start_are_an_error_of_the_run(folder: Path) -> None:
    # What a worker imports first is broken, and only there: the runner was started elsewhere.
    (folder / "test_start_t2.py").write_text(
        dedent(
            """
            import os
            from twisted.trial import unittest
            from twisted.trial._jobs import pool
            pool._BOOT = "raise SystemExit(9)"
            class T(unittest.TestCase):
                def test_a(self): pass
                def test_b(self): pass
                def test_c(self): pass
                def test_d(self): pass
            """
        )
    )

    status, text = trial(folder, "-j1", "test_start_t2")

    assert status == 1
    assert "WorkersUnusable: workers end at once (exit status 9): see " in text
    assert "<not in test>" in text
    assert "test_d" not in text


def test_a_run_takes_as_long_as_its_longest_test(folder: Path) -> None:
    started = time.monotonic()

    status, text = trial(folder, "-j1", *names("thread", "good"))

    assert status == 0, text
    # A thread that a test has left running (for five minutes) is not waited for.
    assert time.monotonic() - started < 50


def test_the_command_is_installed() -> None:
    from importlib.metadata import entry_points

    found: Any = [entry for entry in entry_points(group="console_scripts") if entry.name == "trial"]

    assert [entry.value for entry in found] == ["twisted.scripts.trial:run"]
