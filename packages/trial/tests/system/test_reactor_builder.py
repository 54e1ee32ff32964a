"""Core's ways to test a reactor, with the real test cases."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.interfaces import IReactorCore, IReactorProcess
from twisted.internet.test import reactormixins
from twisted.internet.test.reactormixins import ReactorBuilder, TestTimeoutError, needsRunningReactor, stopOnError
from twisted.python import log
from twisted.trial.unittest import SynchronousTestCase, TestSuite

from ..unittest.told import Told, told_by


class Builder(ReactorBuilder):
    """What is run on each reactor."""

    seen: list[Any]

    def test_it(self) -> None:
        reactor = self.buildReactor()
        needsRunningReactor(reactor, lambda: reactor.callLater(0.01, reactor.stop))
        self.runReactor(reactor)
        self.seen.append(type(reactor).__name__)


def test_there_is_a_case_for_each_reactor_and_all_pass() -> None:
    Builder.seen = []
    classes = Builder.makeTestCaseClasses()
    told = Told()

    TestSuite([made("test_it") for made in classes.values()]).run(told)

    assert told.words == ["start", "success", "stop"] * len(classes)
    assert Builder.seen == [name.partition("_")[2] for name in classes]
    assert {"SelectReactor", "AsyncioSelectorReactor"} <= set(Builder.seen)
    assert all(issubclass(made, SynchronousTestCase) and made.__module__ == __name__ for made in classes.values())


def one(**attributes: Any) -> Any:
    """Make a case for the select reactor. (Any: a class that was made on the way.)"""
    builder = type("One", (Builder,), {"_reactors": ["twisted.internet.selectreactor.SelectReactor"], **attributes})
    (made,) = builder.makeTestCaseClasses().values()  # type: ignore[attr-defined]
    return made("test_it")


def test_a_reactor_that_is_skipped_is_told_why() -> None:
    assert told_by(one(skippedReactors={"SelectReactor": "not today"})) == [("skip", "not today")]


def test_a_reactor_that_cannot_be_is_skipped() -> None:
    ((word, reason),) = told_by(one(_reactors=["twisted.internet.nowherereactor.NowhereReactor"]))

    assert word == "skip" and "no twisted.internet.nowherereactor.NowhereReactor here" in reason


def test_what_a_reactor_must_provide_it_provides_or_is_skipped() -> None:
    class Wanted(IReactorCore):
        """Nobody provides this."""

    Builder.seen = []
    assert told_by(one(requiredInterfaces=[IReactorCore, IReactorProcess])) == ["success"]
    assert told_by(one(requiredInterfaces=[Wanted])) == [("skip", "SelectReactor does not provide Wanted")]


def test_a_reactor_that_runs_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWISTED_REACTOR_TEST_TIMEOUT", "0.01")

    def body(case: Any) -> None:
        with pytest.raises(TestTimeoutError, match=r"still running after 0.01 seconds"):
            case.runReactor(case.buildReactor())

    assert told_by(one(test_it=body)) == ["success"]


def test_the_reactor_stops_as_soon_as_an_error_is_logged_which_fails_the_test() -> None:
    def body(case: Any) -> None:
        reactor = case.buildReactor()
        stopOnError(case, reactor)
        reactor.callWhenRunning(log.err, ZeroDivisionError("fell"))
        case.runReactor(reactor)

    assert told_by(one(test_it=body)) == [("error", "ZeroDivisionError: fell")]


def test_what_a_test_leaves_in_its_reactor_is_closed() -> None:
    reactors: list[Any] = []

    def body(case: Any) -> None:
        reactor = case.buildReactor()
        reactors.append(reactor)
        reactor.callLater(1000, reactor.stop)

    assert told_by(one(test_it=body)) == ["success"]
    assert reactors[0].getDelayedCalls() == [] and reactors[0].getReaders() == []


def test_a_reactor_that_is_closed_has_no_threads() -> None:
    from twisted.internet.selectreactor import SelectReactor

    reactor: Any = SelectReactor()
    pool = reactor.getThreadPool()

    reactormixins.close_reactor(reactor)

    assert reactor.threadpool is None and not pool.threads
