"""Publishers of their own, warnings, files that are logs, and where a program's log begins."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from twisted.logger import LogBeginner, LoggingFile, LogLevel, formatEvent
from twisted.logger import LogPublisher as NewPublisher
from twisted.python import context, log
from twisted.python.failure import Failure


class Warned:
    """Stands for `warnings`."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def showwarning(self, *arguments: Any) -> None:
        self.shown.append(arguments)


def test_a_publisher_tells_its_observers_until_they_are_removed() -> None:
    publisher, first, second = log.LogPublisher(), list[Any](), list[Any]()
    publisher.addObserver(first.append)
    publisher.addObserver(second.append)
    assert publisher.observers == [first.append, second.append]
    publisher.msg("one", "two", colour="red")
    publisher.removeObserver(first.append)
    publisher.removeObserver(first.append)
    publisher.removeObserver(print)
    assert publisher.observers == [second.append]
    publisher.msg("three", isError=1, system="shop")

    assert [event["message"] for event in first] == [("one", "two")]
    assert [(event["message"], event["isError"], event["system"]) for event in second] == [
        (("one", "two"), 0, "-"),
        (("three",), 1, "shop"),
    ]
    assert first[0]["colour"] == "red" and first[0]["log_text"] == "one two"


def test_observers_and_events_may_go_by_publishers_of_their_own() -> None:
    heard, told, both = list[Any](), list[Any](), list[Any]()
    observers, events = NewPublisher(), NewPublisher()
    events.addObserver(told.append)  # type: ignore[arg-type]
    publisher = log.LogPublisher(observers, events)
    publisher.addObserver(heard.append)
    publisher.msg("x")
    assert (len(told), len(heard)) == (1, 0)
    observers({"log_format": "y"})
    assert [log.textFromEventDict(event) for event in heard] == ["y"]

    joined = log.LogPublisher(None, events)
    joined.addObserver(both.append)
    joined.msg("z")
    assert (len(told), len(both)) == (2, 0)


def test_an_event_carries_the_context_that_it_is_made_in() -> None:
    publisher, seen = log.LogPublisher(), list[Any]()
    publisher.addObserver(seen.append)

    log.callWithContext({"system": "shop", "extra": 1}, publisher.msg, "in", extra=2)
    context.call({log.ILogContext: None}, publisher.msg, "nowhere", system="here")

    assert [(event["system"], event.get("extra")) for event in seen] == [("shop", 2), ("here", None)]


def test_warnings_become_events_but_for_those_that_go_to_a_file() -> None:
    warned, seen = Warned(), list[Any]()
    publisher = log.LogPublisher(warningsModule=warned)
    publisher.addObserver(seen.append)
    publisher.showwarning("old", DeprecationWarning, "x.py", 7)
    assert warned.shown == []
    file = io.StringIO()
    publisher.showwarning("other", UserWarning, "y.py", 8, file, "the line")

    assert [log.textFromEventDict(event) for event in seen] == ["x.py:7: builtins.DeprecationWarning: old"]
    assert (seen[0]["warning"], seen[0]["lineno"], seen[0]["filename"]) == ("old", 7, "x.py")
    assert warned.shown == [("other", UserWarning, "y.py", 8, file, "the line")]


class Unshowable:
    def __repr__(self) -> str:
        raise ValueError("no")


class Untraceable(Failure):
    def getTraceback(self, *arguments: Any, **options: Any) -> str:
        raise ValueError("no traceback")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"message": ("a", 1, b"c"), "isError": 1, "failure": 1}, "a 1 c"),
        ({"message": (), "isError": 1, "failure": Untraceable(KeyError(1))}, "Unhandled Error\n"),
        ({"message": (), "isError": 1, "failure": Untraceable(KeyError(1)), "why": "because"}, "because\n"),
        ({"message": (), "isError": 0, "failure": Failure(KeyError(1))}, None),
        ({"message": (), "isError": 1}, None),
        ({"message": (), "isError": 0, "failure": 1, "format": "%(isError)d!"}, "0!"),
        ({"message": (), "isError": 0, "format": "%(nope)s"}, "Invalid format string or unformattable object"),
        ({"message": (), "isError": 0, "format": "%(x)s", "x": Unshowable()}, "UNFORMATTABLE OBJECT WRITTEN TO LOG"),
    ],
)
def test_the_text_of_an_event(event: dict[str, Any], text: str | None) -> None:
    found = log.textFromEventDict(event)
    if text is None or event["message"] or text == "0!":
        assert found == text
    else:
        assert found is not None and found.startswith(text)
        if "\n" in text:
            assert found == f"{text}(unable to obtain traceback): no traceback"


