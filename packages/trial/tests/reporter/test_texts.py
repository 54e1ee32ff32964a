from __future__ import annotations

import io
import re
from typing import Any

import pytest

from twisted.python.failure import Failure
from twisted.python.log import LogPublisher
from twisted.trial import reporter, unittest

from .conftest import Case

RULE, DOUBLE = "-" * 79, "=" * 79
VALUE = "Traceback (most recent call last):\nFailure: builtins.ValueError: no\n"


def written(kind: Any = reporter.Reporter, **kwargs: Any) -> tuple[Any, io.StringIO]:
    """A reporter, and what it writes, with a clock that goes by a second with each look."""
    stream = io.StringIO()
    made = kind(stream, **kwargs)
    seconds = iter(range(1000))
    made._now = lambda: float(next(seconds))
    return made, stream


def tell_all(made: Any, case: Case, todo: unittest.Todo) -> None:
    """Let a reporter hear of one test of each kind."""
    failure = Failure(ValueError("no"))
    words: list[tuple[str, tuple[Any, ...]]] = [
        ("addSuccess", ()),
        ("addError", (failure,)),
        ("addFailure", (failure,)),
        ("addSkip", ("why",)),
        ("addExpectedFailure", (failure, todo)),
        ("addUnexpectedSuccess", (todo,)),
    ]
    for name, facts in words:
        made.startTest(case)
        getattr(made, name)(case, *facts)
        made.stopTest(case)


ENDING = f"""
{DOUBLE}
[SKIPPED]
why

package.test_it.ItTests.test_one
{DOUBLE}
[TODO]
Reason: 'not yet'
{VALUE}
package.test_it.ItTests.test_one
{DOUBLE}
[FAIL]
{VALUE}
package.test_it.ItTests.test_one
{DOUBLE}
[ERROR]
{VALUE}
package.test_it.ItTests.test_one
{DOUBLE}
[SUCCESS!?!]
Reason: 'not yet'

package.test_it.ItTests.test_one
{RULE}
Ran 6 tests in 12.000s

FAILED (skips=1, expectedFailures=1, failures=1, errors=1, unexpectedSuccesses=1, successes=1)
"""


def test_the_plain_reporter_writes_only_at_the_end(case: Case, todo: unittest.Todo) -> None:
    made, stream = written()

    tell_all(made, case, todo)
    assert stream.getvalue() == ""

    made.done()
    assert stream.getvalue() == ENDING


def test_a_letter_for_each_test(case: Case, todo: unittest.Todo) -> None:
    made, stream = written(reporter.TextReporter)

    tell_all(made, case, todo)
    assert stream.getvalue() == ".EFST!"

    made.done()
    assert stream.getvalue() == ".EFST!" + ENDING


def test_a_line_for_each_test(case: Case, todo: unittest.Todo) -> None:
    made, stream = written(reporter.VerboseTextReporter)

    tell_all(made, case, todo)

    words = ["[OK]", "[ERROR]", "[FAILURE]", "[SKIPPED]", "[TODO]", "[SUCCESS!?!]"]
    lines = "".join(f"package.test_it.ItTests.test_one ... {word}\n" for word in words)
    assert stream.getvalue() == lines

    made.done()
    assert stream.getvalue() == lines + ENDING


def test_a_line_and_a_time_for_each_test(case: Case) -> None:
    made, stream = written(reporter.TimingTextReporter)

    made.startTest(case)
    made.addSuccess(case)
    made.stopTest(case)

    assert stream.getvalue() == "package.test_it.ItTests.test_one ... [OK]\n(1.000 secs)\n"


def test_figures_for_programs(case: Case, todo: unittest.Todo) -> None:
    made, stream = written(reporter.MinimalReporter)

    tell_all(made, case, todo)
    made.addSkip(case, "x")
    made.addSkip(case, "x")
    made.addFailure(case, Failure(ValueError()))
    made.done()

    assert stream.getvalue() == f"{RULE}\nRan 6 tests in 12.000s\n\n13.0 6 6 1 2 3\n"


