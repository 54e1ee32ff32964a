"""What JSON carries of events, to the letter, and what is made of it again."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from twisted.logger import (
    LogLevel,
    capturedLogs,
    eventAsJSON,
    eventFromJSON,
    eventsFromJSONLogFile,
    extractField,
    formatEvent,
)
from twisted.python.failure import Failure


def written(**event: Any) -> Any:
    return json.loads(eventAsJSON(event))


def test_levels_are_named_with_the_mark_of_their_class() -> None:
    mark = {"name": "warn", "__class_uuid__": "02e59486-f24d-46ad-8224-3acdf2a5732a"}

    assert written(log_level=LogLevel.warn)["log_level"] == mark
    assert eventFromJSON(json.dumps({"log_level": mark}))["log_level"] is LogLevel.warn
    assert eventFromJSON(json.dumps({"log_level": {**mark, "name": "loud"}}))["log_level"] is None
    del mark["name"]
    assert eventFromJSON(json.dumps({"log_level": mark}))["log_level"] is None


def test_a_failure_is_marked_and_comes_back_as_one() -> None:
    text = eventAsJSON({"log_failure": Failure(KeyError("x"))})
    kept = json.loads(text)["log_failure"]
    assert kept["type"] == {"__module__": "builtins", "__name__": "KeyError"}
    assert kept["__class_uuid__"] == "e76887e2-20ed-49bf-a8f8-ba25cc586f2d" and kept["pickled"] == 1

    back = eventFromJSON(text)["log_failure"]
    assert isinstance(back, Failure) and back.check(KeyError) is KeyError
    assert (back.type.__module__, back.type.__name__) == ("builtins", "KeyError")
    assert "__class_uuid__" not in vars(back)


def test_what_only_claims_to_be_a_failure_stays_what_it_is() -> None:
    claim = {"__class_uuid__": "e76887e2-20ed-49bf-a8f8-ba25cc586f2d", "type": "KeyError"}

    assert eventFromJSON(json.dumps({"x": claim, "y": {"__class_uuid__": "other"}})) == {
        "x": claim,
        "y": {"__class_uuid__": "other"},
    }


def test_what_cannot_be_carried_says_so_and_odd_keys_are_left_out() -> None:
    event: Any = {"thing": object(), "bytes": b"\xe4", (1, 2): "left out", 3: "number"}

    assert json.loads(eventAsJSON(event)) == {"thing": {"unpersistable": True}, "bytes": "\xe4", "3": "number"}


def test_an_event_itself_stays_as_it_was() -> None:
    event: dict[str, Any] = {"log_format": b"{n} \xc3\xa4", "n": 1}

    assert formatEvent(eventFromJSON(eventAsJSON(event))) == "1 \xe4"
    assert event == {"log_format": b"{n} \xc3\xa4", "n": 1}
    assert "log_flattened" not in written(n=1) and "log_flattened" not in written(log_format="plain")
    already = {"log_format": "{n}", "log_flattened": {"n!s:": "kept", "n!:": 7}, "n": 1}
    assert written(**already)["log_flattened"] == {"n!s:": "kept", "n!:": 7}
    assert formatEvent(already) == "kept"


RECORD = '{"n": 1}\n'


@pytest.mark.parametrize(
    ("content", "separator", "numbers", "said"),
    [
        ("", None, [], []),
        (RECORD * 2, None, [1, 1], []),
        (f"\x1e{RECORD}\x1e{RECORD}", None, [1, 1], []),
        (f"\x1e{RECORD}\x1e" + '{"n"', None, [1], ["Unable to read truncated JSON record: b'{\"n\"'"]),
        (f"\n\n{RECORD}\n", None, [1], []),
        (RECORD + '{"n": 2}', None, [1, 2], []),
        (f"\x1e{RECORD}", "\x1e", [1], []),
        (RECORD, "", [1], []),
        (f"--{RECORD}--{RECORD}", "--", [1, 1], []),
        (f"\x1e\x1e{RECORD}", "\x1e", [1], []),
        ("{\n" + RECORD, "", [1], ["Unable to read JSON record: b'{'"]),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 4096])
@pytest.mark.parametrize("as_text", [True, False])
def test_files_of_records(
    content: str, separator: str | None, numbers: list[int], said: list[str], size: int, as_text: bool
) -> None:
    file: Any = io.StringIO(content, newline="") if as_text else io.BytesIO(content.encode())
    with capturedLogs() as events:
        read = list(eventsFromJSONLogFile(file, separator, size))

    assert [event["n"] for event in read] == numbers
    assert [formatEvent(event) for event in events] == said


def test_what_is_no_utf_8_is_logged_and_left_out() -> None:
    with capturedLogs() as events:
        read = list(eventsFromJSONLogFile(io.BytesIO(b'\x1e"\xff"\n\x1e{"n": 1}\n')))

    assert [event["n"] for event in read] == [1]
    assert [formatEvent(event) for event in events] == [
        "Unable to decode UTF-8 for JSON record: b'\"\\xff\"\\n'",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 5),
        ("n!r", "5"),
        ("n!s", "5"),
        ("s!r", "'x'"),
        ("d[k]", 1),
        ("o.real", 3),
        ("f()", 9),
        ("o.bit_length()", 2),
    ],
)
def test_a_field_stands_for_the_same_before_and_behind_json(field: str, value: object) -> None:
    event: dict[str, Any] = {"n": 5, "s": "x", "d": {"k": 1}, "o": 3, "f": lambda: 9, "log_format": f"{{{field}}}"}

    assert extractField(field, event) == value
    assert extractField(field, eventFromJSON(eventAsJSON(event))) == value
    assert formatEvent(event) == str(value)


@pytest.mark.parametrize("field", ["", "0", "n}{m", "nope"])
def test_a_field_that_an_event_cannot_have_is_an_error(field: str) -> None:
    with pytest.raises((KeyError, IndexError, ValueError)):
        extractField(field, {"n": 1, "log_format": "{n}"})
    assert formatEvent({"n": 1, "log_format": "{}"}).startswith("Unable to format event")