def test_a_buggy_prefix_is_logged_and_the_call_made(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, seen = log.LogPublisher(), list[Any]()
    publisher.addObserver(seen.append)
    monkeypatch.setattr(log, "theLogPublisher", publisher)

    class Buggy:
        def logPrefix(self) -> str:
            raise KeyError("prefix")

    class Interrupted:
        def logPrefix(self) -> str:
            raise KeyboardInterrupt

    def speak(value: int) -> int:
        log.msg("said")
        return value

    assert log.callWithLogger(Buggy(), speak, 7) == 7
    assert [event["isError"] for event in seen] == [1, 0]
    assert {event["system"] for event in seen} == {"(buggy logPrefix method)"}
    assert log.callWithLogger(log.Logger(), divmod, 1, 0) is None
    assert seen[2]["failure"].check(ZeroDivisionError) and seen[2]["system"] == "-"
    with pytest.raises(KeyboardInterrupt):
        log.callWithLogger(Interrupted(), print)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.callWithLogger(log.Logger(), interrupt)
    assert len(seen) == 3


def test_what_is_written_to_a_file_that_is_the_log_becomes_events(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, seen = log.LogPublisher(), list[Any]()
    publisher.addObserver(seen.append)
    monkeypatch.setattr(log, "theLogPublisher", publisher)

    file = log.StdioOnnaStick(1, "latin-1")
    file.write("one\ntw")
    file.write(b"\xf6\n")
    file.write("rest")
    assert [event["message"] for event in seen] == [("one",), ("tw\xf6",)] and file.buf == "rest"
    file.writelines(["a", b"\xe4"])
    file.flush()
    file.close()

    assert [event["message"] for event in seen[2:]] == [("a",), ("\xe4",)]
    assert {(event["printed"], event["isError"]) for event in seen} == {(1, 1)}
    assert (file.closed, file.fileno(), file.mode, file.name) == (0, -1, "wb", "<stdio (log)>")
    for name in ("read", "readline", "readlines", "seek", "tell"):
        with pytest.raises(OSError, match="can't read from the log!"):
            getattr(file, name)()
    plain = log.StdioOnnaStick()
    assert (plain.isError, plain.encoding, plain.buf) == (0, sys.getdefaultencoding(), "")


class Streams:
    def __init__(self) -> None:
        self.stdout: Any = io.StringIO()
        self.stderr: Any = io.StringIO()


@pytest.mark.parametrize("redirect", [0, 1])
def test_a_programs_log_begins_with_a_line_that_says_so(redirect: int, monkeypatch: pytest.MonkeyPatch) -> None:
    events, streams = NewPublisher(), Streams()
    beginner = LogBeginner(events, io.StringIO(), streams, Warned())
    publisher = log.LogPublisher(events, events, beginner)
    monkeypatch.setattr(log, "theLogPublisher", publisher)
    file = io.StringIO()
    publisher.msg("before")

    observer = log.startLogging(file, redirect)
    assert observer is not None
    streams.stdout.write("printed\n")

    lines = [line.split("] ")[1] for line in file.getvalue().splitlines()]
    assert lines == ["Log opened.", "printed"][: 1 + redirect]
    assert isinstance(streams.stdout, LoggingFile) is bool(redirect)
    observer.stop()
    publisher.msg("after")
    assert "after" not in file.getvalue()


def test_the_log_is_not_written_to_itself() -> None:
    assert log.startLogging(log.logfile) is None


def test_errors_are_all_that_is_written_before_a_log_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = log.LogPublisher()
    monkeypatch.setattr(log, "theLogPublisher", publisher)
    observer = log.DefaultObserver()
    file = observer.stderr = io.StringIO()
    observer.start()
    log.msg("calm")
    log.msg("loud", isError=1)
    log.msg(isError=1)
    observer.stop()
    log.msg("gone", isError=1)

    assert file.getvalue() == "loud"


def test_lines_of_a_file_say_when_who_and_what() -> None:
    file = io.StringIO()
    observer = log.FileLogObserver(file)
    observer.timeFormat = "%Y"
    observer.emit({"message": ("a\nb",), "isError": 0, "time": 86400.0 * 200, "system": "shop"})
    observer.emit({"message": (), "isError": 0, "time": 0.0, "system": "shop"})

    assert file.getvalue() == "1970 [shop] a\n\tb\n"


def test_what_is_discarded_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "logfile", log.logfile)
    log.discardLogs()
    file = log.logfile
    assert isinstance(file, log.NullFile)
    null: Any = file
    assert [null.write("x"), null.read(), null.flush(), null.close()] == [None] * 4
    assert file.softspace == 0


def test_errors_are_logged_with_their_failure_or_as_words(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher, seen = log.LogPublisher(), list[Any]()
    publisher.addObserver(seen.append)
    monkeypatch.setattr(log, "theLogPublisher", publisher)
    failure = Failure(KeyError("x"))

    log.err(failure, "reading", shelf=3)
    log.deferr(ValueError("y"))
    log.err("words", "why")

    assert seen[0]["failure"] is failure and (seen[0]["why"], seen[0]["shelf"]) == ("reading", 3)
    assert seen[1]["failure"].check(ValueError) and seen[1]["why"] is None and seen[1]["message"] == ()
    assert (seen[2]["message"], seen[2]["why"], "failure" in seen[2]) == (("'words'",), "why", False)
    assert {event["isError"] for event in seen} == {1}
    assert {event["log_level"] for event in seen} == {LogLevel.critical}
    assert formatEvent(seen[2]) == "'words'"
