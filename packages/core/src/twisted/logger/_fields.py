"""
Formats (PEP 3101) over an event's keys, with calls: ``{name()}`` and ``{name.method().attribute}``.

An event that was flattened keeps under ``log_flattened`` what its format needs, so that it can be formatted where its
objects no longer are: after a journey as JSON, or much later.
"""

from __future__ import annotations

from _string import formatter_field_name_split  # type: ignore[import-not-found]
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

from twisted.logger._interfaces import LogEvent

_CALL = "()"


def _look_up(field: str, event: Mapping[str, Any]) -> Any:
    """
    Find what *field* (without conversion and layout) stands for in *event*.

    Raises:
        KeyError: The event has no such key.
        IndexError: The field has a number or nothing for a name: events have no positions.
    """
    first, steps = formatter_field_name_split(field)
    if isinstance(first, int) or not first:
        raise IndexError("tuple index out of range")
    value = event[first[:-2]]() if first.endswith(_CALL) else event[first]
    for is_attribute, key in steps:
        if not is_attribute:
            value = value[key]
        elif key.endswith(_CALL):
            value = getattr(value, key[:-2])()
        else:
            value = getattr(value, key)
    return value


class _EventFormatter(Formatter):
    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        if not field_name:
            raise IndexError("tuple index out of range")
        return _look_up(field_name, kwargs), field_name

    def check_unused_args(self, used_args: Any, args: Any, kwargs: Any) -> None:
        """Most keys are there for filters and not for the format."""


_formatter = _EventFormatter()


def _convert(value: Any, conversion: str | None) -> Any:
    return str(value) if conversion is None else _formatter.convert_field(value, conversion)


class _Keys:
    """Tell apart the fields of one format: the second of two equal ones gets ``/2`` behind its key."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def key(self, field: str, conversion: str | None, layout: str | None) -> str:
        name = f"{field}!{conversion or ''}:{layout or ''}"
        times = self._seen[name] = self._seen.get(name, 0) + 1
        return name if times == 1 else f"{name}/{times}"


def _conversion_kept(conversion: str | None) -> str:
    return "r" if conversion == "r" else "s"


def flatten(event: LogEvent) -> None:
    """Add to *event*, as ``log_flattened``, what its format needs to be formatted anywhere."""
    format = event.get("log_format")
    if format is None or "log_flattened" in event:
        return
    keys, flattened = _Keys(), dict[str, Any]()
    for _, field, layout, conversion in _formatter.parse(format):
        if field is None:
            continue
        kept = _conversion_kept(conversion)
        value = _look_up(field, event)
        flattened[keys.key(field, kept, layout)] = _formatter.convert_field(value, kept)
        flattened[keys.key(field, None, layout)] = value
    if flattened:
        event["log_flattened"] = flattened


def _format_flattened(format: str, flattened: Mapping[str, Any]) -> str:
    keys, pieces = _Keys(), list[str]()
    for literal, field, layout, conversion in _formatter.parse(format):
        pieces.append(literal)
        if field is not None:
            key = keys.key(field, _conversion_kept(conversion), layout)
            keys.key(field, None, layout)
            pieces.append(str(flattened[key]))
    return "".join(pieces)


def extractField(field: str, event: LogEvent) -> Any:
    """
    Find what a field of a format stands for, whether or not the event was flattened.

    Args:
        field: As between the braces of a format: ``"user.name"``, ``"count()"``, ``"path!r"``.
        event: The event.

    Returns:
        The value itself, or text where *field* has a conversion.

    Raises:
        KeyError: The event, or what was kept of it, does not have it.
    """
    [(_, name, layout, conversion)] = _formatter.parse("{" + field + "}")
    if name is None:
        raise KeyError(field)
    if "log_flattened" in event:
        kept = None if conversion is None else _conversion_kept(conversion)
        return event["log_flattened"][_Keys().key(name, kept, layout)]
    value = _look_up(name, event)
    return value if conversion is None else _formatter.convert_field(value, conversion)


def formatEvent(event: LogEvent) -> str:
    """
    Turn *event* into text, by the format under ``log_format``.

    Whatever is wrong with the format or the objects, it returns text that says so, and raises nothing.
    """
    try:
        format = event.get("log_format")
        if format is None:
            return ""
        if isinstance(format, bytes):
            format = format.decode("utf-8")
        elif not isinstance(format, str):
            raise TypeError(f"Log format must be str, not {format!r}")
        if "log_flattened" in event:
            return _format_flattened(format, event["log_flattened"])
        return _formatter.vformat(format, (), event)
    except Exception as error:
        return _lost(event, error)


def _lost(event: LogEvent, error: Exception) -> str:
    """Save what can be saved of an event that cannot be formatted."""
    try:
        return f"Unable to format event {event!r}: {error}"
    except Exception:
        from twisted.python.failure import Failure
        from twisted.python.reflect import safe_repr

        second = Failure()
        saved = ", ".join(_pairs(event, safe_repr))
        return (
            f"MESSAGE LOST: unformattable object logged: {safe_repr(error)}\n"
            f"Recoverable data: {saved}\n"
            f"Exception during formatting:\n{second}"
        )


def _pairs(event: LogEvent, describe: Any) -> Iterator[str]:  # Any: reflect.safe_repr.
    for key, value in event.items():
        yield f"{describe(key)} = {describe(value)}"
