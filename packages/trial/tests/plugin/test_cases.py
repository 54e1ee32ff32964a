"""Test cases of `twisted.trial.unittest` under pytest."""

from __future__ import annotations

from pathlib import Path

import pytest

from .sessions import Session, run

SOURCE = """
import warnings

from twisted.internet import defer, protocol, task
from twisted.python import log
from twisted.trial.unittest import SkipTest, SynchronousTestCase, TestCase


def fall():
    raise ZeroDivisionError("fell")


class Cases(TestCase):
    def test_success(self):
        pass

    def test_failure(self):
        self.assertEqual("one", "other")

    def test_error(self):
        fall()

    def test_raised_skip(self):
        raise SkipTest("not today")

    def test_skip(self):
        fall()
    test_skip.skip = "never"

    def test_expected(self):
        fall()
    test_expected.todo = "later"

    def test_unexpected(self):
        pass
    test_unexpected.todo = "later"

    def test_logged(self):
        log.err(ZeroDivisionError("logged"))

    def test_flushed(self):
        log.err(ZeroDivisionError("logged"))
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1

    def test_unhandled(self):
        defer.fail(ZeroDivisionError("unhandled"))

    def test_call_left(self):
        from twisted.internet import reactor
        reactor.callLater(1000, fall)

    def test_port_left(self):
        from twisted.internet import reactor
        reactor.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")

    def test_late(self):
        return defer.Deferred()
    test_late.timeout = 0.01

    async def test_coroutine(self):
        from twisted.internet import reactor
        await task.deferLater(reactor, 0, lambda: None)
        assert reactor.running

    async def test_coroutine_fails(self):
        from twisted.internet import reactor
        await task.deferLater(reactor, 0, lambda: None)
        fall()

    def test_deferred_fails(self):
        return defer.fail(ZeroDivisionError("never raised"))

    def test_many_errors(self):
        for text in "two", "three", "four":
            self.addCleanup(log.err, KeyError(text))
        fall()

    def test_warning(self):
        warnings.warn("this is to be seen")

    def test_skip_without_text(self):
        raise SkipTest(3)


class Fixtures(TestCase):
    seen = []

    @classmethod
    def setUpClass(cls):
        cls.seen.append("set up class")

    async def setUp(self):
        self.seen.append("set up")

    async def tearDown(self):
        self.seen.append("tear down")

    def test_one(self):
        assert self.seen == ["set up class", "set up"]

    def test_two(self):
        assert self.seen == ["set up class", "set up", "tear down", "set up"]


class Synchronous(SynchronousTestCase):
    def test_success(self):
        pass

    def test_failure(self):
        self.fail("no")


class Single(TestCase):
    def runTest(self):
        self.fail("single")
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return run(tmp_path_factory.mktemp("cases"), SOURCE)


@pytest.mark.parametrize(
    ("test", "outcome", "text"),
    [
        ("Cases::test_success", "call passed", ""),
        ("Cases::test_failure", "call failed", "FailTest: 'one' != 'other'"),
        ("Cases::test_error", "call failed", "ZeroDivisionError: fell"),
        ("Cases::test_raised_skip", "call skipped", "Skipped: not today"),
        ("Cases::test_skip", "call skipped", "Skipped: never"),
        ("Cases::test_expected", "call xfailed", "later"),
        ("Cases::test_unexpected", "call failed", "Unexpected success: later"),
        ("Cases::test_logged", "call failed", "ZeroDivisionError: logged"),
        ("Cases::test_flushed", "call passed", ""),
        ("Cases::test_unhandled", "call failed", "ZeroDivisionError: unhandled"),
        ("Cases::test_call_left", "call failed", "DirtyReactorAggregateError: Reactor was unclean"),
        (
            "Cases::test_port_left",
            "call failed",
            "<twisted.internet.tcp.Port of ",
        ),
        ("Cases::test_late", "call failed", "(test_late) still running at 0.01 secs"),
        ("Cases::test_coroutine", "call passed", ""),
        ("Cases::test_coroutine_fails", "call failed", "ZeroDivisionError: fell"),
        ("Cases::test_deferred_fails", "call failed", "ZeroDivisionError: never raised"),
        ("Cases::test_many_errors", "call failed, teardown failed", "ZeroDivisionError: fell"),
        ("Cases::test_warning", "call passed", ""),
        ("Cases::test_skip_without_text", "call skipped", "Skipped: 3"),
        ("Fixtures::test_one", "call passed", ""),
        ("Fixtures::test_two", "call passed", ""),
        ("Synchronous::test_success", "call passed", ""),
        ("Synchronous::test_failure", "call failed", "FailTest: no"),
        ("Single::runTest", "call failed", "FailTest: single"),
    ],
)
def test_pytest_says_what_became_of_a_case(session: Session, test: str, outcome: str, text: str) -> None:
    assert session.outcomes[test] == outcome
    assert text in session.texts[test]


def test_tracebacks_begin_in_the_test_and_end_before_the_assertion(session: Session) -> None:
    text = session.texts["Cases::test_failure"]

    assert 'self.assertEqual("one", "other")' in text
    assert "assertions.py" not in text and "course.py" not in text


def test_what_was_never_raised_is_shown_where_the_test_begins(session: Session) -> None:
    for test in ("test_call_left", "test_deferred_fails"):
        text = session.texts[f"Cases::{test}"]
        assert f"def {test}(self):" in text
        assert "_pytest" not in text


def test_later_errors_are_not_lost(session: Session) -> None:
    test = "Cases::test_many_errors"

    assert "KeyError: 'four'" in session.texts[test]
    further = session.sections[test]["Captured further errors call"]
    assert "KeyError: 'three'" in further and "KeyError: 'two'" in further
    assert "_pytest" not in further


def test_warnings_are_left_to_pytest(session: Session) -> None:
    assert "UserWarning: this is to be seen" in session.output


def test_the_summary_names_the_error(session: Session) -> None:
    assert "FAILED test_them.py::Cases::test_error - ZeroDivisionError: fell" in session.output
    assert "FAILED test_them.py::Cases::test_call_left - twisted.trial.util.Dirty" in session.output


def test_without_the_plugin_the_same_tests_pass_and_fail(session: Session, tmp_path: Path) -> None:
    without = run(tmp_path, SOURCE, "-p", "no:twisted_trial", "-p", "no:twisted", "-p", "no:asyncio", others="all")

    assert without.outcomes.keys() == session.outcomes.keys()
    # A reason that is no text is one thing less that pytest itself understands.
    assert [test for test, outcome in without.outcomes.items() if outcome != session.outcomes[test]] == [
        "Cases::test_skip_without_text"
    ]
    assert "Reactor was unclean" in without.texts["Cases::test_call_left"]


def test_without_the_plugin_tracebacks_are_shown_however_early_our_cases_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text("import twisted.trial.unittest\n")

    without = run(
        tmp_path, SOURCE, "-p", "no:twisted_trial", "-p", "early", "-o", "pythonpath=.", "-k", "test_error or logged"
    )

    assert without.outcomes == {"Cases::test_error": "call failed", "Cases::test_logged": "call failed"}
    assert "def fall():" in without.texts["Cases::test_error"]
    assert "Incompatible" not in without.texts["Cases::test_error"]
    assert "ZeroDivisionError: logged" in without.texts["Cases::test_logged"]


def test_warnings_may_be_errors(tmp_path: Path) -> None:
    session = run(tmp_path, SOURCE, "-W", "error", "-k", "test_warning")

    assert session.outcomes == {"Cases::test_warning": "call failed"}
    assert "UserWarning: this is to be seen" in session.texts["Cases::test_warning"]


def test_the_interrupt_key_ends_the_session(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        from twisted.trial.unittest import TestCase

        class Cases(TestCase):
            def test_1(self):
                raise KeyboardInterrupt

            def test_2(self):
                pass
        """,
    )

    assert session.outcomes == {"Cases::test_1": "call failed"}
    assert "interrupted in a test" in session.output
    assert session.status == 2


