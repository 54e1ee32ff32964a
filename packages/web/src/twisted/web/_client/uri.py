"""
URIs, taken apart (RFC 3986).
"""

from __future__ import annotations

import re
from typing import Final

_SCHEME: Final = re.compile(rb"[A-Za-z][-+.A-Za-z0-9]*")


class URI:
    """
    A URI in its parts, each as bytes.

    Args:
        scheme: In lower case.
        netloc: Host and port as they stand there, without the user's name and password.
        host: The name, or the address without brackets.
        port: The number, an int.
        path: With its slash, or nothing.
        params: What stands behind the last semicolon of the path.
        query: What stands behind the question mark.
        fragment: What stands behind the number sign.
    """

    def __init__(
        self,
        scheme: bytes,
        netloc: bytes,
        host: bytes,
        port: int,
        path: bytes,
        params: bytes,
        query: bytes,
        fragment: bytes,
    ) -> None:
        self.scheme = scheme
        self.netloc = netloc
        self.host = host.strip(b"[]")
        self.port = port
        self.path = path
        self.params = params
        self.query = query
        self.fragment = fragment

    def __repr__(self) -> str:
        return f"<URI {self.toBytes()!r}>"

    @classmethod
    def fromBytes(cls, uri: bytes, defaultPort: int | None = None) -> URI:
        """
        Take a URI apart.

        Args:
            uri: Of which white space around it does not count.
            defaultPort: The port where the URI has none; without it, the scheme's: 443 for https and wss, else 80.

        Raises:
            TypeError: It is not bytes.
        """
        if not isinstance(uri, bytes):
            raise TypeError(f"a URI must be bytes, not {type(uri).__name__}: {uri!r}")
        rest, _, fragment = uri.strip().partition(b"#")
        rest, _, query = rest.partition(b"?")
        scheme, colon, behind = rest.partition(b":")
        if colon and _SCHEME.fullmatch(scheme):
            scheme, rest = scheme.lower(), behind
        else:
            scheme = b""
        netloc = b""
        if rest[:2] == b"//":
            netloc, slash, path = rest[2:].partition(b"/")
            path = slash + path
        else:
            path = rest
        params = b""
        directory, slash, last = path.rpartition(b"/")
        if slash and b";" in last:
            last, _, params = last.partition(b";")
            path = directory + slash + last
        # A user's name and password are not part of where the server is, and are sent nowhere.
        netloc = netloc.rpartition(b"@")[2]
        port = defaultPort
        if port is None:
            port = 443 if scheme in (b"https", b"wss") else 80
        host, colon, digits = netloc.rpartition(b":")
        if colon and digits.isdigit():
            port = int(digits)
        elif not colon or digits:
            host = netloc
        return cls(scheme, netloc, host, port, path, params, query, fragment)

    def toBytes(self) -> bytes:
        """Put the parts together again."""
        return urlunparse((self.scheme, self.netloc, self.path, self.params, self.query, self.fragment))

    @property
    def originForm(self) -> bytes:
        """What stands in a request line: path, parameters and query (RFC 9112 section 3.2.1)."""
        path = self.path or b"/"
        if self.params:
            path += b";" + self.params
        if self.query:
            path += b"?" + self.query
        return path


def urlunparse(parts: tuple[bytes, bytes, bytes, bytes, bytes, bytes]) -> bytes:
    """Put a URI together: scheme, host and port, path, parameters, query and fragment."""
    scheme, netloc, path, params, query, fragment = parts
    uri = path
    if params:
        uri += b";" + params
    if netloc or scheme == b"http" or scheme == b"https":
        if uri and uri[:1] != b"/":
            uri = b"/" + uri
        uri = b"//" + netloc + uri
    if scheme:
        uri = scheme + b":" + uri
    if query:
        uri += b"?" + query
    if fragment:
        uri += b"#" + fragment
    return uri


def host_field(scheme: bytes, host: bytes, port: int) -> bytes:
    """Give the value of Host: without the port if it is the usual one."""
    if host.count(b":") > 1:
        host = b"[" + host + b"]"
    if (scheme, port) == (b"http", 80) or (scheme, port) == (b"https", 443):
        return host
    return b"%b:%d" % (host, port)
