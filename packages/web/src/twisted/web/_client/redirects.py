"""
Following redirections (RFC 9110 section 15.4), with nothing told to one server that was meant for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.web._client.errors import ResponseFailed
from twisted.web._client.response import Response
from twisted.web._client.uri import URI
from twisted.web.error import InfiniteRedirection, PageRedirect, RedirectWithNoLocation
from twisted.web.http_headers import Headers, canonical
from twisted.web.iweb import IAgent

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IBodyProducer, IResponse

# How much of a redirection's body is kept, in case that somebody asks for it.
_KEPT: Final = 64 * 1024

# Meant for one origin alone.
_SENSITIVE: Final = frozenset(
    [b"Authorization", b"Cookie", b"Cookie2", b"Host", b"Proxy-Authorization", b"WWW-Authenticate"]
)

# About a body that is not sent again.
_ABOUT_BODIES: Final = (
    b"Content-Encoding",
    b"Content-Language",
    b"Content-Length",
    b"Content-Location",
    b"Content-MD5",
    b"Content-Type",
    b"Expect",
    b"Transfer-Encoding",
)


def origin(uri: bytes) -> tuple[bytes, bytes, int]:
    """Give what has to be alike for two URIs to have the same origin (RFC 6454): scheme, host and port."""
    parsed = URI.fromBytes(uri)
    return parsed.scheme, parsed.host.lower().rstrip(b"."), parsed.port


def join(base: bytes, location: bytes) -> bytes:
    """Give the URI that *location* means, seen from *base*; it inherits the fragment if it has none of its own."""
    from urllib.parse import quote, urldefrag, urljoin

    here, fragment = urldefrag(base)
    # What should have been encoded, and is sent all the same, is encoded now, as browsers do.
    encoded = quote(location, safe=b"!#$%&'()*+,/:;=?@[]~").encode("ascii")
    there, own = urldefrag(urljoin(here, encoded))
    if own or fragment:
        there += b"#" + (own or fragment)
    return there


@implementer(IAgent)
class RedirectAgent:
    """
    Follows redirections, where that needs no answer from the user: of GET and HEAD, and by GET for 303.

    Header fields with credentials and cookies, and Host, are not sent to another origin than they were given for.

    Args:
        agent: Sends the requests.
        redirectLimit: How many redirections are followed for one request.
        sensitiveHeaderNames: Further header fields to be kept from other origins.
    """

    _redirectResponses: tuple[int, ...] = (301, 302, 307, 308)
    _seeOtherResponses: tuple[int, ...] = (303,)

    def __init__(self, agent: IAgent, redirectLimit: int = 20, sensitiveHeaderNames: Iterable[bytes] = ()) -> None:
        self._agent: Any = agent
        self._redirectLimit = redirectLimit
        self._sensitive = _SENSITIVE | {canonical(name) for name in sensitiveHeaderNames}

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """
        Send a request, and those that it is redirected to.

        Returns:
            A Deferred that fires with the last response, whose ``previousResponse`` leads back; or fails with
            `ResponseFailed` for `RedirectWithNoLocation`, `InfiniteRedirection`, or `PageRedirect` where following
            is not for the client to decide.
        """
        sent: Deferred[Any] = self._agent.request(method, uri, headers, bodyProducer)
        return sent.addCallback(self._handleResponse, method, uri, headers, 0)

    def _handleResponse(
        self, response: Any, method: bytes, uri: bytes, headers: Headers | None, redirectCount: int
    ) -> Any:
        if response.code in self._redirectResponses:
            if method not in (b"GET", b"HEAD"):
                raise ResponseFailed([Failure(PageRedirect(response.code, location=uri))], response)
            return self._handleRedirect(response, method, uri, headers, redirectCount)
        if response.code in self._seeOtherResponses:
            return self._handleRedirect(response, b"GET", uri, headers, redirectCount)
        return response

    def _handleRedirect(
        self, response: Any, method: bytes, uri: bytes, headers: Headers | None, redirectCount: int
    ) -> Any:
        """Send the next request."""
        if redirectCount >= self._redirectLimit:
            raise ResponseFailed(
                [Failure(InfiniteRedirection(response.code, b"Infinite redirection detected", location=uri))], response
            )
        locations = response.headers.getRawHeaders(b"location", [])
        if not locations:
            raise ResponseFailed(
                [Failure(RedirectWithNoLocation(response.code, b"No location header field", uri))], response
            )
        location = self._resolveLocation(uri, locations[0])
        self._release(response)
        if headers is not None:
            headers = self._headers_for(headers, uri, location, response.code in self._seeOtherResponses)
        sent: Deferred[Any] = self._agent.request(method, location, headers)

        def link(following: Any) -> Any:
            following.setPreviousResponse(response)
            return following

        return sent.addCallback(link).addCallback(self._handleResponse, method, location, headers, redirectCount + 1)

    def _release(self, response: Any) -> None:
        """Few ever look at the body of a redirection. If nobody does, it must not keep the connection."""
        while not isinstance(response, Response):
            response = getattr(response, "original", None)
            if response is None:
                return
        response._keep(_KEPT)

    def _headers_for(self, headers: Headers, uri: bytes, location: bytes, without_body: bool) -> Headers:
        """Give those that are for the next request as well."""
        left_out: set[bytes] = set(_ABOUT_BODIES) if without_body else set()
        if origin(uri) != origin(location):
            left_out |= self._sensitive
        if not left_out:
            return headers
        return Headers({name: values for name, values in headers.getAllRawHeaders() if name not in left_out})

    def _resolveLocation(self, requestURI: bytes, location: bytes) -> bytes:
        return join(requestURI, location)


class BrowserLikeRedirectAgent(RedirectAgent):
    """
    Follows redirections as browsers do: a request of any method that is answered with 301, 302, 303 or 308 becomes a
    GET without a body.
    """

    _redirectResponses = (307,)
    _seeOtherResponses = (301, 302, 303, 308)
