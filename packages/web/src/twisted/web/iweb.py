"""
The interfaces of the web: requests, responses, bodies, and what client, server and templates are put together from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from twisted.internet.interfaces import IPushProducer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.cred.credentials import IUsernameDigestHash
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
    from twisted.web.http_headers import Headers
    from twisted.web.template import Flattenable, Tag

# Any: checkers hold everybody who implements an interface to what it says, and these said nothing for long. The classes
# that implement them here say it all.

__all__ = [
    "UNKNOWN_LENGTH",
    "IBodyProducer",
    "IClientRequest",
    "ICredentialFactory",
    "IRenderable",
    "IRequest",
    "IResponse",
    "IUsernameDigestHash",
    "_IRequestEncoder",
    "_IRequestEncoderFactory",
]


def __getattr__(name: str) -> object:
    # Cred's, which few programs need: loaded when somebody asks for it.
    if name == "IUsernameDigestHash":
        from twisted.cred.credentials import IUsernameDigestHash

        globals()[name] = IUsernameDigestHash
        return IUsernameDigestHash
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class IRequest(Interface):
    """
    A request to a server, and the response to it.
    """

    method = Attribute("The method, as bytes: ``b'GET'``.")
    uri = Attribute("The whole target as it was asked for, as bytes.")
    path = Attribute("The target without its query, as bytes, still quoted.")
    args = Attribute("The query's values, and those of a form that was posted: a dict of bytes to lists of bytes.")
    prepath = Attribute("The segments of the path that have led to a resource: a list of bytes, unquoted.")
    postpath = Attribute("The segments of the path that are left: a list of bytes, unquoted.")
    requestHeaders = Attribute("The header fields that came: `Headers`.")
    content = Attribute("A file with the body, at its beginning.")
    responseHeaders = Attribute("The header fields that will be sent: `Headers`.")

    def getHeader(key: Any) -> Any:
        """Give the last value of a field that came, of the type of *key*, or `None`."""

    def getCookie(key: Any) -> Any:
        """Give the value of a cookie that came, or `None`."""

    def getAllHeaders() -> Any:
        """Give the last value of each field that came, by its name in lower case."""

    def getRequestHostname() -> Any:
        """Give the host the client asked for, without its port."""

    def getHost() -> Any:
        """Give the address of this side."""

    def getClientAddress() -> Any:
        """Give the address of the client."""

    def getClientIP() -> Any:
        """Give the client's IP address as text, if it has one. Use `getClientAddress`."""

    def getUser() -> Any:
        """Give the user's name of HTTP basic authentication, or ``b""``."""

    def getPassword() -> Any:
        """Give the password of HTTP basic authentication, or ``b""``."""

    def isSecure() -> bool:
        """Tell whether the request came over TLS."""

    def getSession(sessionInterface: Any = None) -> Any:
        """Give the session of the client, beginning one if there is none."""

    def URLPath() -> Any:
        """Give the URL that has led here, as a `twisted.python.urlpath.URLPath`."""

    def prePathURL() -> Any:
        """Give the URL that has led to the resource at hand."""

    def rememberRootURL() -> None:
        """Remember the URL that has led here as the application's root."""

    def getRootURL() -> Any:
        """Give the URL that `rememberRootURL` has remembered."""

    def finish() -> None:
        """Say that the response is complete."""

    def write(data: Any) -> None:
        """Send a part of the body. The first one sends the header before it."""

    def addCookie(
        k: Any,
        v: Any,
        expires: Any = None,
        domain: Any = None,
        path: Any = None,
        max_age: Any = None,
        comment: Any = None,
        secure: Any = None,
    ) -> None:
        """Have the response set a cookie."""

    def setResponseCode(code: Any, message: Any = None) -> None:
        """Set the status code, and a reason phrase if it is not the usual one."""

    def setHeader(k: Any, v: Any) -> None:
        """Set a header field of the response, in place of what it was."""

    def redirect(url: Any) -> None:
        """Send the client to another URL."""

    def setLastModified(when: Any) -> Any:
        """
        Say when what is asked for was changed last, in seconds since the epoch.

        Returns:
            `twisted.web.http.CACHED` if the client has it already, and no body need be sent.
        """

    def setETag(etag: Any) -> Any:
        """
        Name the version of what is asked for.

        Returns:
            `twisted.web.http.CACHED` if the client has it already, and no body need be sent.
        """

    def setHost(host: Any, port: Any, ssl: Any = 0) -> None:
        """Say which host and port the client asked for, when something in front of this server knows better."""


class IClientRequest(Interface):
    """
    What a response answers.
    """

    method = Attribute("The method, as bytes.")
    absoluteURI = Attribute("The URI that was asked for, as bytes, or `None`.")
    headers = Attribute("The header fields that were sent, in addition to those that the client sets: `Headers`.")


