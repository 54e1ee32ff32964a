"""What is kept of events and written of them, to the letter."""

from __future__ import annotations

import io
from typing import Any

import pytest

from twisted.logger import (
    FileLogObserver,
    LogBeginner,
    LogLevel,
    LogPublisher,
    eventAsJSON,
    eventFromJSON,
    extractField,
    formatEvent,
)
from twisted.logger._classic import publish_classic
from twisted.logger._fields import flatten


def test_the_second_of_two_equal_fields_has_its_number_behind_its_key() -> None:
    numbers = iter(range(1, 9))
    event: dict[str, Any] = {"log_format": "{n()} {n()} {n()!r:>3}", "n": lambda: next(numbers)}

    flatten(event)

    assert event["log_flattened"] == {
        "n()!s:": "1",
        "n()!:": 1,
        "n()!s:/2": "2",
        "n()!:/2": 2,
        "n()!r:>3": "3",
        "n()!:>3": 3,
    }


def test_a_field_of_what_was_kept_is_the_first_of_its_name() -> None:
    event = eventFromJSON(eventAsJSON({"log_format": "{n} {n!r}", "n": "x"}))

    assert extractField("n", event) == "x"
    assert extractField("n!r", event) == "'x'"


def test_a_file_that_refuses_text_is_given_bytes() -> None:
    class OfBytes:
        """No file of the io module: what it wants is found out by trying."""

        def __init__(self) -> None:
            self.written: list[bytes] = []

        def write(self, data: bytes) -> None:
            if not isinstance(data, bytes):
                raise TypeError("bytes, please")
            self.written.append(data)

        def flush(self) -> None:
            self.written.append(b"(flushed)")

    file: Any = OfBytes()
    observer = FileLogObserver(file, lambda event: event["say"])
    observer({"say": "caf\xe9"})
    observer({"say": None})
    observer({"say": ""})

    assert b"".join(file.written).replace(b"(flushed)", b"") == "caf\xe9".encode()


def test_a_file_that_takes_text_is_given_text() -> None:
    class OfText:
        def __init__(self) -> None:
            self.written: list[str] = []

        def write(self, data: str) -> None:
            self.written.append(data)

        def flush(self) -> None:
            pass

    file: Any = OfText()
    FileLogObserver(file, lambda event: event["say"])({"say": "caf\xe9"})

    assert "".join(file.written) == "caf\xe9"


def test_what_is_critical_before_anybody_listens_is_printed_without_time_or_system() -> None:
    class Streams:
        stdout, stderr = io.StringIO(), io.StringIO()

    class Warnings:
        @staticmethod
        def showwarning(*arguments: Any) -> None: ...

    printed, publisher, seen = io.StringIO(), LogPublisher(), list[Any]()
    beginner = LogBeginner(publisher, printed, Streams, Warnings)
    for level, text in ((LogLevel.error, "hidden"), (LogLevel.critical, "shown"), (None, "of no level")):
        event = {"log_level": level, "log_format": text, "log_time": 0.0, "log_system": "here"}
        publisher(event if level else {"log_format": text})
    assert printed.getvalue() == "shown\n"

    observer: Any = seen.append
    beginner.beginLoggingTo([observer], redirectStandardIO=False)
    publisher({"log_level": LogLevel.critical, "log_format": "later", "log_time": 0.0})

    assert printed.getvalue() == "shown\n"
    assert [event["log_format"] for event in seen] == ["hidden", "shown", "of no level", "later"]
    assert isinstance(Streams.stdout, io.StringIO)


def test_what_cannot_be_shown_at_all_is_saved_field_by_field() -> None:
    class Unshowable:
        def __repr__(self) -> str:
            raise ValueError("no")

        def __format__(self, layout: str) -> str:
            raise KeyError(layout)

    text = formatEvent({"log_format": "{bad:5}", "bad": Unshowable(), "good": 7})

    assert text.startswith(
        "MESSAGE LOST: unformattable object logged: KeyError('5')\n"
        "Recoverable data: 'log_format' = '{bad:5}', 'bad' = <"
    )
    assert ", 'good' = 7\nException during formatting:\n[Failure instance: Traceback: " in text
    assert "ValueError'>: no" in text


@pytest.mark.parametrize(
    ("said", "system"),
    [({"system": "old"}, "old"), ({"system": "old", "log_system": "new"}, "new"), ({"log_system": "new"}, "new")],
)
def test_what_speaks_in_an_old_event_is_known_in_the_new_one(said: dict[str, str], system: str) -> None:
    seen: list[Any] = []
    observer: Any = seen.append
    publish_classic(observer, {"message": ("x",), "time": 5.0, **said}, lambda event: "x")

    assert [(event["log_system"], event["log_time"], event["log_text"]) for event in seen] == [(system, 5.0, "x")]
    assert (seen[0]["log_level"], seen[0]["log_namespace"]) == (LogLevel.info, "log_legacy")


def test_an_old_event_without_who_speaks_text_or_time_gets_none() -> None:
    seen: list[Any] = []
    observer: Any = seen.append
    publish_classic(observer, {"message": (), "isError": 1}, lambda event: None)

    assert seen == [
        {"message": (), "isError": 1, "log_level": LogLevel.critical, "log_namespace": "log_legacy"},
    ]


def test_a_publisher_has_a_logger_that_speaks_to_it() -> None:
    seen: list[Any] = []
    observer: Any = seen.append
    publisher = LogPublisher(observer)
    publisher.log.warn("said")

    assert [(event["log_format"], event["log_namespace"]) for event in seen] == [("said", "twisted.logger")]
    assert publisher.log.observer is publisher
