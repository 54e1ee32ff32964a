"""
Reading the PROXY header, by which a proxy says for whom it connects.

The format is HAProxy's "The PROXY protocol", versions 1 (a line of text) and 2 (binary).
"""

from __future__ import annotations

import socket
import struct
from typing import Final, Literal, NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

Address = IPv4Address | IPv6Address | UNIXAddress

_V1_START: Final = b"PROXY"
_V1_LONGEST: Final = 107  # With its end of line.
_V2_START: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_V2_FIXED: Final = 16

# How addresses of each family are written: their size, how the two addresses and ports are laid out.
_INET: Final = struct.Struct("!4s4sHH")
_INET6: Final = struct.Struct("!16s16sHH")
_UNIX: Final = struct.Struct("!108s108s")


class InvalidProxyHeader(Exception):
    """The peer did not begin with a PROXY header, or with none that can be understood."""


class ProxyHeader(NamedTuple):
    """
    What a header says.

    Attributes:
        source: Who connected to the proxy; `None` if it does not say, and the proxy speaks for itself.
        destination: What they connected to; `None` likewise.
    """

    source: Address | None
    destination: Address | None


_UNKNOWN: Final = ProxyHeader(None, None)


class HeaderReader:
    """Collects bytes until there is a whole header. Holds no more than the longest header, and one piece."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> tuple[ProxyHeader, bytes] | None:
        """
        Take what was received.

        Returns:
            The header and the bytes behind it, or `None` until there is a whole header. Nothing may be fed after that.

        Raises:
            InvalidProxyHeader: There will be none.
        """
        self._data += data
        held = self._data
        if held[: len(_V2_START)] == _V2_START[: len(held)]:
            return self._version_2(held)
        if held[: len(_V1_START)] == _V1_START[: len(held)]:
            return self._version_1(held)
        raise InvalidProxyHeader(f"a PROXY header does not begin with {held[: len(_V2_START)]!r}")

    def _version_1(self, held: bytes) -> tuple[ProxyHeader, bytes] | None:
        end = held.find(b"\r\n", 0, _V1_LONGEST)
        if end >= 0:
            return read_line(held[:end]), held[end + 2 :]
        if len(held) >= _V1_LONGEST:
            raise InvalidProxyHeader(f"the PROXY line has no end within {_V1_LONGEST} bytes")
        return None

    def _version_2(self, held: bytes) -> tuple[ProxyHeader, bytes] | None:
        if len(held) < _V2_FIXED:
            return None
        size = _V2_FIXED + int.from_bytes(held[_V2_FIXED - 2 : _V2_FIXED], "big")
        # What is wrong in the fixed part need not wait for the rest.
        kind = read_kind(held[len(_V2_START)], held[len(_V2_START) + 1])
        if len(held) < size:
            return None
        return read_addresses(kind, held[_V2_FIXED:size]), held[size:]


def _ip(family: int, text: bytes, port: bytes, line: bytes) -> IPv4Address | IPv6Address:
    try:
        host = text.decode("ascii")
        socket.inet_pton(family, host)
    except (OSError, ValueError):
        raise InvalidProxyHeader(f"{text!r} is no address in {line!r}") from None
    if not (port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise InvalidProxyHeader(f"{port!r} is no port in {line!r}")
    if family == socket.AF_INET:
        return IPv4Address("TCP", host, int(port))
    return IPv6Address("TCP", host, int(port))


def read_line(line: bytes) -> ProxyHeader:
    """Read version 1's line, without its end. Raises `InvalidProxyHeader`."""
    words = line.split(b" ")
    if words[0] != _V1_START or len(words) < 2:
        raise InvalidProxyHeader(f"{line!r} does not name a protocol")
    if words[1] == b"UNKNOWN":
        # Whatever else the line says is to be ignored.
        return _UNKNOWN
    if words[1] not in (b"TCP4", b"TCP6"):
        raise InvalidProxyHeader(f"{words[1]!r} in {line!r} is none of TCP4, TCP6, UNKNOWN")
    if len(words) != 6:
        raise InvalidProxyHeader(f"{line!r} should have two addresses and two ports")
    family = socket.AF_INET if words[1] == b"TCP4" else socket.AF_INET6
    return ProxyHeader(_ip(family, words[2], words[4], line), _ip(family, words[3], words[5], line))


class AddressKind(NamedTuple):
    """What addresses follow version 2's fixed part: those of a family and a protocol, or 0 and 0 for none."""

    family: int
    protocol: int


def read_kind(version_and_command: int, family_and_protocol: int) -> AddressKind:
    """Read the two bytes that say what a version 2 header is. Raises `InvalidProxyHeader`."""
    version, command = version_and_command >> 4, version_and_command & 15
    family, protocol = family_and_protocol >> 4, family_and_protocol & 15
    if version != 2:
        raise InvalidProxyHeader(f"a PROXY header of version {version}, where 1 and 2 are known")
    if command == 0:
        # LOCAL: the proxy itself connects, to see whether we live.
        return AddressKind(0, 0)
    if command != 1:
        raise InvalidProxyHeader(f"PROXY command {command} is neither LOCAL (0) nor PROXY (1)")
    if family > 3 or protocol > 2:
        raise InvalidProxyHeader(f"PROXY address family {family} with protocol {protocol} is unknown")
    if family == 0 or protocol == 0:
        return AddressKind(0, 0)
    return AddressKind(family, protocol)


def _path(field: bytes) -> UNIXAddress:
    if field.startswith(b"\0"):
        # A name in Linux's abstract space begins with the zero byte that ends others; with nothing else it is no name.
        return UNIXAddress(field.rstrip(b"\0") or None)
    return UNIXAddress(field.split(b"\0", 1)[0])


def read_addresses(kind: AddressKind, block: bytes) -> ProxyHeader:
    """Read what follows version 2's fixed part; what comes behind the addresses is skipped."""
    if kind.family == 0:
        return _UNKNOWN
    shape = {1: _INET, 2: _INET6, 3: _UNIX}[kind.family]
    if len(block) < shape.size:
        raise InvalidProxyHeader(f"{len(block)} bytes are too few for addresses of family {kind.family}: {shape.size}")
    if kind.family == 3:
        source, destination = shape.unpack_from(block)
        return ProxyHeader(_path(source), _path(destination))
    source, destination, source_port, destination_port = shape.unpack_from(block)
    transport: Literal["TCP", "UDP"] = "TCP" if kind.protocol == 1 else "UDP"
    if kind.family == 1:
        return ProxyHeader(
            IPv4Address(transport, socket.inet_ntop(socket.AF_INET, source), source_port),
            IPv4Address(transport, socket.inet_ntop(socket.AF_INET, destination), destination_port),
        )
    return ProxyHeader(
        IPv6Address(transport, socket.inet_ntop(socket.AF_INET6, source), source_port),
        IPv6Address(transport, socket.inet_ntop(socket.AF_INET6, destination), destination_port),
    )
