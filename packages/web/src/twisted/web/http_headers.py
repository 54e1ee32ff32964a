"""
The header fields of a message.

Names are told apart without regard to case (RFC 9110 section 5.1) and kept the way they are usually written. Nothing
kept here can end a field too early: a name has to be a token, and in a value line breaks and NUL become spaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, AnyStr, TypeVar, overload

from twisted.python._facade import publish
from twisted.python.compat import cmp, comparable

__all__ = ["Headers", "InvalidHeaderName"]

_T = TypeVar("_T")

# RFC 9110 section 5.6.2.
_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# Numbers are found in bytes sooner than other bytes.
_LF, _CR, _NUL = b"\n\r\0"

# Those that are usually written otherwise than with a capital after each hyphen.
_SPELLINGS = {
    spelling.lower(): spelling
    for spelling in (b"Content-MD5", b"DNT", b"ETag", b"P3P", b"TE", b"WWW-Authenticate", b"X-XSS-Protection")
}

# Names as they were given, and as they are kept. Programs use few, but a peer can send any: hence the limits.
_known: dict[bytes, bytes] = {}
_known_as_text: dict[str, bytes] = {}
_MOST_KNOWN = 1024
_LONGEST_KNOWN = 64


class InvalidHeaderName(ValueError):
    """A header's name is no token: it is empty, or has a space, a colon, a line break or the like in it."""

    def __str__(self) -> str:
        return f"{self.args[0]!r} cannot be a header's name: it has to be a token (RFC 9110 section 5.6.2)"


def canonical(name: str | bytes) -> bytes:
    """
    Give a name as it is kept.

    Raises:
        InvalidHeaderName: It is no token.
        TypeError: It is neither str nor bytes.
    """
    if isinstance(name, bytes):
        return _known.get(name) or _check(name)
    if not isinstance(name, str):
        raise TypeError(f"a header's name must be str or bytes, not {type(name).__name__}: {name!r}")
    kept = _known_as_text.get(name)
    if kept is None:
        try:
            raw = name.encode("iso-8859-1")
        except UnicodeEncodeError:
            raise InvalidHeaderName(name) from None
        kept = _check(raw)
        if len(_known_as_text) >= _MOST_KNOWN:
            _known_as_text.clear()
        if len(name) <= _LONGEST_KNOWN:
            _known_as_text[name] = kept
    return kept


def _check(raw: bytes) -> bytes:
    if not raw or raw.translate(None, _TOKEN):
        raise InvalidHeaderName(raw)
    lowered = raw.lower()
    kept = _SPELLINGS.get(lowered) or b"-".join([word.capitalize() for word in lowered.split(b"-")])
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    if len(raw) <= _LONGEST_KNOWN:
        _known[raw] = kept
    return kept


def _sanitizeLinearWhitespace(headerComponent: bytes) -> bytes:
    """Make one line of a value: line breaks, and NUL, become spaces."""
    return b" ".join(headerComponent.splitlines()).replace(b"\0", b" ")


def _kept_value(value: str | bytes) -> bytes:
    raw: Any = value
    if isinstance(raw, str):
        raw = raw.encode("utf-8")
    elif not isinstance(raw, bytes):
        raise TypeError(f"a header's value must be str or bytes, not {type(raw).__name__}: {raw!r}")
    if _LF in raw or _CR in raw or _NUL in raw:
        return _sanitizeLinearWhitespace(raw)
    return bytes(raw)


@comparable
class Headers:
    """
    Header fields: names, each with one or more values, in the order in which the names came first.

    Both may be given as str or as bytes, and are kept as bytes: names in ISO 8859-1, values in UTF-8. Who asks with a
    str gets str.

    Args:
        rawHeaders: What they are at first: values by name.

    Raises:
        InvalidHeaderName: A name is no token; also raised by every method that takes a name.
        TypeError: A name or a value is neither str nor bytes.
    """

    __slots__ = ["_rawHeaders"]

    def __init__(self, rawHeaders: Mapping[AnyStr, Sequence[AnyStr]] | None = None) -> None:
        self._rawHeaders: dict[bytes, list[bytes]] = {}
        if rawHeaders is not None:
            for name, values in rawHeaders.items():
                self.setRawHeaders(name, values)

    @classmethod
    def _of_checked(cls, fields: dict[bytes, list[bytes]]) -> Headers:
        """Make one of fields whose names have been through `canonical`, and whose values are one line each."""
        made = cls.__new__(cls)
        made._rawHeaders = fields
        return made

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._rawHeaders!r})"

    def __cmp__(self, other: object) -> int:
        if isinstance(other, Headers):
            order: int = cmp(sorted(self._rawHeaders.items()), sorted(other._rawHeaders.items()))
            return order
        return NotImplemented  # type: ignore[no-any-return]  # `comparable` reads it

    __hash__ = object.__hash__

    def copy(self) -> Headers:
        """Give a copy of the same class: changing it does not change this one."""
        own: Any = type(self)
        if own is not Headers:
            return own(self._rawHeaders)  # type: ignore[no-any-return]
        return Headers._of_checked({name: values[:] for name, values in self._rawHeaders.items()})

    def hasHeader(self, name: AnyStr) -> bool:
        """Tell whether there is such a field."""
        return canonical(name) in self._rawHeaders

    def removeHeader(self, name: AnyStr) -> None:
        """Remove a field with all its values, if it is there."""
        self._rawHeaders.pop(canonical(name), None)

    def setRawHeaders(self, name: str | bytes, values: Sequence[str | bytes]) -> None:
        """Make *values* the values of a field, in place of those it had."""
        kept = canonical(name)
        self._rawHeaders[kept] = [_kept_value(value) for value in values]

    def addRawHeader(self, name: str | bytes, value: str | bytes) -> None:
        """Add a value behind those that a field has."""
        kept = canonical(name)
        added = _kept_value(value)
        values = self._rawHeaders.get(kept)
        if values is None:
            self._rawHeaders[kept] = [added]
        else:
            values.append(added)

    @overload
    def getRawHeaders(self, name: AnyStr) -> Sequence[AnyStr] | None: ...

    @overload
    def getRawHeaders(self, name: AnyStr, default: _T) -> Sequence[AnyStr] | _T: ...

    def getRawHeaders(self, name: AnyStr, default: _T | None = None) -> Sequence[AnyStr] | _T | None:
        """
        Give the values of a field, in the order they came.

        Args:
            name: As bytes for values in bytes; as str for values in str, decoded from UTF-8.
            default: What to give if there is no such field.
        """
        # As `canonical` does, without a call for the names that are known.
        kept = _known.get(name) or canonical(name)  # type: ignore[call-overload]  # of text it knows nothing
        values: Any = self._rawHeaders.get(kept)
        if not values:
            return default
        if isinstance(name, str):
            return [value.decode("utf-8") for value in values]
        return values  # type: ignore[no-any-return]

    def getAllRawHeaders(self) -> Iterator[tuple[bytes, Sequence[bytes]]]:
        """Give all names, as they are usually written, and the values of each."""
        return iter(self._rawHeaders.items())


publish(__name__, __all__)
