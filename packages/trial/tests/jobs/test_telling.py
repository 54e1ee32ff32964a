from __future__ import annotations

import io
import json
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.python.failure import Failure
from twisted.trial import itrial, reporter, runner, unittest
from twisted.trial._jobs.telling import Call, Narrator, Teller, pack, stop, unpack
from twisted.trial.util import DirtyReactorAggregateError

from . import samples


def failed(error: BaseException) -> Failure:
    try:
        raise error
    except BaseException:
        return Failure()


def across(failure: Failure) -> Failure:
    return unpack(json.loads(json.dumps(pack(failure))))


def test_a_failure_looks_the_same_on_the_other_side() -> None:
    failure = failed(ValueError("no\nindeed"))

    again = across(failure)

    assert again.getTraceback() == failure.getTraceback()
    assert again.getBriefTraceback() == failure.getBriefTraceback()
    assert again.getErrorMessage() == "no\nindeed"
    assert again.check(ValueError) is ValueError
    assert again.check(KeyError) is None
    assert again.value.args == ("no\nindeed",)


class Demanding(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


class Final(Exception):
    def __init_subclass__(cls) -> None:
        raise TypeError("no children")


def test_exceptions_need_not_be_made_as_they_were() -> None:
    again = across(failed(Demanding(1, 2)))

    assert again.check(Demanding) and again.getErrorMessage() == "1 and 2"
    assert isinstance(across(failed(DirtyReactorAggregateError(["call"]))).value, DirtyReactorAggregateError)


def test_a_class_that_allows_no_others_is_stood_in_for() -> None:
    again = across(failed(Final("no")))

    assert not isinstance(again.value, Final) and isinstance(again.value, Exception)
    assert again.getTraceback().endswith(f"{__name__}.Final: no\n")


def test_a_class_that_is_not_loaded_here_is_stood_in_for() -> None:
    packed = {"type": "there_t2.Odd", "bases": ["there_t2.Odd", "builtins.KeyError"], "message": "m", "frames": []}

    again = unpack(packed)

    assert again.check("there_t2.Odd") and again.check(KeyError)
    assert str(again.value) == "m"
    assert unpack({**packed, "bases": []}).check(Exception)


def test_interruptions_stay_what_they_are() -> None:
    assert across(failed(SystemExit(4))).check(SystemExit)


@pytest.fixture
def told() -> list[Call]:
    return []


@pytest.fixture
def teller(told: list[Call]) -> Teller:
    return Teller(lambda call: told.append(json.loads(json.dumps(call))))


NAME = f"{samples.__name__}.Samples"


@pytest.mark.parametrize(
    ("method", "word", "facts"),
    [
        ("test_good", "addSuccess", []),
        ("test_skip", "addSkip", ["why"]),
        ("test_surprise", "addUnexpectedSuccess", ["later"]),
    ],
)
def test_the_story_of_a_test(teller: Teller, told: list[Call], method: str, word: str, facts: list[Any]) -> None:
    samples.Samples(method).run(teller)

    name = f"{NAME}.{method}"
    assert told == [["startTest", name], [word, name, *facts], ["stopTest", name]]
    assert teller.testsRun == 1


@pytest.mark.parametrize(
    ("method", "word", "kind"),
    [
        ("test_bad", "addFailure", "twisted.trial.unittest.FailTest"),
        ("test_error", "addError", "builtins.KeyError"),
        ("test_todo", "addExpectedFailure", "builtins.ValueError"),
    ],
)
def test_the_story_of_a_failure(teller: Teller, told: list[Call], method: str, word: str, kind: str) -> None:
    samples.Samples(method).run(teller)

    _, (said, name, packed, *reason), _ = told
    assert (said, name, packed["type"]) == (word, f"{NAME}.{method}", kind)
    assert reason == (["later"] if method == "test_todo" else [])


def test_the_story_of_an_interruption(teller: Teller, told: list[Call]) -> None:
    samples.Samples("test_stop").run(teller)

    assert [call[0] for call in told] == ["startTest", "addError", "stop", "stopTest"]


def test_the_story_of_parts(teller: Teller, told: list[Call]) -> None:
    test = samples.Samples("test_part")
    for error in (unittest.FailTest("no"), KeyError("no")):
        teller.addSubTest(test, runner.TestHolder("part"), (type(error), error, None))
    teller.addSubTest(test, runner.TestHolder("part"), None)

    assert [call[:2] for call in told] == [["addFailure", "part"], ["addError", "part"]]


def test_a_teller_is_a_reporter_that_has_no_opinion(teller: Teller, told: list[Call]) -> None:
    assert verifyObject(itrial.IReporter, teller)
    assert (teller.shouldStop, teller.failfast, teller.wasSuccessful()) == (False, False, True)

    teller.done()
    teller.addUnexpectedSuccess(runner.TestHolder("x"))

    assert told == [["addUnexpectedSuccess", "x", None]]


@pytest.mark.parametrize("method", ["good", "bad", "error", "skip", "todo", "surprise", "stop"])
def test_a_reporter_hears_the_same_from_afar(teller: Teller, told: list[Call], method: str) -> None:
    near, far = io.StringIO(), io.StringIO()
    test = samples.Samples(f"test_{method}")
    near_reporter, far_reporter = reporter.TreeReporter(near), reporter.TreeReporter(far)
    for made in (near_reporter, far_reporter):
        made._now = lambda: 1.0  # type: ignore[method-assign]

    test.run(near_reporter)
    near_reporter.done()
    test.run(teller)
    Narrator(far_reporter, 1.0).tell(test, told)
    far_reporter.done()

    assert far.getvalue() == near.getvalue()
    assert far_reporter.shouldStop is near_reporter.shouldStop is (method == "stop")


def test_others_than_the_test_are_told_of_by_name() -> None:
    result = reporter.TestResult()
    test = samples.Samples("test_good")
    story = [["startTest", test.id()], ["addSkip", test.id(), "x"], ["addSkip", "another", "y"]]

    Narrator(result, 0.0).tell(test, story)

    assert result.skips[0] == (test, "x")
    assert isinstance(result.skips[1][0], runner.TestHolder) and result.skips[1][0].id() == "another"


def test_a_success_that_surprises_without_a_reason() -> None:
    result = reporter.TestResult()

    Narrator(result, 0.0).tell(samples.Samples("test_good"), [["addUnexpectedSuccess", "x", None]])

    assert result.unexpectedSuccesses[0][1] == unittest.Todo("Test expected to fail")


def test_times_are_those_of_the_worker() -> None:
    stream = io.StringIO()
    result = reporter.TimingTextReporter(stream)
    result._now = lambda: 100.0  # type: ignore[method-assign]
    test = samples.Samples("test_good")
    story = [["startTest", test.id()], ["addSuccess", test.id()], ["stopTest", test.id()]]

    Narrator(reporter.TestResultDecorator(result), 90.0).tell(test, story, 2.5)
    result.done()

    assert stream.getvalue().startswith(f"{test.id()} ... [OK]\n(2.500 secs)\n")
    assert "Ran 1 tests in 10.000s" in stream.getvalue()
    assert result.collectedDurations == [(str(test), 2.5)]


def test_a_reporter_without_durations_does_not_hear_of_them() -> None:
    class Simple:
        heard: list[str] = []

        def startTest(self, test: Any) -> None:
            self.heard.append("startTest")

    simple = Simple()
    Narrator(simple, 0.0).tell(samples.Samples("test_good"), [["startTest", "x"]], 1.0)

    assert simple.heard == ["startTest"]


def test_a_reporter_is_stopped_one_way_or_the_other() -> None:
    class Simple:
        shouldStop = False

    simple, result = Simple(), reporter.TestResult()

    stop(simple)
    stop(result)

    assert simple.shouldStop is True and result.shouldStop is True
