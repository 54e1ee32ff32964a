"""
Events as JSON, and back.

An event is flattened first, so that it reads the same afterwards. Levels and failures come back as such; what JSON
cannot carry becomes ``{"unpersistable": true}``. A stream of events is a text sequence (RFC 7464): a record separator,
the event, a line feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from json import dumps, loads
from typing import IO, Any

from constantly import NamedConstant

from twisted.logger._emitting import Logger
from twisted.logger._fields import flatten
from twisted.logger._interfaces import LogEvent
from twisted.logger._levels import LEVELS, InvalidLogLevelError, LogLevel
from twisted.python.failure import Failure

_log = Logger("twisted.logger")

# Other programs' logs name the classes by these.
_CLASS = "__class_uuid__"
_LEVEL = "02e59486-f24d-46ad-8224-3acdf2a5732a"
_FAILURE = "e76887e2-20ed-49bf-a8f8-ba25cc586f2d"


def _simpler(value: object) -> object:
    """Say something that JSON can carry in place of something that it cannot."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, NamedConstant) and value in LEVELS:
        return {"name": value.name, _CLASS: _LEVEL}
    if isinstance(value, Failure):
        kind = value.type
        state = dict(value.__getstate__())
        state["type"] = {"__module__": kind.__module__, "__name__": kind.__name__}
        state[_CLASS] = _FAILURE
        return state
    return {"unpersistable": True}


def _revived(fields: dict[str, Any]) -> object:
    """Undo `_simpler`, where that is possible."""
    kind = fields.get(_CLASS)
    if kind == _LEVEL:
        try:
            return LogLevel.levelWithName(fields.get("name", ""))
        except InvalidLogLevelError:
            return None
    if kind == _FAILURE:
        return _failure(fields)
    return fields


def _failure(fields: dict[str, Any]) -> object:
    state = {key: value for key, value in fields.items() if key != _CLASS}
    named = state.get("type")
    if not isinstance(named, dict):
        return fields
    failure = Failure.__new__(Failure)
    failure.__setstate__(state)
    name, module = str(named.get("__name__")), str(named.get("__module__"))
    failure.type = type(name, (), {"__module__": module})
    return failure


def eventAsJSON(event: LogEvent) -> str:
    """
    Turn *event* into JSON text.

    Keys which are neither text nor numbers are left out.
    """
    if "log_flattened" not in event and event.get("log_format") is not None:
        event = dict(event)
        if isinstance(event["log_format"], bytes):
            event["log_format"] = event["log_format"].decode("utf-8")
        flatten(event)
    return dumps(event, default=_simpler, skipkeys=True)


def eventFromJSON(eventText: str) -> dict[str, Any]:
    """
    Turn JSON text into the event it was.

    Raises:
        ValueError: It is no JSON.
    """
    event: dict[str, Any] = loads(eventText, object_hook=_revived)
    return event


def _records(chunks: Iterator[bytes], separator: bytes) -> Iterator[bytes]:
    """Cut a stream at *separator*."""
    if len(separator) > 1:
        # It may lie across two chunks.
        chunks = iter((b"".join(chunks),))
    pending: list[bytes] = []
    for chunk in chunks:
        # Joined only when the record is whole, however many chunks it takes.
        first, *others = chunk.split(separator)
        pending.append(first)
        for piece in others:
            yield b"".join(pending)
            pending = [piece]
    yield b"".join(pending)


def _chunks(file: IO[Any], size: int, first: bytes) -> Iterator[bytes]:
    if first:
        yield first
    while data := file.read(size):
        yield data.encode("utf-8") if isinstance(data, str) else data


def _event(record: bytes) -> Iterator[LogEvent]:
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError:
        _log.error("Unable to decode UTF-8 for JSON record: {record!r}", record=record)
        return
    try:
        yield eventFromJSON(text)
    except ValueError:
        _log.error("Unable to read JSON record: {record!r}", record=record)


def eventsFromJSONLogFile(
    inFile: IO[Any], recordSeparator: str | None = None, bufferSize: int = 4096
) -> Iterable[LogEvent]:
    """
    Read events that `jsonFileLogObserver` wrote. Records that cannot be read are logged and left out.

    Args:
        inFile: Open for reading text, or bytes which are UTF-8.
        recordSeparator: What stands before each record; ``""`` if each is a line. `None` finds out.
        bufferSize: How much to read at once, in bytes or characters.
    """
    first = b""
    if recordSeparator is None:
        opening = inFile.read(1)
        first = opening.encode("utf-8") if isinstance(opening, str) else opening
        separator = first if first == b"\x1e" else b""
    else:
        separator = recordSeparator.encode("utf-8")
    chunks = _chunks(inFile, bufferSize, first)
    if not separator:
        for record in _records(chunks, b"\n"):
            if record:
                yield from _event(record)
        return
    for record in _records(chunks, separator):
        if not record:
            continue
        if record.endswith(b"\n"):
            yield from _event(record)
        else:
            _log.error("Unable to read truncated JSON record: {record!r}", record=record)
