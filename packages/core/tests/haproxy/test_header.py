"""Reading PROXY headers, versions 1 and 2: the core, without a transport."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.protocols._haproxy.header import HeaderReader, InvalidProxyHeader, ProxyHeader, read_kind

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version_2(version_command: int, family_protocol: int, block: bytes, length: int | None = None) -> bytes:
    size = len(block) if length is None else length
    return SIGNATURE + bytes([version_command, family_protocol]) + struct.pack("!H", size) + block


V4 = bytes([1, 2, 3, 4, 5, 6, 7, 8]) + struct.pack("!HH", 11, 22)
V6 = socket.inet_pton(socket.AF_INET6, "::1") + socket.inet_pton(socket.AF_INET6, "::2") + struct.pack("!HH", 11, 22)


def paths(source: bytes, destination: bytes) -> bytes:
    return source.ljust(108, b"\0") + destination.ljust(108, b"\0")


def v4(kind: str) -> ProxyHeader:
    return ProxyHeader(IPv4Address(kind, "1.2.3.4", 11), IPv4Address(kind, "5.6.7.8", 22))  # type: ignore[arg-type]


def v6(kind: str) -> ProxyHeader:
    return ProxyHeader(IPv6Address(kind, "::1", 11), IPv6Address(kind, "::2", 22))  # type: ignore[arg-type]


NOBODY = ProxyHeader(None, None)

GOOD = [
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n", v4("TCP")),
    (b"PROXY TCP6 ::1 ::2 11 22\r\n", v6("TCP")),
    (
        b"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n",
        ProxyHeader(IPv4Address("TCP", "0.0.0.0", 0), IPv4Address("TCP", "255.255.255.255", 65535)),
    ),
    (b"PROXY UNKNOWN\r\n", NOBODY),
    (b"PROXY UNKNOWN ::1 ::2 1 2\r\n", NOBODY),
    (b"PROXY UNKNOWN whatever " + b"x" * 82 + b"\r\n", NOBODY),
    (version_2(0x21, 0x11, V4), v4("TCP")),
    (version_2(0x21, 0x12, V4), v4("UDP")),
    (version_2(0x21, 0x21, V6), v6("TCP")),
    (version_2(0x21, 0x22, V6), v6("UDP")),
    (version_2(0x21, 0x31, paths(b"/a", b"/b")), ProxyHeader(UNIXAddress("/a"), UNIXAddress("/b"))),
    (version_2(0x21, 0x32, paths(b"/a", b"/b")), ProxyHeader(UNIXAddress("/a"), UNIXAddress("/b"))),
    (version_2(0x21, 0x31, paths(b"\0name", b"/b\0junk")), ProxyHeader(UNIXAddress(b"\0name"), UNIXAddress("/b"))),
    (version_2(0x21, 0x31, paths(b"", b"x" * 108)), ProxyHeader(UNIXAddress(None), UNIXAddress(b"x" * 108))),
    (version_2(0x21, 0x11, V4 + b"\x01\0\2h2" + b"\x20\0\5\0\0\0\0\0"), v4("TCP")),
    (version_2(0x21, 0x21, V6 + b"\0" * 1000), v6("TCP")),
    (version_2(0x20, 0x00, b""), NOBODY),
    (version_2(0x20, 0x11, V4), NOBODY),
    (version_2(0x20, 0xFF, b"anything"), NOBODY),
    (version_2(0x21, 0x00, b""), NOBODY),
    (version_2(0x21, 0x00, b"tlvs of no meaning"), NOBODY),
    (version_2(0x21, 0x10, V4), NOBODY),
    (version_2(0x21, 0x01, V4), NOBODY),
]

BAD = [
    (b"GET / HTTP/1.0\r\n\r\n", "does not begin with"),
    (b"PROXYTCP4 1.2.3.4 5.6.7.8 11 22\r\n", "does not name a protocol"),
    (b"PROXY\r\n", "does not name a protocol"),
    (b"PROXY TCP5 1.2.3.4 5.6.7.8 11 22\r\n", "none of TCP4, TCP6, UNKNOWN"),
    (b"PROXY UDP4 1.2.3.4 5.6.7.8 11 22\r\n", "none of TCP4, TCP6, UNKNOWN"),
    (b"PROXY tcp4 1.2.3.4 5.6.7.8 11 22\r\n", "none of TCP4, TCP6, UNKNOWN"),
    (b"PROXY  TCP4 1.2.3.4 5.6.7.8 11 22\r\n", "none of TCP4, TCP6, UNKNOWN"),
    (b"PROXY TCP4\r\n", "two addresses and two ports"),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 11\r\n", "two addresses and two ports"),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 11 22 33\r\n", "two addresses and two ports"),
    (b"PROXY TCP4 1.2.3 5.6.7.8 11 22\r\n", "no address"),
    (b"PROXY TCP4 1.2.3.4 ::1 11 22\r\n", "no address"),
    (b"PROXY TCP6 1.2.3.4 ::1 11 22\r\n", "no address"),
    (b"PROXY TCP4 1.2.3.\xff 5.6.7.8 11 22\r\n", "no address"),
    (b"PROXY TCP4 1.2.3.4\0 5.6.7.8 11 22\r\n", "no address"),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 x 22\r\n", "no port"),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 11 -2\r\n", "no port"),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 65536 22\r\n", "no port"),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 11 000022\r\n", "no port"),
    (b"PROXY UNKNOWN " + b"x" * 107, "no end within 107 bytes"),
    (b"PROXY UNKNOWN whatever " + b"x" * 83 + b"\r\n", "no end within 107 bytes"),
    (version_2(0x11, 0x11, V4), "version 1"),
    (version_2(0x31, 0x11, V4), "version 3"),
    (version_2(0x22, 0x11, V4), "command 2"),
    (version_2(0x21, 0x41, V4), "family 4"),
    (version_2(0x21, 0x13, V4), "protocol 3"),
    (version_2(0x21, 0x11, V4[:-1]), "11 bytes are too few"),
    (version_2(0x21, 0x21, V6[:-1]), "35 bytes are too few"),
    (version_2(0x21, 0x31, b"\0" * 215), "215 bytes are too few"),
    (b"\r\n\r\n\0\r\nQUIX\n", "does not begin with"),
]


@pytest.mark.parametrize(("sent", "header"), GOOD)
@pytest.mark.parametrize("rest", [b"", b"rest\r\nof the stream", SIGNATURE])
def test_a_header_is_read_and_what_is_behind_it_given_back(sent: bytes, header: ProxyHeader, rest: bytes) -> None:
    assert HeaderReader().feed(sent + rest) == (header, rest)


@pytest.mark.parametrize(("sent", "header"), GOOD)
def test_a_header_may_come_byte_by_byte(sent: bytes, header: ProxyHeader) -> None:
    reader = HeaderReader()

    assert [reader.feed(sent[at : at + 1]) for at in range(len(sent) - 1)] == [None] * (len(sent) - 1)
    assert reader.feed(sent[-1:] + b"rest") == (header, b"rest")


@pytest.mark.parametrize(("sent", "why"), BAD)
def test_what_is_no_header_is_refused(sent: bytes, why: str) -> None:
    with pytest.raises(InvalidProxyHeader, match=why):
        HeaderReader().feed(sent)


@pytest.mark.parametrize(("sent", "why"), BAD)
def test_what_is_no_header_is_refused_byte_by_byte(sent: bytes, why: str) -> None:
    reader = HeaderReader()

    with pytest.raises(InvalidProxyHeader):
        for at in range(len(sent)):
            assert reader.feed(sent[at : at + 1]) is None


def test_the_longest_line_has_107_bytes() -> None:
    line = b"PROXY UNKNOWN " + b"x" * 91
    assert len(line + b"\r\n") == 107
    reader = HeaderReader()
    assert reader.feed(line + b"\r") is None
    assert reader.feed(b"\n") == (NOBODY, b"")

    with pytest.raises(InvalidProxyHeader, match="no end"):
        HeaderReader().feed(line + b"xx")


def test_a_wrong_fixed_part_is_refused_before_the_rest_has_come() -> None:
    with pytest.raises(InvalidProxyHeader, match="version 3"):
        HeaderReader().feed(version_2(0x31, 0x11, b"", length=60000))


def outcome(pieces: list[bytes]) -> object:
    reader = HeaderReader()
    for at, piece in enumerate(pieces):
        try:
            found = reader.feed(piece)
        except InvalidProxyHeader:
            return "refused"
        if found is not None:
            return found[0], found[1] + b"".join(pieces[at + 1 :])
    return None


starts = st.sampled_from(
    [b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21", SIGNATURE + b"\x21\x11\0\x0c"]
)


@given(starts, st.binary(max_size=150), st.integers(min_value=1, max_value=20))
def test_any_bytes_are_read_or_refused_and_the_cut_does_not_matter(start: bytes, more: bytes, step: int) -> None:
    data = start + more
    pieces = [data[at : at + step] for at in range(0, len(data), step)]

    assert outcome(pieces) == outcome([data] if data else [])


hosts = st.ip_addresses(v=4).map(str)
ports = st.integers(min_value=0, max_value=65535)


@given(hosts, hosts, ports, ports)
def test_version_1_round_trip(source: str, destination: str, source_port: int, destination_port: int) -> None:
    line = f"PROXY TCP4 {source} {destination} {source_port} {destination_port}\r\n".encode()

    assert HeaderReader().feed(line) == (
        ProxyHeader(IPv4Address("TCP", source, source_port), IPv4Address("TCP", destination, destination_port)),
        b"",
    )


@given(st.ip_addresses(v=6), st.ip_addresses(v=6), ports, ports)
def test_version_2_round_trip(source: object, destination: object, source_port: int, destination_port: int) -> None:
    block = source.packed + destination.packed + struct.pack("!HH", source_port, destination_port)  # type: ignore[attr-defined]

    found = HeaderReader().feed(version_2(0x21, 0x21, block))

    assert found is not None
    assert isinstance(found[0].source, IPv6Address)
    assert isinstance(found[0].destination, IPv6Address)
    assert socket.inet_pton(socket.AF_INET6, found[0].source.host) == source.packed  # type: ignore[attr-defined]
    assert socket.inet_pton(socket.AF_INET6, found[0].destination.host) == destination.packed  # type: ignore[attr-defined]
    assert (found[0].source.port, found[0].destination.port) == (source_port, destination_port)


@pytest.mark.parametrize(
    ("version_command", "family_protocol", "kind"),
    [
        (0x20, 0x00, (0, 0)),
        (0x20, 0x11, (0, 0)),
        (0x20, 0xFF, (0, 0)),
        (0x21, 0x01, (0, 0)),
        (0x21, 0x10, (0, 0)),
        (0x21, 0x11, (1, 1)),
        (0x21, 0x12, (1, 2)),
        (0x21, 0x32, (3, 2)),
    ],
)
def test_what_addresses_follow_is_said_by_two_bytes(
    version_command: int, family_protocol: int, kind: tuple[int, int]
) -> None:
    assert read_kind(version_command, family_protocol) == kind
