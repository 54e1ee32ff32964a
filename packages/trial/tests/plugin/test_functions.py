"""Functions on the reactor under pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from .sessions import Session, run

HEAD = """
import contextvars
import pytest
from twisted.internet import defer, protocol, task
from twisted.python import log

def fall(*_):
    raise ZeroDivisionError("fell")

def soon(reactor, result=None):
    return task.deferLater(reactor, 0, lambda: result)
"""

SOURCE = (
    HEAD
    + """
pytestmark = pytest.mark.twisted

variable = contextvars.ContextVar("variable", default=0)


@pytest.fixture
def setting():
    variable.set(3)


async def test_coroutine(reactor):
    assert await soon(reactor, 3) == 3
    assert reactor.running


async def test_coroutine_fails(reactor):
    await soon(reactor)
    fall()


def test_deferred(reactor):
    return soon(reactor)


def test_deferred_fails(reactor):
    return soon(reactor).addCallback(fall)


def test_nothing_to_wait_for():
    assert True


def test_fails_at_once():
    assert 1 == 2


async def test_skips():
    pytest.skip("not today")


@pytest.mark.xfail(strict=True)
async def test_expected(reactor):
    await soon(reactor)
    fall()


@pytest.mark.twisted(timeout=0.01)
async def test_late():
    await defer.Deferred()


@pytest.mark.twisted(0.02)
def test_late_too():
    return defer.Deferred()


async def test_logged():
    log.err(ZeroDivisionError("logged"))


async def test_logged_and_fails():
    log.err(KeyError("logged"))
    fall()


async def test_flushed(flush_logged_errors):
    log.err(ZeroDivisionError("logged"))
    assert flush_logged_errors(KeyError) == []
    assert len(flush_logged_errors(ZeroDivisionError)) == 1


async def test_unhandled():
    deferred = defer.fail(ZeroDivisionError("unhandled"))
    deferred.itself = deferred


async def test_call_left(reactor):
    reactor.callLater(1000, fall)


async def test_port_left(reactor):
    reactor.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")


