"""
A resource that lets in those that a portal knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from zope.interface import implementer

from twisted.cred import credentials
from twisted.cred.error import LoginFailed, Unauthorized
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._codes import INTERNAL_SERVER_ERROR, UNAUTHORIZED
from twisted.web.pages import errorPage
from twisted.web.resource import IResource
from twisted.web.util import DeferredResource

_log = Logger("twisted.web.guard")


@implementer(IResource)
class UnauthorizedResource:
    """
    Asks a client who it is (401).

    Args:
        factories: The schemes it can answer with.
    """

    isLeaf = True

    def __init__(self, factories: Sequence[Any]) -> None:
        self._credentialFactories = factories

    def render(self, request: Any) -> bytes:
        """Ask."""
        request.setResponseCode(UNAUTHORIZED)
        for factory in self._credentialFactories:
            challenge = factory.getChallenge(request)
            parameters = b", ".join([_raw(name) + b"=" + _quoted(value) for name, value in challenge.items()])
            request.responseHeaders.addRawHeader(b"www-authenticate", factory.scheme + b" " + parameters)
        if request.method == b"HEAD":
            return b""
        return b"Unauthorized"

    def getChildWithDefault(self, path: bytes, request: Any) -> UnauthorizedResource:
        """Ask whoever wants what is below, too."""
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        """There is nothing to put a child into."""
        raise NotImplementedError("nothing is kept below what asks clients who they are")


def _raw(value: str | bytes) -> bytes:
    return value.encode("ascii") if isinstance(value, str) else value


def _quoted(value: str | bytes) -> bytes:
    return b'"' + _raw(value).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


@implementer(IResource)
class HTTPAuthSessionWrapper:
    """
    Gives each client the resource that a portal has for it.

    A client that brings no credentials is asked for some, unless the portal lets everybody in.

    Args:
        portal: Asked for `IResource`.
        credentialFactories: The schemes that clients can use: `ICredentialFactory`.
    """

    isLeaf = False

    def __init__(self, portal: Portal, credentialFactories: Sequence[Any]) -> None:
        self._portal = portal
        self._credentialFactories = credentialFactories

    def render(self, request: Any) -> Any:
        """Have the client's resource answer."""
        return self._resource_for(request).render(request)

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Have the client's resource look for what is asked for."""
        request.postpath.insert(0, request.prepath.pop())
        return self._resource_for(request)

    def putChild(self, path: bytes, child: Any) -> None:
        """
        Children belong to the resources that the portal has.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("put children into the resources that the portal gives, not into what asks it")

    def _resource_for(self, request: Any) -> Any:
        """Give the resource of the client that sent a request."""
        field = request.getHeader(b"authorization")
        if not field:
            return DeferredResource(self._login(credentials.Anonymous()))
        scheme, _, response = field.strip().partition(b" ")
        factory = next((each for each in self._credentialFactories if each.scheme == scheme.lower()), None)
        if factory is None:
            return UnauthorizedResource(self._credentialFactories)
        try:
            brought = factory.decode(response.strip(), request)
        except LoginFailed:
            return UnauthorizedResource(self._credentialFactories)
        except Exception:
            _log.failure("Unexpected failure from credentials factory")
            return errorPage(INTERNAL_SERVER_ERROR, "Internal Error", "")
        return DeferredResource(self._login(brought))

    def _login(self, brought: Any) -> Deferred[Any]:
        return self._portal.login(brought, None, IResource).addCallbacks(_let_in, self._turn_away)

    def _turn_away(self, reason: Failure) -> Any:
        if reason.check(Unauthorized, LoginFailed):
            return UnauthorizedResource(self._credentialFactories)
        _log.failure("HTTPAuthSessionWrapper.getChildWithDefault encountered unexpected error", failure=reason)
        return errorPage(INTERNAL_SERVER_ERROR, "Internal Error", "")


def _let_in(avatar: tuple[Any, Any, Callable[[], object]]) -> Any:
    _, resource, logout = avatar
    return _Session(resource, logout)


@implementer(IResource)
class _Session:
    """
    A resource for one request, at whose end whom it was for is logged out.

    Args:
        resource: The resource.
        logout: Called then.
    """

    def __init__(self, resource: Any, logout: Callable[[], object]) -> None:
        self._resource = resource
        self._logout = logout

    @property
    def isLeaf(self) -> Any:
        """What the resource says."""
        return self._resource.isLeaf

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Give the resource's child, which is for this one request as well."""
        return _Session(self._resource.getChildWithDefault(path, request), self._logout)

    def putChild(self, path: bytes, child: Any) -> None:
        """Put a child into the resource."""
        self._resource.putChild(path, child)

    def render(self, request: Any) -> Any:
        """Have the resource answer, and log out after that."""
        request.notifyFinish().addBoth(lambda _: self._logout())
        return self._resource.render(request)

    def __getattr__(self, name: str) -> Any:
        # Whatever else a resource may be asked about: whether it streams bodies, for example.
        return getattr(self._resource, name)