def test_without_tests_there_are_no_times() -> None:
    made, stream = written()
    made.done()
    assert stream.getvalue() == f"\n{RULE}\n\nPASSED\n"

    made, stream = written(reporter.MinimalReporter)
    made.done()
    assert stream.getvalue() == f"{RULE}\n\n0 0 0 0 0 0\n"


def test_only_what_there_was_is_counted(case: Case) -> None:
    made, stream = written()
    made.startTest(case)
    made.addSuccess(case)
    made.addSuccess(case)
    made.done()

    assert stream.getvalue().endswith("\nPASSED (successes=2)\n")


def test_tests_that_say_the_same_are_told_together(case: Case) -> None:
    made, stream = written()
    other, last = Case("other"), Case("last")

    made.addSkip(case, "same")
    made.addSkip(other, "different")
    made.addSkip(last, "same")
    made.done()

    assert stream.getvalue().startswith(
        f"\n{DOUBLE}\n[SKIPPED]\nsame\n\n{case.id()}\nlast\n{DOUBLE}\n[SKIPPED]\ndifferent\n\nother\n{RULE}\n"
    )


def test_a_reason_can_be_anything(case: Case) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("none")

    made, stream = written()
    made.addSkip(case, Broken())
    made.addSkip(case, 100)
    made.done()

    assert "[SKIPPED]\n100\n\n" in stream.getvalue()
    assert re.search(r"\[SKIPPED\]\n<.*Broken.*", stream.getvalue())


def test_percent_signs_in_names_and_messages_are_text() -> None:
    made, stream = written(reporter.VerboseTextReporter)
    odd = Case("test_%s_%d")

    made.startTest(odd)
    made.addError(odd, Failure(ValueError("100%s")))
    made.stopTest(odd)
    made.done()

    assert "test_%s_%d ... [ERROR]" in stream.getvalue()
    assert "builtins.ValueError: 100%s\n\ntest_%s_%d\n" in stream.getvalue()


@pytest.mark.parametrize("name", ["addError", "addFailure"])
def test_errors_can_be_told_at_once(case: Case, name: str) -> None:
    made, stream = written(realtime=True)

    getattr(made, name)(case, Failure(ValueError("no")))

    assert stream.getvalue() == VALUE


def test_errors_are_not_told_at_once_unless_that_is_wanted(case: Case) -> None:
    made, stream = written()

    made.addError(case, Failure(ValueError("no")))

    assert stream.getvalue() == ""


def test_a_traceback_can_come_as_text(case: Case) -> None:
    made, stream = written()
    made.errors.append((case, "a text\n\n"))

    made.done()

    assert "[ERROR]\na text\n\npackage" in stream.getvalue()


def test_warnings_that_are_logged_are_written_each_once(case: Case) -> None:
    publisher = LogPublisher()
    _, stream = written(publisher=publisher)
    warning: dict[str, Any] = {"category": "some.where.OddWarning", "filename": "it.py", "lineno": 7}

    publisher.msg(warning="odd", **warning)
    publisher.msg(warning="odd", **warning)
    publisher.msg(warning="odder", **{**warning, "category": UserWarning})
    publisher.msg("no warning")

    assert stream.getvalue() == "it.py:7: OddWarning: odd\nit.py:7: UserWarning: odder\n"


def test_no_warnings_are_written_after_the_end() -> None:
    publisher = LogPublisher()
    made, stream = written(publisher=publisher)

    made.done()
    end = stream.getvalue()
    publisher.msg(warning="late", category="X", filename="it.py", lineno=7)

    assert stream.getvalue() == end
    assert publisher.observers == []


def test_errors_of_fixtures_outside_of_tests_are_heard_in_silence(case: Case) -> None:
    made, stream = written()

    made.upDownError("setUpModule", Failure(ValueError()))
    made.cleanupErrors(Failure(ValueError()))

    assert stream.getvalue() == ""


def test_what_a_reporter_is_made_with_can_be_read() -> None:
    made = reporter.Reporter(io.StringIO(), "brief", True)

    assert (made.tbformat, made.realtime) == ("brief", True)
