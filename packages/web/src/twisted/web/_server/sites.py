"""
Sites: a tree of resources, and the connections that ask for them.
"""

from __future__ import annotations

import secrets
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.web._http.factories import HTTPFactory
from twisted.web._server.requests import Request
from twisted.web._server.sessions import Session
from twisted.web.resource import getChildForRequest

# Any: resources, requests and what makes them; real programs pass stand-ins of their own.


@implementer(IProtocolNegotiationFactory)
class Site(HTTPFactory):
    """
    A web site.

    Attributes:
        resource: The root of its tree.
        requestFactory: Makes requests.
        sessionFactory: Makes sessions; called with the site and the session's name.
        sessions: The sessions there are, by name.
        counter: How many there have been.
        displayTracebacks: Whether a client is shown what went wrong. Not for sites that strangers see.
        streamsBodies: Whether resources may read bodies while they come. See `Request.streamsBody`.
        sessionCheckTime: Means nothing any more.
    """

    counter: int = 0
    requestFactory: Any = Request
    displayTracebacks: bool = False
    sessionFactory: Any = Session
    sessionCheckTime: float = 1800
    isLeaf: int | bool = 0
    streamsBodies: bool = False
    hostRequired: bool = True
    # A method of subclasses that makes the file which a body is kept in.
    getContentFile: Any = None
    _parsePOSTFormSubmission: bool = True

    def __init__(
        self,
        resource: Any,
        requestFactory: Any = None,
        *args: Any,
        parsePOSTFormSubmission: bool = True,
        **kwargs: Any,
    ) -> None:
        """
        Args:
            resource: The root of the tree.
            requestFactory: Makes requests; `Request` if `None`.
            args: For `HTTPFactory`.
            parsePOSTFormSubmission: Whether the fields of forms that are posted are put into `Request.args`.
            kwargs: For `HTTPFactory`.
        """
        super().__init__(*args, **kwargs)
        self.sessions: dict[bytes, Any] = {}
        self.resource = resource
        if requestFactory is not None:
            self.requestFactory = requestFactory
        self._parsePOSTFormSubmission = parsePOSTFormSubmission

    def makeSession(self) -> Any:
        """Begin a session."""
        uid = secrets.token_hex(32).encode("ascii")
        session = self.sessions[uid] = self.sessionFactory(self, uid)
        self.counter += 1
        session.startCheckingExpiration()
        return session

    def getSession(self, uid: bytes) -> Any:
        """
        Give the session of that name.

        Raises:
            KeyError: There is none.
        """
        return self.sessions[uid]

    def buildProtocol(self, addr: Any) -> Any:
        """Make a protocol for a client."""
        channel = super().buildProtocol(addr)
        channel.requestFactory = self.requestFactory
        channel.site = self
        return channel

    def render(self, request: Any) -> None:
        """Send the client to the same with a slash behind it."""
        request.redirect(request.prePathURL() + b"/")
        request.finish()

    def getChildWithDefault(self, pathEl: bytes, request: Any) -> Any:
        """Ask the root of the tree."""
        request.site = self
        return self.resource.getChildWithDefault(pathEl, request)

    def getResourceFor(self, request: Any) -> Any:
        """Follow a request's path through the tree."""
        request.site = self
        # What leads there is kept: a resource may be found by more than one path.
        request.sitepath = list(request.prepath)
        return getChildForRequest(self.resource, request)

    def acceptableProtocols(self) -> list[bytes]:
        """Give the versions of HTTP that can be agreed upon when TLS begins, the best one first."""
        from twisted.web import http

        return [b"h2", b"http/1.1"] if http.H2_ENABLED else [b"http/1.1"]
