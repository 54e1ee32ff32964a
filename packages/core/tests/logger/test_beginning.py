"""How a program says where its log goes, and what becomes of what was logged before."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from twisted.logger import LogBeginner, Logger, LoggingFile, LogLevel, LogPublisher, formatEvent


class Streams:
    """Stands for `sys`."""

    def __init__(self) -> None:
        self.stdout: Any = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
        self.stderr: Any = object()


class Warned:
    """Stands for `warnings`."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.showwarning: Any = lambda *arguments: self.shown.append(arguments)


class Program:
    def __init__(self, **options: Any) -> None:
        self.publisher, self.errors = LogPublisher(), io.StringIO()
        self.streams, self.warnings = Streams(), Warned()
        self.beginner = LogBeginner(self.publisher, self.errors, self.streams, self.warnings, **options)
        self.log = Logger("shop", observer=self.publisher)
        self.seen: list[Any] = []

    def begin(self, **options: Any) -> int:
        self.beginner.beginLoggingTo([self.seen.append], **options)  # type: ignore[list-item]
        return sys._getframe().f_lineno - 1

    def texts(self) -> list[str]:
        return [formatEvent(event) for event in self.seen]


@pytest.mark.parametrize(("size", "kept"), [(None, 200), (200, 200), (3, 3), (0, 0)])
def test_the_last_events_from_before_are_told_first(size: int | None, kept: int) -> None:
    program = Program(initialBufferSize=size)
    for number in range(250):
        program.log.info("{n}", n=number)

    program.begin(redirectStandardIO=False)
    program.log.info("{n}", n="now")

    assert program.texts() == [*map(str, range(250 - kept, 250)), "now"]


def test_what_was_held_back_can_be_discarded() -> None:
    program = Program()
    program.log.info("before")
    program.begin(discardBuffer=True)
    program.log.info("after")

    assert program.texts() == ["after"]


def test_all_observers_hear_of_what_was_before_though_one_of_them_raises() -> None:
    program, others = Program(), list[Any]()
    program.log.info("before")

    def broken(event: Any) -> None:
        raise ValueError("broken")

    program.beginner.beginLoggingTo([broken, others.append], redirectStandardIO=False)  # type: ignore[list-item]

    assert formatEvent(others[0]) == "before" and [event["log_format"] for event in others].count("before") == 1


def test_the_second_beginning_is_told_of_with_the_place_of_the_first() -> None:
    program, later = Program(), list[Any]()
    first = program.begin(redirectStandardIO=False)
    assert program.seen == []
    program.beginner.beginLoggingTo([later.append])  # type: ignore[list-item]
    second = sys._getframe().f_lineno - 1

    for told in (program.seen, later):
        (event,) = told
        assert (event["fileNow"], event["lineNow"]) == (__file__, second)
        assert (event["fileThen"], event["lineThen"]) == (__file__, first)
        assert event["log_level"] is LogLevel.warn and event["log_namespace"] == "twisted.logger"
    program.log.info("both")
    assert [formatEvent(one[-1]) for one in (program.seen, later)] == ["both", "both"]
    # Standard output was not to be redirected, and that is not made up for.
    assert not isinstance(program.streams.stdout, LoggingFile)


def test_standard_output_and_error_become_events() -> None:
    program = Program()
    program.begin()

    program.streams.stdout.write("said\n")
    program.streams.stderr.write("complained\n")

    assert [(event["log_namespace"], event["log_level"], event["log_io"]) for event in program.seen] == [
        ("stdout", LogLevel.info, "said"),
        ("stderr", LogLevel.error, "complained"),
    ]
    assert (program.streams.stdout.encoding, program.streams.stderr.encoding) == (
        "latin-1",
        sys.getdefaultencoding(),
    )


def test_standard_output_is_left_alone_if_asked() -> None:
    program = Program()
    stdout, stderr, show = program.streams.stdout, program.streams.stderr, program.warnings.showwarning

    program.begin(redirectStandardIO=False)

    assert (program.streams.stdout, program.streams.stderr) == (stdout, stderr)
    assert program.warnings.showwarning is show


def test_warnings_become_events_but_for_those_that_go_to_a_file() -> None:
    program = Program()
    program.begin()

    program.warnings.showwarning("old", DeprecationWarning, "x.py", 7)
    assert program.texts() == ["x.py:7: builtins.DeprecationWarning: old"]
    assert program.seen[0]["log_level"] is LogLevel.warn and program.warnings.shown == []
    file = io.StringIO()
    program.warnings.showwarning("other", UserWarning, "y.py", 8, file, "the line")

    assert program.warnings.shown == [("other", UserWarning, "y.py", 8, file, "the line")]
    assert len(program.seen) == 1