class IResponse(Interface):
    """
    The header of a response that a client got, and the way to its body.
    """

    version = Attribute('The protocol: ``(b"HTTP", 1, 1)``.')
    code = Attribute("The status code, an int.")
    phrase = Attribute("The reason phrase, as bytes.")
    headers = Attribute("The header fields: `Headers`.")
    length = Attribute("How many bytes the body has, or `UNKNOWN_LENGTH`.")
    request = Attribute("The request that this answers: `IClientRequest`.")
    previousResponse = Attribute("The response that led to the request that this answers (a redirection), or `None`.")

    def deliverBody(protocol: Any) -> None:
        """
        Give the body to a protocol, which until then is not read.

        Its ``connectionLost`` is called with `ResponseDone` at the end, or with `PotentialDataLoss` where the end of
        the connection is all that says so.
        """

    def setPreviousResponse(response: Any) -> None:
        """Set what `previousResponse` says."""


class IBodyProducer(IPushProducer):
    """
    Writes the body of a request that a client sends.
    """

    length = Attribute("How many bytes it writes, or `UNKNOWN_LENGTH`.")

    def startProducing(consumer: Any) -> Deferred[None]:
        """
        Begin to write to a consumer.

        Returns:
            A Deferred that fires with `None` once everything is written, and fails where that is impossible.
        """

    def stopProducing() -> None:
        """Write no more: nobody wants it. The Deferred of `startProducing` is not fired after that."""

    def pauseProducing() -> None:
        """Write no more for now."""

    def resumeProducing() -> None:
        """Write on."""


class IRenderable(Interface):
    """
    What a template can be rendered with; `twisted.web.template.Element` is one.
    """

    def lookupRenderMethod(name: str) -> Callable[[IRequest | None, Tag], Flattenable]:
        """Give the method that a template's ``render`` attribute asks for: it takes the request and the tag."""

    def render(request: IRequest | None) -> Flattenable:
        """Give what the whole is: tags, text, renderables, Deferreds of these, and so on."""


class ITemplateLoader(Interface):
    """
    Knows a template.
    """

    def load() -> list[Flattenable]:
        """Give the template."""


class ICredentialFactory(Interface):
    """
    One scheme of HTTP authentication.
    """

    scheme = Attribute("Its name, as bytes: ``b'basic'``.")

    def getChallenge(request: Any) -> Any:
        """Give the parameters of a ``WWW-Authenticate`` field for the client to answer."""

    def decode(response: Any, request: Any) -> Any:
        """
        Give the credentials that stand in an ``Authorization`` field.

        Args:
            response: Its value behind the scheme.
            request: The request it came with.

        Raises:
            twisted.cred.error.LoginFailed: It makes no sense.
        """


class IAccessLogFormatter(Interface):
    """
    Makes the line about a request that an access log has.
    """

    def __call__(timestamp: Any, request: Any) -> Any:
        """
        Make a line.

        Args:
            timestamp: The time, as it stands in such logs.
            request: The request that was answered.

        Returns:
            The line without its end, or `None` for none.
        """


class INonQueuedRequestFactory(Interface):
    """
    Makes requests for a channel.
    """

    def __call__(channel: Any) -> Any:
        """Make a request that has come over *channel*."""


class IPolicyForHTTPS(Interface):
    """
    Decides how a client speaks TLS with a host.
    """

    def creatorForNetloc(hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """Give what makes the TLS connection to that host and port."""


class IAgent(Interface):
    """
    A client.
    """

    def request(
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """
        Make a request.

        Args:
            method: The method: ``b"GET"``.
            uri: An absolute URI.
            headers: Header fields to send.
            bodyProducer: Writes the body, if there is to be one.

        Returns:
            A Deferred that fires with the response as soon as its header is here. Cancelling it gives up.
        """


class IAgentEndpointFactory(Interface):
    """
    Decides how a client reaches a host.
    """

    def endpointForURI(uri: Any) -> Any:
        """Give the endpoint to connect to for a `twisted.web.client.URI`."""


class _IRequestEncoder(Interface):
    """
    Encodes the body of one response, for example by compressing it.
    """

    def encode(data: bytes) -> bytes:
        """Take a part of the body, and give what can be sent of it already."""

    def finish() -> bytes:
        """Give what is left to be sent at the end."""


class _IRequestEncoderFactory(Interface):
    """
    Decides whether and how a response is encoded.
    """

    def encoderForRequest(request: Any) -> _IRequestEncoder | None:
        """Give an encoder if the client understands it, having set the header fields that say so, or `None`."""


# Says of a body or a response that nobody knows yet how long it is.
UNKNOWN_LENGTH = "twisted.web.iweb.UNKNOWN_LENGTH"
