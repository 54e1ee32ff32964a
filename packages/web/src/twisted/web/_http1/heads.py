"""
Requests' heads: the line that asks for something, and the fields that say more (RFC 9112 sections 2, 3 and 6).
"""

from __future__ import annotations

import re

from twisted.web._http1.errors import Refused
from twisted.web._http1.fields import read_fields, read_length, read_lines, tokens
from twisted.web.http_headers import _TOKEN

# In the place of a length: as many chunks as come.
CHUNKED = -1

# Looked up, which is cheaper than reading their letters.
_METHODS = frozenset([b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT"])

# A number is looked for in bytes in no time; other bytes cost an exception inside, which nobody sees.
_TAB = ord("\t")

_VERSION = re.compile(rb"HTTP/([0-9])\.([0-9])")

# RFC 3986 section 3.2: a name or IPv4 address, or something in brackets; and a port. Without a user.
_AUTHORITY = re.compile(
    rb"(?:\[[0-9A-Za-z:.%_~\-]+\]|[A-Za-z0-9._~!$&'()*+,;=\-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~!$&'()*+,;=\-]*)*)"
    rb"(?::[0-9]{0,5})?"
)
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://([^/?#]*)(.*)", re.DOTALL)
_CONNECT_TARGET = re.compile(rb"(?:\[[0-9A-Za-z:.%_~\-]+\]|[A-Za-z0-9._~!$&'()*+,;=%\-]+):[0-9]{1,5}")

# Values of Host that have been found lawful: clients ask for few. Peers choose them, hence the limits.
_hosts: set[bytes] = set()
_MOST_HOSTS = 256
_LONGEST_HOST = 64


class RequestHead:
    """
    The head of a request.

    Attributes:
        method: The method.
        target: What is asked for, as it was sent.
        version: The protocol's version that is spoken: ``HTTP/1.0`` or ``HTTP/1.1``.
        fields: The header fields. If the target came in absolute form, ``Host`` is its authority.
        length: How many bytes the body has, 0 if there is none, or `CHUNKED`.
        persistent: Whether the client wants the connection to go on afterwards.
        awaits_continue: Whether the client sends the body only when it is told to go on.
    """

    __slots__ = ("awaits_continue", "fields", "length", "method", "persistent", "target", "version")

    def __init__(
        self,
        method: bytes,
        target: bytes,
        version: bytes,
        fields: dict[bytes, list[bytes]],
    ) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.length = 0
        self.persistent = True
        self.awaits_continue = False


def read_head(block: bytes, most_fields: int, host_required: bool = True) -> RequestHead:
    """
    Read a head.

    Args:
        block: From the request line to the last field, without the two ends of line behind it.
        most_fields: How many fields there may be.
        host_required: Whether a request of HTTP/1.1 without Host is refused.

    Raises:
        Refused: There is something wrong with it.
    """
    lines = read_lines(block)
    try:
        method, target, version = lines[0].split(b" ")
    except ValueError:
        raise Refused(400, f"{lines[0][:60]!r} is no request line") from None
    if method not in _METHODS and (not method or method.translate(None, _TOKEN)):
        raise Refused(400, f"{method[:60]!r} is no method")
    is_1_1 = version == b"HTTP/1.1"
    if not is_1_1 and _minor_version(version) > 0:
        # Whatever comes after 1.1 understands 1.1 (RFC 9110 section 6.2).
        is_1_1, version = True, b"HTTP/1.1"
    if len(lines) - 1 > most_fields:
        raise Refused(431, f"more than {most_fields} header fields")
    del lines[0]
    fields = read_fields(lines)
    head = RequestHead(method, target, version, fields)

    # Which host is meant (RFC 9112 section 3.2).
    hosts = fields.get(b"Host")
    if hosts is None:
        if is_1_1 and host_required:
            raise Refused(400, "no Host")
    elif len(hosts) != 1:
        raise Refused(400, "more than one Host")
    elif hosts[0] not in _hosts:
        _check_host(hosts[0])
    if target[:1] != b"/" or method == b"CONNECT":
        _read_odd_target(head)
    elif _TAB in target:
        raise Refused(400, "a tab in the target")

    # How long the body is (RFC 9112 section 6.3).
    codings = fields.get(b"Transfer-Encoding")
    lengths = fields.get(b"Content-Length")
    if codings is not None:
        if lengths is not None:
            raise Refused(400, "both Content-Length and Transfer-Encoding")
        if not is_1_1:
            raise Refused(400, "Transfer-Encoding in a request of HTTP/1.0")
        _check_coding(codings)
        head.length = CHUNKED
    elif lengths is not None:
        head.length = read_length(lengths)

    options = fields.get(b"Connection")
    if options is None:
        head.persistent = is_1_1
    elif is_1_1:
        head.persistent = b"close" not in tokens(options)
    else:
        wanted = tokens(options)
        head.persistent = b"keep-alive" in wanted and b"close" not in wanted
    if is_1_1 and head.length and b"Expect" in fields:
        head.awaits_continue = b"100-continue" in tokens(fields[b"Expect"])
    return head


def _minor_version(version: bytes) -> int:
    found = _VERSION.fullmatch(version)
    if found is None:
        raise Refused(400, f"{version[:60]!r} is no version of HTTP")
    if found[1] != b"1":
        raise Refused(505, f"{version[:60]!r} is not spoken here")
    return int(found[2])


def _check_host(host: bytes) -> None:
    if not _AUTHORITY.fullmatch(host):
        raise Refused(400, f"{host[:60]!r} is no host")
    if len(host) <= _LONGEST_HOST:
        if len(_hosts) >= _MOST_HOSTS:
            _hosts.clear()
        _hosts.add(host)


def _check_coding(values: list[bytes]) -> None:
    codings = tokens(values)
    if codings == [b"chunked"]:
        return
    if codings and codings[-1] == b"chunked" and codings.count(b"chunked") == 1 and b"identity" not in codings:
        raise Refused(501, f"the transfer codings {b', '.join(codings)[:60]!r} are not understood")
    raise Refused(400, f"nobody can tell where a body ends whose transfer codings are {b', '.join(codings)[:60]!r}")


def _read_odd_target(head: RequestHead) -> None:
    """Read a target that is none of the usual kind (RFC 9112 sections 3.2.2 to 3.2.4)."""
    target = head.target
    if head.method == b"CONNECT":
        if not _CONNECT_TARGET.fullmatch(target):
            raise Refused(400, f"{target[:60]!r} is nothing to connect to")
        return
    if target == b"*":
        if head.method != b"OPTIONS":
            raise Refused(400, f"{head.method[:60]!r} cannot ask for *")
        return
    found = _ABSOLUTE.fullmatch(target)
    if found is None or b"\t" in target:
        raise Refused(400, f"{target[:60]!r} is nothing to ask for")
    authority = found[1]
    if not authority or not _AUTHORITY.fullmatch(authority):
        raise Refused(400, f"{authority[:60]!r} is no host")
    # What the target says counts, whatever stands in Host.
    head.fields[b"Host"] = [authority]


def path_of(method: bytes, target: bytes) -> bytes:
    """Give path and query of a target that does not begin with a slash."""
    if method == b"CONNECT":
        return target
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        return target
    rest: bytes = found[2]
    if rest[:1] == b"/":
        return rest
    return b"*" if not rest and method == b"OPTIONS" else b"/" + rest