@pytest.fixture
def ports(reactor):
    made = [reactor.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")]
    yield made
    for port in made:
        port.stopListening()


async def test_what_a_fixture_closes_is_not_left(reactor, ports):
    ports.append(reactor.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1"))


async def test_context(setting):
    assert variable.get() == 3


@pytest.mark.parametrize("number", [1, 2])
async def test_parameters(number, clock, memory_reactor):
    assert number in (1, 2)
    clock.advance(number)
    assert clock.seconds() == number
    memory_reactor.callLater(1, fall)
    assert memory_reactor.seconds() == 0 and len(memory_reactor.getDelayedCalls()) == 1
    memory_reactor.listenTCP(80, None)
    assert len(memory_reactor.tcpServers) == 1


class TestClass:
    async def test_method(self, reactor):
        await soon(reactor)
        self.done = True
        assert self.done
"""
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return run(tmp_path_factory.mktemp("functions"), SOURCE)


@pytest.mark.parametrize(
    ("test", "outcome", "text"),
    [
        ("test_coroutine", "call passed", ""),
        ("test_coroutine_fails", "call failed", "ZeroDivisionError: fell"),
        ("test_deferred", "call passed", ""),
        ("test_deferred_fails", "call failed", "ZeroDivisionError: fell"),
        ("test_nothing_to_wait_for", "call passed", ""),
        ("test_fails_at_once", "call failed", "assert 1 == 2"),
        ("test_skips", "call skipped", "Skipped: not today"),
        ("test_expected", "call xfailed", ""),
        ("test_late", "call failed", "(test_late) still running at 0.01 secs"),
        ("test_late_too", "call failed", "(test_late_too) still running at 0.02 secs"),
        ("test_logged", "call failed", "ZeroDivisionError: logged"),
        ("test_logged_and_fails", "call failed", "ZeroDivisionError: fell"),
        ("test_flushed", "call passed", ""),
        ("test_unhandled", "call failed", "ZeroDivisionError: unhandled"),
        ("test_call_left", "call passed, teardown failed", "DirtyReactorAggregateError: Reactor was unclean"),
        ("test_port_left", "call passed, teardown failed", "<twisted.internet.tcp.Port of "),
        ("test_what_a_fixture_closes_is_not_left", "call passed", ""),
        ("test_context", "call passed", ""),
        ("test_parameters[1]", "call passed", ""),
        ("test_parameters[2]", "call passed", ""),
        ("TestClass::test_method", "call passed", ""),
    ],
)
def test_pytest_says_what_became_of_a_function(session: Session, test: str, outcome: str, text: str) -> None:
    assert session.outcomes[test] == outcome
    assert text in session.texts[test]


def test_that_was_all_of_them(session: Session) -> None:
    assert len(session.outcomes) == 21


def test_the_traceback_begins_in_the_function(session: Session) -> None:
    for test in ("test_fails_at_once", "test_coroutine_fails", "test_call_left"):
        assert "twisted/trial" not in session.texts[test]
        assert f"def {test}(" in session.texts[test]


def test_an_error_that_was_logged_besides_is_not_lost(session: Session) -> None:
    assert "KeyError: 'logged'" in session.sections["test_logged_and_fails"]["Captured further errors call"]


PLAIN = (
    HEAD
    + """
async def test_coroutine():
    assert True

def test_deferred(reactor):
    return soon(reactor).addCallback(fall)

def test_plain():
    assert True

def test_plain_logs():
    log.err(ZeroDivisionError("logged"))
"""
)


@pytest.mark.filterwarnings("ignore")
def test_functions_that_nobody_marked_are_left_alone(tmp_path: Path) -> None:
    session = run(tmp_path, PLAIN)

    assert session.outcomes["test_coroutine"] == "call failed"
    assert "async def functions are not natively supported" in session.texts["test_coroutine"]
    assert session.outcomes["test_plain"] == session.outcomes["test_plain_logs"] == "call passed"


def test_they_are_left_alone_beside_marked_ones(tmp_path: Path) -> None:
    source = PLAIN + "\n@pytest.mark.twisted\nasync def test_marked(reactor):\n    await soon(reactor)\n"

    session = run(tmp_path, source)

    assert session.outcomes["test_coroutine"] == "call failed"
    assert session.outcomes["test_plain_logs"] == session.outcomes["test_marked"] == "call passed"


def test_all_of_them_run_on_the_reactor_if_the_configuration_says_so(tmp_path: Path) -> None:
    session = run(tmp_path, PLAIN, ini="trial_mode = auto")

    assert session.outcomes == {
        "test_coroutine": "call passed",
        "test_deferred": "call failed",
        "test_plain": "call passed",
        "test_plain_logs": "call failed",
    }


def test_markers_of_functions_classes_and_modules_add_up(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        import pytest
        from twisted.internet import defer, reactor as usual

        pytestmark = pytest.mark.twisted(timeout=0.01, fresh_reactor=True)

        async def test_module(reactor):
            assert reactor is not usual
            await defer.Deferred()

        @pytest.mark.twisted(0.02, fresh_reactor=None)
        async def test_function(reactor):
            assert reactor is not usual
            await defer.Deferred()

        @pytest.mark.twisted(fresh_reactor=False)
        class TestClass:
            async def test_class(self, reactor):
                assert reactor is usual
                await defer.Deferred()

            @pytest.mark.twisted(timeout=0.03)
            async def test_method(self, reactor):
                assert reactor is usual
                await defer.Deferred()
        """,
    )

    assert "still running at 0.01 secs" in session.texts["test_module"]
    assert "still running at 0.02 secs" in session.texts["test_function"]
    assert "still running at 0.01 secs" in session.texts["TestClass::test_class"]
    assert "still running at 0.03 secs" in session.texts["TestClass::test_method"]


@pytest.mark.parametrize("said", ["timeot=3", "1, 2", "1, fresh=True"])
def test_a_marker_that_nobody_understands_is_refused(tmp_path: Path, said: str) -> None:
    session = run(tmp_path, f"import pytest\n@pytest.mark.twisted({said})\nasync def test_it(): pass")

    assert session.status != 0
    assert "test_it: the marker twisted takes timeout and fresh_reactor, not" in session.output


def test_the_configuration_says_how_long_a_function_may_take(tmp_path: Path) -> None:
    source = HEAD + "async def test_late():\n    await defer.Deferred()\n"

    session = run(tmp_path, source, ini="trial_mode = auto\ntrial_timeout = 0.03")

    assert "still running at 0.03 secs" in session.texts["test_late"]


@pytest.mark.parametrize(
    ("ini", "said"),
    [
        ("trial_mode = sometimes", "trial_mode is 'strict' or 'auto', not 'sometimes'"),
        ("trial_timeout = soon", "trial_timeout is a number of seconds, not 'soon'"),
        ("trial_reactor = nowhere", "there is no reactor 'nowhere'; there are: "),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(tmp_path: Path, ini: str, said: str) -> None:
    session = run(tmp_path, "def test_it(): pass", ini=ini)

    assert session.status == 4 and said in session.output
    assert "Traceback" not in session.output


# Reactors


NAME_OF_DEFAULT = "type(__import__('twisted.internet.reactor').internet.reactor).__name__"

WHICH = """
import pytest

@pytest.mark.twisted
async def test_which(reactor):
    assert type(reactor).__name__ == NAME
"""


@pytest.mark.parametrize("options", [("--reactor=poll",), ("--trial-reactor=poll",)])
def test_an_option_names_the_reactor(tmp_path: Path, options: tuple[str, ...]) -> None:
    session = run(tmp_path, WHICH.replace("NAME", "'PollReactor'"), *options)

    assert session.outcomes == {"test_which": "call passed"}


def test_the_configuration_names_the_reactor_unless_an_option_does(tmp_path: Path) -> None:
    source = WHICH.replace("NAME", "'SelectReactor'")

    assert run(tmp_path, source, ini="trial_reactor = select").outcomes == {"test_which": "call passed"}
    assert run(tmp_path, source, "--reactor=select", ini="trial_reactor = poll").outcomes == {
        "test_which": "call passed"
    }


def test_another_reactor_that_is_there_already_is_refused(tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text("from twisted.internet import selectreactor\nselectreactor.install()\n")

    refused = run(tmp_path, "def test_it(): pass", "-p", "early", "-o", "pythonpath=.", "--reactor=poll")
    taken = run(tmp_path, "def test_it(): pass", "-p", "early", "-o", "pythonpath=.", "--reactor=select")

    assert refused.status == 4
    assert "cannot run tests on the reactor 'poll': something has installed SelectReactor before" in refused.output
    assert taken.status == 0


ASYNCIO = """
import asyncio
import pytest
from twisted.internet import defer
from twisted.trial.unittest import TestCase

@pytest.mark.twisted
async def test_function():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    assert asyncio.current_task() is not None

class Cases(TestCase):
    async def setUp(self):
        asyncio.get_running_loop()

    async def test_case(self):
        await asyncio.sleep(0)
        await defer.Deferred.fromFuture(asyncio.ensure_future(asyncio.sleep(0)))

class Late(TestCase):
    timeout = 0.05
    async def test_late(self):
        await asyncio.sleep(100)
"""


def test_coroutines_may_use_asyncio_from_their_first_line_on(tmp_path: Path) -> None:
    session = run(tmp_path, ASYNCIO, "--reactor=asyncio")

    assert session.outcomes == {
        "test_function": "call passed",
        "Cases::test_case": "call passed",
        "Late::test_late": "call failed",
    }
    assert "still running at 0.05 secs" in session.texts["Late::test_late"]


FRESH = """
import pytest
import twisted.internet
from twisted.internet import reactor as usual
from twisted.trial.unittest import TestCase

def look(reactor):
    from twisted.internet import reactor as now
    assert reactor is now is twisted.internet.reactor
    assert type(reactor) is type(usual)
    assert not hasattr(reactor, "was_here")
    reactor.was_here = True

seen = []

@pytest.mark.twisted(fresh_reactor=True)
async def test_one(reactor):
    from twisted.internet import task
    look(reactor)
    assert reactor is not usual
    await task.deferLater(reactor, 0, lambda: None)
    reactor.callFromThread(int)
    seen.append(reactor)

@pytest.mark.twisted(fresh_reactor=True)
class TestTwo(TestCase):
    def test_two(self):
        from twisted.internet import reactor
        look(reactor)
        assert reactor is not usual and reactor is not seen[0]
        assert seen[0].getReaders() == []
        loop = getattr(seen[0], "_asyncioEventloop", None)
        assert loop is None or (loop.is_closed() and loop is not usual._asyncioEventloop)

@pytest.mark.twisted(fresh_reactor=False)
def test_three(reactor):
    assert reactor is usual and not hasattr(reactor, "was_here")

@pytest.mark.twisted(fresh_reactor=True)
async def test_four(reactor):
    reactor.callLater(1000, int)
"""


@pytest.mark.parametrize(("options", "ini"), [((), "trial_fresh_reactor = true"), (("--reactor=asyncio",), "")])
def test_a_test_may_have_a_reactor_of_its_own(tmp_path: Path, options: tuple[str, ...], ini: str) -> None:
    session = run(tmp_path, FRESH, *options, ini=ini)

    assert session.outcomes == {
        "test_one": "call passed",
        "TestTwo::test_two": "call passed",
        "test_three": "call passed",
        "test_four": "call passed, teardown failed",
    }


def test_all_tests_may_have_reactors_of_their_own(tmp_path: Path) -> None:
    source = FRESH.replace("(fresh_reactor=True)", "").replace("@pytest.mark.twisted\nclass", "class")

    session = run(tmp_path, source, ini="trial_fresh_reactor = true")

    assert session.outcomes["test_one"] == session.outcomes["TestTwo::test_two"] == "call passed"


# Others


HYPOTHESIS = """
import pytest
from hypothesis import given, settings, strategies as st
from twisted.internet import reactor, task
from twisted.trial.unittest import TestCase

seen = []

@pytest.mark.twisted
@settings(max_examples=20, deadline=None, database=None)
@given(st.integers())
async def test_coroutine(number):
    await task.deferLater(reactor, 0, seen.append, number)

@pytest.mark.twisted
@settings(max_examples=20, deadline=None, database=None)
@given(number=st.integers())
def test_deferred(number):
    return task.deferLater(reactor, 0, seen.append, number)

@pytest.mark.twisted
def test_seen():
    assert len(seen) == 40

@pytest.mark.twisted
@settings(deadline=None, database=None)
@given(st.integers())
async def test_fails(number):
    await task.deferLater(reactor, 0, lambda: None)
    assert number < 1000

@pytest.mark.twisted(timeout=0.01)
@settings(deadline=None, database=None, max_examples=2)
@given(st.just(1))
async def test_late(number):
    await task.deferLater(reactor, 100, lambda: None)

class Cases(TestCase):
    @settings(max_examples=20, deadline=None, database=None)
    @given(st.integers())
    async def test_case(self, number):
        assert self.id().endswith("test_case")
        await task.deferLater(reactor, 0, lambda: None)

    @settings(deadline=None, database=None)
    @given(st.integers())
    def test_case_fails(self, number):
        return task.deferLater(reactor, 0, lambda: self.assertTrue(number < 1000))
"""


def test_each_example_of_hypothesis_is_waited_for(tmp_path: Path) -> None:
    session = run(tmp_path, HYPOTHESIS)

    assert session.outcomes == {
        "test_coroutine": "call passed",
        "test_deferred": "call passed",
        "test_seen": "call passed",
        "test_fails": "call failed",
        "test_late": "call failed",
        "Cases::test_case": "call passed",
        "Cases::test_case_fails": "call failed",
    }
    assert "number=1000," in session.texts["test_fails"]
    assert "number=1000," in session.texts["Cases::test_case_fails"]
    assert "still running at 0.01 secs" in session.texts["test_late"]


OTHERS = """
import asyncio
import pytest
from twisted.internet import reactor, task
from twisted.trial.unittest import TestCase

@pytest.mark.anyio
async def test_anyio(anyio_backend_name):
    import anyio
    await anyio.sleep(0)
    assert not reactor.running

@pytest.mark.twisted
@pytest.mark.asyncio
async def test_asyncio():
    assert asyncio.get_running_loop()

@pytest.mark.twisted
async def test_ours():
    await task.deferLater(reactor, 0, lambda: None)
    assert reactor.running

class Cases(TestCase):
    async def test_case(self):
        await task.deferLater(reactor, 0, lambda: None)
"""


def test_anyio_has_its_own(tmp_path: Path) -> None:
    pytest.importorskip("anyio", reason="pip install anyio")

    session = run(tmp_path, OTHERS, "-k", "not test_asyncio", ini="trial_mode = auto", others="anyio")

    assert set(session.outcomes.values()) == {"call passed"} and len(session.outcomes) >= 3


def test_pytest_asyncio_has_its_own(tmp_path: Path) -> None:
    pytest.importorskip("pytest_asyncio", reason="pip install pytest-asyncio")

    session = run(tmp_path, OTHERS, "-k", "not anyio", others="asyncio")

    assert set(session.outcomes.values()) == {"call passed"} and len(session.outcomes) == 3


def test_pytest_twisted_has_its_own(tmp_path: Path) -> None:
    pytest.importorskip("pytest_twisted", reason="pip install pytest-twisted")
    source = """
        import pytest, pytest_twisted
        from twisted.internet import reactor, task
        from twisted.trial.unittest import TestCase

        @pytest_twisted.ensureDeferred
        async def test_theirs():
            await task.deferLater(reactor, 0, lambda: None)

        @pytest.mark.twisted
        async def test_ours():
            await task.deferLater(reactor, 0, lambda: None)

        @pytest.mark.twisted
        async def test_ours_late():
            await task.deferLater(reactor, 0, lambda: None)
            raise ValueError("bad")

        class Cases(TestCase):
            async def test_case(self):
                await task.deferLater(reactor, 0, lambda: None)
    """
    for options in ((), ("--reactor=asyncio",), ("--trial-reactor=asyncio",)):
        session = run(tmp_path, source, *options, others="all")
        assert session.outcomes == {
            "test_theirs": "call passed",
            "test_ours": "call passed",
            "test_ours_late": "call failed",
            "Cases::test_case": "call passed",
        }
    refused = run(tmp_path, source, "--trial-reactor=poll", others="twisted")
    assert refused.status == 4 and "pytest-twisted cannot run the reactor 'poll'" in refused.output


STAND_IN = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--reactor", default="default", choices=("default", "asyncio"))

def pytest_configure(config):
    print("stand-in installs", config.getoption("reactor"))

def blockon(deferred):
    raise AssertionError("nobody runs the reactor")
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "stand-in installs default"),
        (("--reactor=asyncio",), "stand-in installs asyncio"),
        (("--trial-reactor=asyncio",), "stand-in installs asyncio"),
        (("--trial-reactor=default",), "stand-in installs default"),
        (("--trial-reactor=poll",), "pytest-twisted cannot run the reactor 'poll'; leave it out with -p no:twisted"),
    ],
)
def test_where_pytest_twisted_is_the_reactor_is_its_choice(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    (tmp_path / "pytest_twisted.py").write_text(STAND_IN)

    session = run(tmp_path, WHICH.replace("NAME", NAME_OF_DEFAULT), "-p", "pytest_twisted", "-s", *options)

    assert said in session.output
    assert session.status == (4 if "poll" in said else 0)


def test_a_project_may_have_an_option_of_that_name(tmp_path: Path) -> None:
    source = """
        import pytest

        def test_it(request):
            assert request.config.getoption("--reactor") == "mine"

        @pytest.mark.twisted
        async def test_which(reactor):
            assert type(reactor).__name__ == "PollReactor"
    """
    option = "def pytest_addoption(parser): parser.addoption('--reactor', choices=['mine'])\n"

    session = run(tmp_path, source, "--reactor=mine", "--trial-reactor=poll", conftest=option)

    assert session.outcomes == {"test_it": "call passed", "test_which": "call passed"}


def test_a_fixture_of_ones_own_comes_before_ours(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        import pytest

        @pytest.fixture
        def reactor():
            return 3

        def test_it(reactor):
            assert reactor == 3
        """,
    )

    assert session.outcomes == {"test_it": "call passed"}


def test_pytest_has_loaded_nothing_of_twisted_before_a_test_wants_it(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        import sys

        def test_it():
            assert {name for name in sys.modules if name.startswith(("twisted.", "zope."))} <= {
                "twisted._siblings", "twisted.trial", "twisted.trial._pytest", "twisted.trial._pytest.plugin"
            }
        """,
    )

    assert session.outcomes == {"test_it": "call passed"}


def test_pytest_finds_the_plugin_by_itself(tmp_path: Path) -> None:
    session = run(
        tmp_path, WHICH.replace("NAME", "'PollReactor'"), "--trial-reactor=poll", "-p", "no:twisted", others="all"
    )

    assert session.outcomes == {"test_which": "call passed"}


def test_the_marker_is_known_and_listed(tmp_path: Path) -> None:
    session = run(tmp_path, SOURCE, "--strict-markers", "--collect-only", "-q")
    listed = run(tmp_path, "", "--markers")

    assert session.status == 0
    assert "@pytest.mark.twisted(timeout=None, fresh_reactor=None): run a function" in listed.output


def test_functions_run_in_several_processes(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pip install pytest-xdist")

    session = run(tmp_path, WHICH.replace("NAME", "'PollReactor'"), "-n", "1", "--reactor=poll", others="xdist")

    assert session.outcomes == {"test_which": "call passed"}
