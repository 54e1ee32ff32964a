from __future__ import annotations

import io
from typing import Any

import pytest

from twisted.python.failure import Failure
from twisted.trial import reporter, unittest
from twisted.trial._reporter import streams

from .conftest import Case


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def tree(stream: io.StringIO | None = None) -> tuple[reporter.TreeReporter, io.StringIO]:
    stream = io.StringIO() if stream is None else stream
    return reporter.TreeReporter(stream), stream


def line(text: str, word: str) -> str:
    return text + word.rjust(79 - len(text)) + "\n"


def succeed(made: reporter.TreeReporter, *names: str) -> None:
    for name in names:
        made.startTest(Case(name))
        made.addSuccess(Case(name))
        made.stopTest(Case(name))


def test_modules_and_classes_are_written_when_they_change() -> None:
    made, stream = tree()

    succeed(made, "a.b.test_c.D.test_e", "a.b.test_c.D.test_f", "a.b.test_c.G.test_h", "a.test_i.J.test_k")

    assert stream.getvalue() == (
        "a.b.test_c\n  D\n"
        + line("    test_e ... ", "[OK]")
        + line("    test_f ... ", "[OK]")
        + "  G\n"
        + line("    test_h ... ", "[OK]")
        + "a.test_i\n  J\n"
        + line("    test_k ... ", "[OK]")
    )


def test_what_has_no_module_is_not_indented() -> None:
    made, stream = tree()

    succeed(made, "alone", "with.one")

    assert stream.getvalue() == line("alone ... ", "[OK]") + "with\n" + line("  one ... ", "[OK]")


def test_the_words_for_what_became_of_tests(case: Case, todo: unittest.Todo) -> None:
    failure = Failure(ValueError())
    words: dict[str, tuple[str, tuple[Any, ...]]] = {
        "[OK]": ("addSuccess", ()),
        "[ERROR]": ("addError", (failure,)),
        "[FAIL]": ("addFailure", (failure,)),
        "[SKIPPED]": ("addSkip", ("x",)),
        "[TODO]": ("addExpectedFailure", (failure, todo)),
        "[SUCCESS!?!]": ("addUnexpectedSuccess", (todo,)),
    }
    for word, (name, facts) in words.items():
        made, stream = tree()
        made.startTest(case)
        getattr(made, name)(case, *facts)
        assert stream.getvalue() == "package.test_it\n  ItTests\n" + line("    test_one ... ", word)

    assert made.unexpectedSuccesses == [(case, todo)]


def test_a_second_word_stands_below_the_first(case: Case) -> None:
    made, stream = tree()

    made.startTest(case)
    made.addError(case, Failure(ValueError()))
    made.addError(case, Failure(ValueError()))

    first, second = stream.getvalue().splitlines()[-2:]
    assert len(first) == 79
    assert second == "[ERROR]".rjust(79 - len("    test_one ... "))


def test_the_last_part_of_a_name_is_its_description() -> None:
    made, _ = tree()

    assert made.getDescription(Case("a.b.c")) == "c"
    assert made.getDescription(Case("alone")) == "alone"


def test_the_line_that_was_begun_is_known(case: Case) -> None:
    made, _ = tree()
    assert (made.currentLine, made.indent, made.columns) == ("", "  ", 79)

    made.startTest(case)

    assert made.currentLine == "    test_one ... "
    assert made.testsRun == 1


def test_the_verdict(case: Case) -> None:
    made, stream = tree()
    made.addSuccess(case)
    made.done()
    assert stream.getvalue().endswith("\nPASSED (successes=1)\n")

    made, stream = tree()
    made.addError(case, Failure(ValueError()))
    made.done()
    assert stream.getvalue().endswith("\nFAILED (errors=1)\n")


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_has_colours", lambda stream: stream.isatty())


@pytest.mark.usefixtures("colours")
def test_terminals_get_colours(case: Case, todo: unittest.Todo) -> None:
    made, stream = tree(Terminal())
    failure = Failure(ValueError())

    made.startTest(case)
    made.addSuccess(case)
    made.addSkip(case, "x")
    made.addExpectedFailure(case, failure, todo)
    made.addUnexpectedSuccess(case, todo)
    made.addFailure(case, failure)
    made.addError(case, failure)
    made.done()

    text = stream.getvalue()
    assert "\x1b[32;1m[OK]\n\x1b[0m" in text or "\x1b[32;1m[OK]\x1b[0m\n" in text
    for word, code in [("[SKIPPED]", 34), ("[TODO]", 34), ("[SUCCESS!?!]", 31), ("[FAIL]", 31), ("[ERROR]", 31)]:
        assert f"\x1b[{code};1m{word}" in text
    assert "\x1b[31;1mFAILED\x1b[0m (" in text


@pytest.mark.usefixtures("colours")
def test_a_good_end_is_green(case: Case) -> None:
    made, stream = tree(Terminal())

    made.done()

    assert stream.getvalue().endswith("\x1b[32;1mPASSED\x1b[0m\n")


def test_a_fixture_outside_of_tests_has_its_line() -> None:
    made, stream = tree()

    made.upDownError("setUp", Failure(ValueError()), True, True)
    assert stream.getvalue() == "  setUp" + "[ERROR]".rjust(79) + "\n"

    made, stream = tree()
    made.upDownError("setUp", Failure(ValueError()), True, False)
    assert stream.getvalue() == "  setUp"

    made, stream = tree()
    made.cleanupErrors(Failure(ValueError()))
    assert stream.getvalue() == "    cleanup errors" + "[ERROR]".rjust(79) + "\n"
