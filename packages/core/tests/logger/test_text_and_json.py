"""Events as text, as JSON, and back."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.logger import (
    LogLevel,
    capturedLogs,
    eventAsJSON,
    eventAsText,
    eventFromJSON,
    eventsFromJSONLogFile,
    extractField,
    formatEvent,
    formatEventAsClassicLogText,
    formatTime,
    jsonFileLogObserver,
    textFileLogObserver,
)
from twisted.python.failure import Failure


class Item:
    name = "tea"
    shelf = {"row": 4}

    def price(self) -> float:
        return 2.5

    def __repr__(self) -> str:
        return "<tea>"


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("{item}", "<tea>"),
        ("{item.name!r:>6}", " 'tea'"),
        ("{item.price():.2f}", "2.50"),
        ("{item.shelf[row]}", "4"),
        ("{call()}", "5"),
        ("{{}} {number:{width}}", "{}    7"),
        (b"bytes {number}", "bytes 7"),
        ("", ""),
        (None, ""),
    ],
)
def test_formats_reach_into_and_call_what_an_event_has(format: Any, text: str) -> None:
    event = {"log_format": format, "item": Item(), "call": lambda: 5, "number": 7, "width": 4}

    assert formatEvent(event) == text


@pytest.mark.parametrize(
    ("format", "trouble"),
    [
        ("{gone}", "'gone'"),
        ("{", "Single '{' encountered in format string"),
        ("{}", "tuple index out of range"),
        ("{0}", "tuple index out of range"),
        (5, "Log format must be str, not 5"),
        ("{x()()}", "'x()'"),
    ],
)
def test_a_broken_format_is_shown_with_its_event(format: Any, trouble: str) -> None:
    event = {"log_format": format}

    assert formatEvent(event) == f"Unable to format event {event!r}: {trouble}"


def test_classic_lines_say_when_who_and_what_with_further_lines_indented() -> None:
    event = {"log_format": "a\nb", "log_level": LogLevel.info, "log_namespace": "shop"}

    assert formatEventAsClassicLogText(event) == "- [shop#info] a\n\tb\n"
    assert formatEventAsClassicLogText({**event, "log_system": "Echo,0,127.0.0.1"}) == "- [Echo,0,127.0.0.1] a\n\tb\n"
    assert formatEventAsClassicLogText({"log_format": "x"}) == "- [-#-] x\n"
    assert formatEventAsClassicLogText({}) is None


def test_text_ends_with_the_traceback_unless_told() -> None:
    event = {"log_format": "oops", "log_failure": Failure(ValueError("bad"))}

    assert eventAsText(event) == (
        "- [-#-] oops\nTraceback (most recent call last):\nFailure: builtins.ValueError: bad\n"
    )
    assert eventAsText(event, includeTraceback=False, includeSystem=False, includeTimestamp=False) == "oops"


def test_times_have_a_default_for_none() -> None:
    assert formatTime(None) == "-"
    assert formatTime(5, None, default="z") == "z"
    assert formatTime(5.25, "%f") == "250000"


@pytest.mark.parametrize("file_type", [io.StringIO, io.BytesIO])
def test_text_goes_to_files_of_either_kind(file_type: Any) -> None:
    file = file_type()

    textFileLogObserver(file)({"log_format": "caf\xe9"})

    content = file.getvalue()
    assert (content if isinstance(content, str) else content.decode("utf-8")) == "- [-#-] caf\xe9\n"


def test_json_keeps_the_text_of_what_it_cannot_carry() -> None:
    event = {"log_format": "{item.name} {item!r:>9} {item.price()}", "item": Item(), "log_level": LogLevel.warn}

    back = eventFromJSON(eventAsJSON(event))

    assert formatEvent(back) == "tea <tea> 2.5"
    assert back["log_level"] is LogLevel.warn and back["item"] == {"unpersistable": True}
    assert extractField("item.price()", back) == 2.5
    assert "log_flattened" not in event


def test_equal_fields_of_one_format_are_told_apart() -> None:
    numbers = iter(range(1, 9))

    back = eventFromJSON(eventAsJSON({"log_format": "{n()} {n()}", "n": lambda: next(numbers)}))

    assert formatEvent(back) == "1 2"


def test_failures_come_back_with_class_and_traceback_text() -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        failure = Failure()

    back = eventFromJSON(eventAsJSON({"log_failure": failure}))["log_failure"]

    assert back.check(ValueError) and not back.check(KeyError)
    assert [frame[0] for frame in back.frames] == ["test_failures_come_back_with_class_and_traceback_text"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(max_size=9), values), max_size=4), st.integers(1, 40), st.booleans())
def test_what_was_written_is_read_however_the_file_is_cut(events: list[dict[str, Any]], size: int, text: bool) -> None:
    file: Any = io.StringIO() if text else io.BytesIO()
    observer = jsonFileLogObserver(file)
    for event in events:
        file.write("\x1e" + json.dumps(event) + "\n") if text else observer(event)
    file.seek(0)

    assert list(eventsFromJSONLogFile(file, bufferSize=size)) == events


def test_records_are_read_as_they_come_and_not_all_at_once() -> None:
    class Growing:
        """A file that has so much for each time it is read."""

        def __init__(self) -> None:
            self.pieces = [b"", b'{"a": 1}\n{"b"', b": 2}\n", b'{"c": 3}\n']
            self.read_so_far = 0

        def read(self, size: int) -> bytes:
            self.read_so_far += 1
            return self.pieces.pop(0) if self.pieces else b""

    file: Any = Growing()
    file.pieces.pop(0)
    found = eventsFromJSONLogFile(file, recordSeparator="")
    assert next(iter(found)) == {"a": 1} and file.read_so_far == 1
    assert next(iter(found)) == {"b": 2} and file.read_so_far == 2
    assert list(found) == [{"c": 3}]


@pytest.mark.parametrize(
    ("content", "read", "said"),
    [
        ('{"x": 1}\n{"y": 2}', [{"x": 1}, {"y": 2}], []),
        ('\x1e{"x": 1}\n\x1e{"y": 2', [{"x": 1}], ["Unable to read truncated JSON record: b'{\"y\": 2'"]),
        ('\x1e{"y\n\x1e{"z": 3}\n', [{"z": 3}], ["Unable to read JSON record: b'{\"y\\n'"]),
        ("garbage\n", [], ["Unable to read JSON record: b'garbage'"]),
        ("", [], []),
    ],
)
def test_broken_records_are_logged_and_left_out(content: str, read: list[Any], said: list[str]) -> None:
    with capturedLogs() as events:
        found = list(eventsFromJSONLogFile(io.StringIO(content)))

    assert found == read
    assert [formatEvent(event) for event in events] == said
