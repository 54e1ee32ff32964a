"""What a synchronous test does, in which order, and what it says."""

from __future__ import annotations

import unittest as standard
from collections.abc import Callable, Generator
from typing import Any

import pytest

from twisted.internet import defer
from twisted.logger import Logger
from twisted.python import log
from twisted.python.failure import Failure
from twisted.trial.unittest import FailTest, SkipTest, SynchronousTestCase, TestCase

from .told import Told, told_by

KINDS = pytest.mark.parametrize("kind", [SynchronousTestCase, TestCase])


def fall(*_: object) -> None:
    raise ZeroDivisionError("fell")


def make(kind: type[SynchronousTestCase], body: Callable[[Any], object], **attributes: Any) -> SynchronousTestCase:
    """Make a case with one test."""
    case = type("Case", (kind,), {"test_it": body, **attributes})("test_it")
    assert isinstance(case, SynchronousTestCase)
    return case


@KINDS
def test_fixtures_and_cleanups_have_their_order(kind: type[SynchronousTestCase]) -> None:
    seen: list[str] = []

    class Case(kind):  # type: ignore[valid-type, misc]
        def setUp(self) -> None:
            seen.append("set up")
            self.addCleanup(seen.append, "first added")
            self.addCleanup(seen.append, "last added")

        def tearDown(self) -> None:
            seen.append("tear down")
            self.addCleanup(seen.append, "added by tear down")

        def test_it(self) -> None:
            seen.append("test")

    assert told_by(Case("test_it")) == ["success"]
    assert seen == ["set up", "test", "last added", "first added", "tear down", "added by tear down"]


@KINDS
def test_a_cleanup_may_add_another(kind: type[SynchronousTestCase]) -> None:
    seen: list[object] = []

    told = told_by(make(kind, lambda case: case.addCleanup(case.addCleanup, seen.append, "inner")))

    assert (told, seen) == (["success"], ["inner"])


@KINDS
def test_a_cleanup_has_its_arguments(kind: type[SynchronousTestCase]) -> None:
    seen: list[object] = []

    def clean(*args: object, **kwargs: object) -> None:
        seen.append((args, kwargs))

    told_by(make(kind, lambda case: case.addCleanup(clean, 1, 2, three=3)))

    assert seen == [((1, 2), {"three": 3})]


@KINDS
@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (FailTest("no"), ("failure", "FailTest: no")),
        (ZeroDivisionError("fell"), ("error", "ZeroDivisionError: fell")),
        (AssertionError("bare"), ("error", "AssertionError: bare")),
        (SkipTest("not now"), ("skip", "not now")),
        (SystemExit(3), ("error", "SystemExit: 3")),
        (GeneratorExit(), ("error", "GeneratorExit: ")),
    ],
)
def test_what_a_test_raises_is_told(kind: type[SynchronousTestCase], raised: BaseException, told: object) -> None:
    def body(case: Any) -> None:
        raise raised

    assert told_by(make(kind, body)) == [told]


@KINDS
def test_a_failure_exception_of_its_own_is_a_failure(kind: type[SynchronousTestCase]) -> None:
    assert told_by(make(kind, lambda case: case.fail("no"), failureException=KeyError)) == [
        ("failure", "KeyError: 'no'")
    ]


