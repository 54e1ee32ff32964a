"""
Cookies, kept in a jar of the standard library.

A jar asks and tells requests and responses of urllib, so ours take their shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from twisted.web._client.uri import URI
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IBodyProducer, IResponse

# How many responses that led to one another are looked at.
_LONGEST_TRAIL: Final = 1000


class _JarRequest:
    """A request, as a cookie jar asks about it."""

    unverifiable = False

    def __init__(self, uri: bytes) -> None:
        parsed = URI.fromBytes(uri)
        self._uri = uri.decode("latin-1")
        self.type = parsed.scheme.decode("latin-1")
        # With the port: there are cookies for one alone.
        self.host = parsed.netloc.decode("latin-1")
        self.origin_req_host = parsed.host.decode("latin-1")
        self.added: dict[str, str] = {}

    def get_full_url(self) -> str:
        return self._uri

    def get_type(self) -> str:
        return self.type

    def get_host(self) -> str:
        return self.host

    def is_unverifiable(self) -> bool:
        return False

    def has_header(self, name: str) -> bool:
        return name in self.added

    def get_header(self, name: str, default: str | None = None) -> str | None:
        return self.added.get(name, default)

    def add_unredirected_header(self, name: str, value: str) -> None:
        self.added[name] = value


class _JarResponse:
    """A response's header fields, as a cookie jar asks about them."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def info(self) -> _JarResponse:
        return self

    def get_all(self, name: str, default: Any = None) -> list[str]:
        values = self._headers.getRawHeaders(name.encode("latin-1"), [])
        return [value.decode("latin-1") for value in values]


def asked_for(response: object) -> bytes | None:
    """Give the URI that a response is about, if it says so."""
    uri = getattr(getattr(response, "request", None), "absoluteURI", None)
    return uri if isinstance(uri, bytes) else None


@implementer(IAgent)
class CookieAgent:
    """
    Sends the cookies that fit a request, and keeps those that come with its response.

    Args:
        agent: Sends the requests. If it follows redirections, the cookies of each response are kept for the server that
            sent it.
        cookieJar: Keeps cookies. Cookies that a request has already are left as they are.
    """

    def __init__(self, agent: IAgent, cookieJar: CookieJar) -> None:
        self._agent: Any = agent
        self.cookieJar = cookieJar

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """Send a request, with the cookies that fit it. The given *headers* are not changed."""
        headers = Headers() if headers is None else headers
        if not headers.hasHeader(b"cookie"):
            # Any: a jar is typed for urllib's requests alone.
            asked: Any = _JarRequest(uri)
            self.cookieJar.add_cookie_header(asked)
            cookies = asked.get_header("Cookie")
            if cookies is not None:
                headers = headers.copy()
                headers.addRawHeader(b"cookie", cookies.encode("latin-1"))
        sent: Deferred[Any] = self._agent.request(method, uri, headers, bodyProducer)
        return sent.addCallback(self._keep, uri)

    def _keep(self, response: Any, uri: bytes) -> Any:
        """Keep the cookies of a response, and of those that led to it."""
        trail = [(response, asked_for(response) or uri)]
        while (earlier := getattr(trail[-1][0], "previousResponse", None)) is not None:
            source = asked_for(earlier)
            if source is None or len(trail) >= _LONGEST_TRAIL:
                break
            trail.append((earlier, source))
        for one, source in reversed(trail):
            if one.headers.hasHeader(b"set-cookie"):
                # Any: as above.
                request: Any = _JarRequest(source)
                answer: Any = _JarResponse(one.headers)
                self.cookieJar.extract_cookies(answer, request)
        return response