def test_what_a_fixture_has_opened_before_is_not_the_tests(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        import pytest
        from twisted.internet import protocol, reactor
        from twisted.trial.unittest import TestCase

        @pytest.fixture(scope="module", autouse=True)
        def port():
            port = reactor.listenTCP(0, protocol.ServerFactory(), interface="127.0.0.1")
            call = reactor.callLater(1000, port.stopListening)
            yield
            call.cancel()
            port.stopListening()
            reactor.iterate(0)

        class Cases(TestCase):
            def test_1(self):
                pass

            def test_2(self):
                assert len(reactor.getDelayedCalls()) == 1
        """,
    )

    assert session.outcomes == {"Cases::test_1": "call passed", "Cases::test_2": "call passed"}
    assert session.status == 0


def test_cases_for_each_reactor_are_found(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        from twisted.internet.test.reactormixins import ReactorBuilder

        class Stopping(ReactorBuilder):
            def test_it(self):
                reactor = self.buildReactor()
                reactor.callWhenRunning(reactor.stop)
                self.runReactor(reactor)

        globals().update(Stopping.makeTestCaseClasses())
        """,
    )

    assert session.outcomes["Stopping_SelectReactor::test_it"] == "call passed"
    assert session.outcomes["Stopping_AsyncioSelectorReactor::test_it"] == "call passed"


def test_the_standard_cases_are_left_alone(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        import sys
        import unittest

        class Cases(unittest.TestCase):
            def test_it(self):
                assert not {"twisted.internet", "twisted.trial.unittest"} & set(sys.modules)
        """,
    )

    assert session.outcomes == {"Cases::test_it": "call passed"}


def test_the_version_of_twisted_is_not_looked_up_for_each_test(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        import importlib.metadata
        from twisted.trial.unittest import TestCase

        asked = []
        usual = importlib.metadata.version

        def version(name):
            asked.append(name)
            return usual(name)

        importlib.metadata.version = version

        class Cases(TestCase):
            def test_1(self):
                pass

            def test_2(self):
                pass

            def test_3(self):
                assert asked.count("twisted") <= 1
        """,
    )

    assert set(session.outcomes.values()) == {"call passed"} and len(session.outcomes) == 3


def test_the_debugger_stops_before_things_are_torn_down(tmp_path: Path) -> None:
    session = run(
        tmp_path,
        """
        from twisted.trial.unittest import TestCase

        class Cases(TestCase):
            def tearDown(self):
                print("torn down")

            def test_it(self):
                raise ValueError("bad")
        """,
        "--pdb",
        "-s",
    )

    assert 0 < session.output.index("entering PDB") < session.output.index("torn down")


def test_cases_run_in_several_processes(tmp_path: Path) -> None:
    pytest.importorskip("xdist", reason="pip install pytest-xdist")

    session = run(tmp_path, SOURCE, "-n", "2", others="xdist")

    assert session.outcomes["Cases::test_success"] == "call passed"
    assert session.outcomes["Cases::test_expected"] == "call xfailed"
    assert session.outcomes["Cases::test_call_left"] == "call failed"
    assert session.outcomes["Cases::test_coroutine"] == "call passed"
