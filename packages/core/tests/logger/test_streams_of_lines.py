"""A file whose lines are log events."""

from __future__ import annotations

from io import UnsupportedOperation
from typing import Any

import pytest

from twisted.logger import Logger, LoggingFile, LogLevel


def logged(level: Any = LogLevel.info, encoding: str | None = None) -> tuple[LoggingFile, list[Any]]:
    seen: list[Any] = []
    observer: Any = seen.append
    return LoggingFile(Logger("spoken", observer=observer), level, encoding), seen


def texts(events: list[Any]) -> list[str]:
    return [event["log_io"] for event in events]


def test_each_whole_line_is_an_event() -> None:
    file, events = logged(LogLevel.warn)
    file.write("one\ntwo\nbeg")
    assert texts(events) == ["one", "two"]
    file.write("un\n")
    assert texts(events) == ["one", "two", "begun"]
    assert {event["log_level"] for event in events} == {LogLevel.warn}
    assert {event["log_namespace"] for event in events} == {"spoken"}
    assert events[0]["log_format"] == "{log_io}"


def test_lines_are_written_as_such() -> None:
    file, events = logged()
    file.writelines(["one", "two\n", "three\n"])

    assert texts(events) == ["onetwo", "three"]


def test_bytes_are_decoded() -> None:
    file, events = logged(encoding="latin-1")
    file.write(b"gr\xfc\xdfe\n")

    assert texts(events) == ["gr\xfc\xdfe"] and file.encoding == "latin-1"


def test_what_it_says_of_itself() -> None:
    file, _ = logged(LogLevel.error)

    assert file.name == "<LoggingFile spoken#error>"
    assert (file.mode, file.newlines, file.closed) == ("w", None, False)
    file.flush()
    assert file.isatty() is False


@pytest.mark.parametrize("ask", [lambda file: file.read(), lambda file: file.next(), lambda file: file.seek(0)])
def test_nothing_can_be_read(ask: Any) -> None:
    file, _ = logged()
    with pytest.raises(OSError):
        ask(file)


def test_it_has_no_descriptor() -> None:
    file, _ = logged()
    with pytest.raises(UnsupportedOperation, match="LoggingFile has no file descriptor"):
        file.fileno()


def test_a_closed_file_takes_nothing() -> None:
    file, events = logged()
    file.close()
    assert file.closed
    with pytest.raises(ValueError):
        file.write("late\n")
    with pytest.raises(ValueError):
        file.writelines(["late"])
    assert events == []


def test_the_leftover_of_the_print_statement_warns_where_it_is_used() -> None:
    file, _ = logged()
    with pytest.warns(DeprecationWarning, match="softspace") as caught:
        assert file.softspace == 0
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="softspace") as caught:
        file.softspace = 1
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning):
        assert file.softspace == 1