@KINDS
def test_the_interrupt_key_stops_the_run(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        raise KeyboardInterrupt

    told = Told()
    make(kind, body).run(told)

    assert told.words == ["start", ("error", "KeyboardInterrupt: "), "stop"]
    assert told.shouldStop


@KINDS
def test_other_errors_do_not_stop_the_run(kind: type[SynchronousTestCase]) -> None:
    told = Told()
    make(kind, fall).run(told)

    assert not told.shouldStop


@KINDS
def test_the_runners_own_frame_is_not_in_the_traceback(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        fall()

    told = Told()
    make(kind, body).run(told)

    assert [frame[0] for frame in told.failures[0].frames] == ["body", "fall"]
    # Where runners of others look for it, as in an exception.
    assert told.failures[0].__traceback__ is told.failures[0].tb


@KINDS
def test_a_skip_without_a_reason_is_deprecated(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        raise SkipTest  # type: ignore[call-arg]

    with pytest.warns(DeprecationWarning, match="with no arguments! Give a reason"):
        (word,) = told_by(make(kind, body))

    assert word[0] == "skip" and isinstance(word[1], SkipTest)


# setUp, tearDown and cleanups that go wrong


@KINDS
def test_without_set_up_there_is_no_test_but_there_are_cleanups(kind: type[SynchronousTestCase]) -> None:
    seen: list[str] = []

    def set_up(case: Any) -> None:
        case.addCleanup(seen.append, "clean")
        fall()

    case = make(kind, lambda _: seen.append("test"), setUp=set_up, tearDown=lambda _: seen.append("tear down"))

    assert told_by(case) == [("error", "ZeroDivisionError: fell")]
    assert seen == ["clean"]
    assert not case._passed


@KINDS
def test_set_up_may_skip(kind: type[SynchronousTestCase]) -> None:
    def set_up(case: Any) -> None:
        raise SkipTest("not today")

    assert told_by(make(kind, fall, setUp=set_up)) == [("skip", "not today")]


@KINDS
def test_set_up_does_not_fail_as_expected(kind: type[SynchronousTestCase]) -> None:
    assert told_by(make(kind, fall, setUp=fall, todo="later")) == [("error", "ZeroDivisionError: fell")]


@pytest.mark.parametrize(("kind", "word"), [(SynchronousTestCase, "failure"), (TestCase, "error")])
@pytest.mark.parametrize("fixture", ["setUp", "tearDown"])
def test_a_failed_assertion_in_a_fixture(kind: type[SynchronousTestCase], word: str, fixture: str) -> None:
    case = make(kind, lambda _: None, **{fixture: lambda case: case.fail("no")})

    assert told_by(case) == [(word, "FailTest: no")]


@pytest.mark.parametrize(
    ("kind", "told"), [(SynchronousTestCase, ("skip", "late")), (TestCase, ("error", "SkipTest: late"))]
)
def test_tear_down_that_skips(kind: type[SynchronousTestCase], told: object) -> None:
    def tear_down(case: Any) -> None:
        raise SkipTest("late")

    assert told_by(make(kind, lambda _: None, tearDown=tear_down)) == [told]


@KINDS
def test_an_error_of_tear_down_comes_after_that_of_the_test(kind: type[SynchronousTestCase]) -> None:
    told = told_by(make(kind, lambda case: case.fail("no"), tearDown=fall))

    assert told == [("failure", "FailTest: no"), ("error", "ZeroDivisionError: fell")]


@KINDS
def test_each_cleanup_that_fails_is_an_error_and_the_others_are_called(kind: type[SynchronousTestCase]) -> None:
    seen: list[str] = []

    def body(case: Any) -> None:
        case.addCleanup(seen.append, "first")
        case.addCleanup(fall)
        case.addCleanup(case.fail, "no")

    told = told_by(make(kind, body, tearDown=lambda _: seen.append("tear down")))

    assert told == [("error", "FailTest: no"), ("error", "ZeroDivisionError: fell")]
    assert seen == ["first", "tear down"]


@KINDS
def test_a_cleanup_of_tear_down_that_fails_is_an_error(kind: type[SynchronousTestCase]) -> None:
    told = told_by(make(kind, lambda _: None, tearDown=lambda case: case.addCleanup(fall)))

    assert told == [("error", "ZeroDivisionError: fell")]


# skip and todo


@KINDS
@pytest.mark.parametrize("reason", ["not today", "", False])
def test_a_test_with_a_reason_is_skipped_and_nothing_is_called(kind: type[SynchronousTestCase], reason: object) -> None:
    assert told_by(make(kind, fall, setUp=fall, tearDown=fall, skip=reason)) == [("skip", reason)]


@KINDS
def test_no_reason_skips_nothing(kind: type[SynchronousTestCase]) -> None:
    assert told_by(make(kind, lambda _: None, skip=None)) == ["success"]


@KINDS
def test_the_standard_decorator_skips_a_test(kind: type[SynchronousTestCase]) -> None:
    assert told_by(make(kind, standard.skip("not today")(fall), setUp=fall)) == [("skip", "not today")]


@KINDS
def test_the_standard_decorator_skips_a_class(kind: type[SynchronousTestCase]) -> None:
    @standard.skipIf(True, "no such thing here")
    class Case(kind):  # type: ignore[valid-type, misc]
        def test_it(self) -> None:
            fall()

    assert told_by(Case("test_it")) == [("skip", "no such thing here")]


@KINDS
def test_an_expected_failure_is_told_with_its_reason(kind: type[SynchronousTestCase]) -> None:
    case = make(kind, fall, todo="later")

    assert told_by(case) == [("expected", "ZeroDivisionError: fell", "todo later")]
    assert not case._passed


@KINDS
def test_an_unexpected_success_is_told_with_its_reason(kind: type[SynchronousTestCase]) -> None:
    case = make(kind, lambda _: None, todo="later")

    assert told_by(case) == [("unexpected", "todo later")]
    assert not case._passed


@KINDS
@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (ZeroDivisionError, ("expected", "ZeroDivisionError: fell", "todo later")),
        (KeyError, ("error", "ZeroDivisionError: fell")),
    ],
)
def test_only_what_is_expected_is_expected(
    kind: type[SynchronousTestCase], expected: type[Exception], told: object
) -> None:
    assert told_by(make(kind, fall, todo=(expected, "later"))) == [told]


@KINDS
def test_a_test_may_find_out_itself_that_it_will_fail(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        case.todo = "later"
        fall()

    assert told_by(make(kind, body)) == [("expected", "ZeroDivisionError: fell", "todo later")]


@KINDS
def test_a_fixture_that_fails_is_no_expected_failure(kind: type[SynchronousTestCase]) -> None:
    told = told_by(make(kind, fall, tearDown=fall, todo="later"))

    assert told == [("expected", "ZeroDivisionError: fell", "todo later"), ("error", "ZeroDivisionError: fell")]


# What is logged


@KINDS
@pytest.mark.parametrize("logger", [log.err, lambda error: Logger("x").failure("bad", failure=Failure(error))])
def test_an_error_that_was_logged_fails_the_test(
    kind: type[SynchronousTestCase], logger: Callable[[Exception], object]
) -> None:
    case = make(kind, lambda _: logger(ZeroDivisionError("logged")))

    assert told_by(case) == [("error", "ZeroDivisionError: logged")]
    assert not case._passed


@KINDS
def test_each_logged_error_comes_after_what_the_test_itself_said(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        log.err(KeyError("one"))
        log.err(KeyError("two"))
        case.fail("no")

    told = told_by(make(kind, body))

    assert told == [("failure", "FailTest: no"), ("error", "KeyError: 'one'"), ("error", "KeyError: 'two'")]


@KINDS
def test_messages_without_an_exception_fail_nothing(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        log.msg("bad", isError=True)
        log.err("bad")
        Logger("x").critical("bad")

    assert told_by(make(kind, body)) == ["success"]


@KINDS
def test_errors_that_are_flushed_do_not_fail_the_test(kind: type[SynchronousTestCase]) -> None:
    flushed: list[list[str]] = []

    def body(case: Any) -> None:
        for error in (KeyError("a"), ValueError("b"), TypeError("c")):
            log.err(error)
        flushed.append([failure.type.__name__ for failure in case.flushLoggedErrors(TypeError, KeyError)])
        flushed.append([failure.type.__name__ for failure in case.flushLoggedErrors("builtins.ValueError")])
        flushed.append(case.flushLoggedErrors())

    assert told_by(make(kind, body)) == ["success"]
    assert flushed == [["KeyError", "TypeError"], ["ValueError"], []]


@KINDS
def test_flushing_without_exceptions_flushes_all(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        log.err(KeyError("a"))
        case.assertEqual(len(case.flushLoggedErrors()), 1)

    assert told_by(make(kind, body)) == ["success"]


@KINDS
def test_an_error_logged_before_the_test_is_not_its_own(kind: type[SynchronousTestCase]) -> None:
    inner = make(kind, lambda _: None)
    told: list[object] = []

    def body(case: Any) -> None:
        log.err(KeyError("outer"))
        told.extend(told_by(inner))

    assert told_by(make(kind, body)) == [("error", "KeyError: 'outer'")]
    assert told == ["success"]


@KINDS
def test_an_error_logged_after_the_test_is_nobodys(kind: type[SynchronousTestCase]) -> None:
    case = make(kind, lambda _: None)
    told_by(case)

    log.err(KeyError("late"))

    assert case.flushLoggedErrors() == []


@KINDS
def test_a_failure_that_nobody_handles_fails_the_test(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        defer.fail(ZeroDivisionError("unhandled"))

    assert told_by(make(kind, body)) == [("error", "ZeroDivisionError: unhandled")]


@KINDS
def test_so_does_one_that_refers_to_itself(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        deferred: Any = defer.fail(ZeroDivisionError("unhandled"))
        deferred.itself = deferred

    assert told_by(make(kind, body)) == [("error", "ZeroDivisionError: unhandled")]


# Bodies that never run


def test_a_generator_function_is_an_error() -> None:
    def body(case: Any) -> Generator[None, None, None]:
        yield

    for kind in (SynchronousTestCase, TestCase):
        ((word, text),) = told_by(make(kind, body))
        assert word == "error"
        assert text.startswith("TypeError: <bound method ")
        assert text.endswith("is a generator function and therefore will never run")


def test_a_generator_that_somebody_else_made_is_none() -> None:
    assert told_by(make(TestCase, lambda case: (number for number in [1]))) == ["success"]


def test_a_coroutine_function_is_an_error_where_nobody_waits() -> None:
    async def body(case: Any) -> None:
        """Nothing."""

    ((word, text),) = told_by(make(SynchronousTestCase, body))

    assert word == "error"
    assert text.endswith("is a coroutine function and therefore will never run")


def test_a_set_up_that_never_runs_is_an_error() -> None:
    def set_up(case: Any) -> Generator[None, None, None]:
        yield

    ((word, text),) = told_by(make(TestCase, lambda _: None, setUp=set_up))

    assert word == "error" and "generator function" in text


@KINDS
def test_what_else_a_test_returns_does_not_matter(kind: type[SynchronousTestCase]) -> None:
    assert told_by(make(kind, lambda _: 3)) == ["success"]


# What a case is


@KINDS
def test_a_case_is_equal_to_itself_only(kind: type[SynchronousTestCase]) -> None:
    case = make(kind, fall)
    twin = type(case)("test_it")

    assert case == case
    assert case != twin
    assert hash(case) == hash(twin)
    assert hash(case) != hash(type(case)("run"))


@KINDS
def test_a_case_passed_or_not(kind: type[SynchronousTestCase]) -> None:
    good, bad = make(kind, lambda _: None), make(kind, fall)
    told_by(good)
    told_by(bad)

    assert (good._passed, bad._passed) == (True, False)


def note_passed(case: Any) -> None:
    case.seen.append(case._passed)


@pytest.mark.parametrize(
    ("body", "cleanup", "todo", "seen"),
    [
        (note_passed, note_passed, None, [False, True, True, True]),
        (note_passed, fall, None, [False, False, False]),
        (fall, note_passed, None, [False, False, False]),
        (note_passed, note_passed, "not yet", [False, False, False, False]),
    ],
)
def test_cleanups_and_tear_down_know_whether_the_test_has_passed_so_far(
    body: Any, cleanup: Any, todo: Any, seen: list[bool]
) -> None:
    class Case(TestCase):
        seen: Any = []

        def setUp(self) -> None:
            self.addCleanup(cleanup, self)

        def test_it(self) -> None:
            body(self)

        test_it.todo = todo  # type: ignore[attr-defined]

        def tearDown(self) -> None:
            note_passed(self)
            self.addCleanup(note_passed, self)

    Case.seen = []
    told_by(Case("test_it"))

    assert Case.seen == seen


@KINDS
def test_a_case_can_run_again(kind: type[SynchronousTestCase]) -> None:
    case = make(kind, lambda _: None)

    assert told_by(case) == told_by(case) == ["success"]


@KINDS
def test_a_case_without_a_name_runs_run_test(kind: type[SynchronousTestCase]) -> None:
    seen: list[str] = []

    class Case(kind):  # type: ignore[valid-type, misc]
        def runTest(self) -> None:
            seen.append("run")

    assert told_by(Case()) == ["success"]
    assert seen == ["run"]
    assert told_by(kind()) == ["success"]


@KINDS
def test_a_test_that_is_not_there_is_refused(kind: type[SynchronousTestCase]) -> None:
    with pytest.raises(ValueError, match="no such test method"):
        kind("test_nothing")


@KINDS
def test_a_case_describes_itself(kind: type[SynchronousTestCase]) -> None:
    def body(case: Any) -> None:
        """
        It does what it should.

        Always.
        """

    assert make(kind, body).shortDescription() == "It does what it should."
    assert make(kind, fall).shortDescription() == "test_it"


@KINDS
def test_a_reporter_that_raises_is_heard_of(kind: type[SynchronousTestCase]) -> None:
    class Deaf(Told):
        def addError(self, test: Any, error: Any) -> None:
            raise LookupError("deaf")

    with pytest.raises(LookupError, match="deaf"):
        make(kind, fall).run(Deaf())
    assert told_by(make(kind, lambda _: None)) == ["success"]


def test_a_reporter_that_cannot_stop_is_not_asked_to() -> None:
    class Unstoppable(Told):
        stop = None  # type: ignore[assignment]

    def body(case: Any) -> None:
        raise KeyboardInterrupt

    told = Unstoppable()
    make(SynchronousTestCase, body).run(told)

    assert told.words[1:] == [("error", "KeyboardInterrupt: "), "stop"]
