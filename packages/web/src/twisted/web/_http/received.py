"""
What a client says in a request.
"""

from __future__ import annotations

import binascii
from typing import Any, AnyStr
from warnings import warn

from twisted.logger import Logger
from twisted.web._http.cookies import read_cookies
from twisted.web.http_headers import Headers

_log = Logger("twisted.web.http")


class ReceivedHalf:
    """The half of a request that came, and what can be told from its header and the connection."""

    method: bytes = b"(no method yet)"
    clientproto: bytes = b"(no clientproto yet)"
    uri: bytes = b"(no uri yet)"
    path: bytes = None  # type: ignore[assignment]  # until it is known
    args: dict[bytes, list[bytes]] = None  # type: ignore[assignment]  # until they are known
    requestHeaders: Headers
    received_cookies: dict[bytes, bytes]
    # Any: an address of whatever family, and what `setHost` was called with; channels have no interface.
    client: Any
    host: Any
    channel: Any
    user: bytes
    password: bytes

    _forceSSL: int | bool = 0

    def parseCookies(self) -> None:
        """Put the cookies that came into `received_cookies`."""
        values = self.requestHeaders._rawHeaders.get(b"Cookie")
        if values is not None:
            self.received_cookies.update(read_cookies(values))

    def getHeader(self, key: AnyStr) -> AnyStr | None:
        """Give the last value of a header field that came, of the type of *key*, or `None`."""
        values = self.requestHeaders.getRawHeaders(key)
        return values[-1] if values is not None else None

    def getAllHeaders(self) -> dict[bytes, bytes]:
        """Give the last value of each field that came, by its name in lower case."""
        return {name.lower(): values[-1] for name, values in self.requestHeaders.getAllRawHeaders()}

    def getCookie(self, key: bytes) -> bytes | None:
        """Give the value of a cookie that came, or `None`."""
        return self.received_cookies.get(key)

    def getRequestHostname(self) -> bytes:
        """Give the host that the client asked for, without its port; without one, this side's address."""
        host = self.getHeader(b"host")
        if host is not None:
            if host[:1] == b"[":
                return host.partition(b"]")[0][1:]
            return host.partition(b":")[0]
        address: str = self.getHost().host
        return address.encode("ascii")

    def getHost(self) -> Any:
        """Give the address of this side, or what `setHost` was called with."""
        return self.host

    def setHost(self, host: bytes, port: int, ssl: bool | int = 0) -> None:
        """
        Say which host and port the client asked for, when something in front of this server knows better.

        Args:
            host: The host's name.
            port: The port.
            ssl: Whether the client speaks TLS.
        """
        from twisted.internet.address import IPv4Address

        self._forceSSL = ssl
        usual = 443 if self.isSecure() else 80
        shown = b"[" + host + b"]" if b":" in host and host[:1] != b"[" else host
        self.requestHeaders.setRawHeaders(b"host", [shown if port == usual else b"%b:%d" % (shown, port)])
        self.host = IPv4Address("TCP", host, port)  # type: ignore[arg-type]  # bytes, as of old

    def getClientIP(self) -> str | None:
        """Deprecated: give the client's IP address, if it has one. Use `getClientAddress`."""
        warn(
            "twisted.web.http.Request.getClientIP was deprecated in Twisted 18.4.0; please use getClientAddress"
            " instead",
            DeprecationWarning,
            stacklevel=2,
        )
        from twisted.internet.address import IPv4Address, IPv6Address

        client = self.client
        return client.host if isinstance(client, (IPv4Address, IPv6Address)) else None

    def getClientAddress(self) -> Any:
        """Give the address of the client, which is a proxy's if there is one between."""
        return self.client

    def isSecure(self) -> bool:
        """Tell whether the client speaks TLS."""
        if self._forceSSL:
            return True
        channel = getattr(self, "channel", None)
        return channel is not None and bool(channel.isSecure())

    def _authorize(self) -> None:
        # HTTP basic authentication (RFC 7617).
        kind, _, credentials = (self.getHeader(b"authorization") or b"").partition(b" ")
        user = password = b""
        if kind.lower() == b"basic":
            try:
                user, _, password = binascii.a2b_base64(credentials).partition(b":")
            except binascii.Error:
                _log.info("Authorization made no sense in {request}", request=self)
        self.user, self.password = user, password

    def getUser(self) -> bytes:
        """Give the user's name of HTTP basic authentication, or ``b""``."""
        if "user" not in self.__dict__:
            self._authorize()
        return self.user

    def getPassword(self) -> bytes:
        """Give the password of HTTP basic authentication, or ``b""``."""
        if "password" not in self.__dict__:
            self._authorize()
        return self.password
