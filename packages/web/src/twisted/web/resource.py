"""
Resources: the tree of objects that a site consists of.

A request's path leads through the tree, segment by segment, and the resource that it leads to renders itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from warnings import warn

from zope.interface import Attribute, Interface, implementer

from twisted.python.reflect import prefixedMethodNames
from twisted.web._codes import FORBIDDEN, NOT_FOUND
from twisted.web.error import UnsupportedMethod

if TYPE_CHECKING:
    from twisted.web.iweb import _IRequestEncoder, _IRequestEncoderFactory

__all__ = [
    "EncodingResourceWrapper",
    "ErrorPage",
    "ForbiddenResource",
    "IResource",
    "NoResource",
    "Resource",
    "getChildForRequest",
]

# Any, here and below: a request is whatever provides IRequest, and real programs pass stand-ins of their own.


class IResource(Interface):
    """
    Something that can be asked for.
    """

    isLeaf = Attribute("Whether what is left of the path is this resource's own business: nobody looks for children.")

    def getChildWithDefault(name: bytes, request: Any) -> IResource:
        """
        Give the resource that is found under a name.

        Args:
            name: A segment of the path, unquoted.
            request: The request that looks for it.
        """

    def putChild(path: bytes, child: IResource) -> None:
        """Have *child* found under a name, which has no slash in it and is unquoted."""

    def render(request: Any) -> Any:
        """
        Answer a request.

        Returns:
            The body as bytes; or `twisted.web.server.NOT_DONE_YET` if it will be written, and the request finished,
            some time; or a coroutine that comes to either.

        Raises:
            UnsupportedMethod: The request's method makes no sense here.
        """


class _IEncodingResource(Interface):
    """
    A resource whose responses may be encoded.
    """

    def getEncoder(request: Any) -> _IRequestEncoder | None:
        """Give what encodes the response to a request, or `None`."""


def getChildForRequest(resource: Any, request: Any) -> Any:
    """
    Follow a request's path through a tree.

    Args:
        resource: Where to begin.
        request: Its ``postpath`` is what is still to be followed. What is followed moves to its ``prepath``.

    Returns:
        The resource that it leads to.
    """
    ahead, behind = request.postpath, request.prepath
    while ahead and not resource.isLeaf:
        name = ahead.pop(0)
        behind.append(name)
        resource = resource.getChildWithDefault(name, request)
    return resource


# The names of the methods for those of HTTP that are usual.
_RENDERERS = {
    name.encode("ascii"): "render_" + name for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
}


@implementer(IResource)
class Resource:
    """
    A resource, with children if it wants.

    A subclass has a method for each method of HTTP that it knows: ``render_GET(request)``, ``render_POST(request)``.
    They return what `IResource.render` says, and can be coroutines.

    Attributes:
        isLeaf: See `IResource.isLeaf`.
        children: Those that `putChild` has put there, by name.
        allowedMethods: If it is set, the methods that a client is told of that uses another one. Otherwise those that
            there are methods for.
    """

    entityType = IResource
    server: Any = None
    isLeaf: int | bool = 0
    allowedMethods: Sequence[bytes]

    def __init__(self) -> None:
        self.children: dict[bytes, Any] = {}

    # Children by name. These are for programs that walk through the tree, or change it while it is served.

    def listStaticNames(self) -> list[bytes]:
        """Give the names of those that `putChild` has put there."""
        return list(self.children.keys())

    def listStaticEntities(self) -> list[tuple[bytes, Any]]:
        """Give the names of those that `putChild` has put there, and themselves."""
        return list(self.children.items())

    def listNames(self) -> list[bytes]:
        """Give the names of all children that are known."""
        return list(self.listStaticNames()) + self.listDynamicNames()

    def listEntities(self) -> list[tuple[bytes, Any]]:
        """Give the names of all children that are known, and themselves."""
        return list(self.listStaticEntities()) + self.listDynamicEntities()

    def listDynamicNames(self) -> list[bytes]:
        """Hook: give the names of children that are made when they are asked for."""
        return []

    def listDynamicEntities(self, request: Any = None) -> list[tuple[bytes, Any]]:
        """Hook: give the names of children that are made when they are asked for, and themselves."""
        return []

    def getStaticEntity(self, name: bytes) -> Any:
        """Give what `putChild` has put there, or `None`."""
        return self.children.get(name)

    def getDynamicEntity(self, name: bytes, request: Any) -> Any:
        """Hook: make a child that nobody has put there, or give `None`."""
        if name not in self.children:
            return self.getChild(name, request)
        return None

    def delEntity(self, name: bytes) -> None:
        """
        Remove a child.

        Raises:
            KeyError: There is none of that name.
        """
        del self.children[name]

    def reallyPutEntity(self, name: bytes, entity: Any) -> None:
        """Keep a child under a name, without a word to it."""
        self.children[name] = entity

    # Children for requests.

    def getChild(self, path: bytes, request: Any) -> Any:
        """
        Hook: give the child that is found under a name that nobody was put under with `putChild`.

        Args:
            path: The segment of the path, unquoted.
            request: The request that looks for it. What is left of its path is its ``postpath``.
        """
        return _unwarned(NoResource, NOT_FOUND, "No Such Resource", "Sorry. No luck finding that resource.")

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Give the child that `putChild` has put there, or else ask `getChild` for one."""
        child = self.children.get(path)
        if child is None and path not in self.children:
            return self.getChild(path, request)
        return child

    def getChildForRequest(self, request: Any) -> Any:
        """Deprecated: the function `getChildForRequest` does that."""
        warn("Please use module level getChildForRequest.", DeprecationWarning, stacklevel=2)
        return getChildForRequest(self, request)

    def putChild(self, path: bytes, child: Any) -> None:
        """
        Have a resource found under a name.

        Args:
            path: A segment of the path, unquoted. ``b""`` is what comes after a slash that ends the path.
            child: The resource.

        Raises:
            TypeError: *path* is not bytes.
        """
        if not isinstance(path, bytes):
            raise TypeError(f"Path segment must be bytes, but {path!r} is {type(path)}")
        self.children[path] = child
        child.server = self.server

    # Rendering.

    def render(self, request: Any) -> Any:
        """Call the method for the request's method. See `IResource.render`."""
        name = _RENDERERS.get(request.method)
        if name is None:
            name = "render_" + request.method.decode("ascii", "replace")
        method = getattr(self, name, None)
        if method is None:
            raise UnsupportedMethod(_methods_of(self))
        return method(request)

    def render_HEAD(self, request: Any) -> Any:
        """Answer HEAD as GET: what it gives for a body is counted and not sent."""
        render = getattr(self, "render_GET", None)
        if render is None:
            # No failure of ours, if anybody asks for the head of what is only posted to.
            raise UnsupportedMethod([method for method in _methods_of(self) if method != b"HEAD"])
        return render(request)


def _methods_of(resource: Any) -> Sequence[bytes]:
    """The methods of HTTP that a resource knows."""
    allowed: Sequence[bytes] | None = getattr(resource, "allowedMethods", None)
    if allowed:
        return allowed
    return [name.encode("ascii", "replace") for name in prefixedMethodNames(type(resource), "render_")]


# Pages that say what went wrong. They put text into HTML as it is: hence `twisted.web.pages`.


class ErrorPage(Resource):
    """
    Deprecated: `twisted.web.pages.errorPage` does that, and escapes what it shows.

    Attributes:
        template: The page: HTML with places for ``code``, ``brief`` and ``detail``.
    """

    template = """
<html>
  <head><title>%(code)s - %(brief)s</title></head>
  <body>
    <h1>%(brief)s</h1>
    <p>%(detail)s</p>
  </body>
</html>
"""

    def __init__(self, status: int, brief: str, detail: str) -> None:
        _warn_of("ErrorPage", "errorPage")
        self._keep(status, brief, detail)

    def _keep(self, status: int, brief: str, detail: str) -> None:
        Resource.__init__(self)
        self.code = status
        self.brief = brief
        self.detail = detail

    def render(self, request: Any) -> bytes:
        """Give the page."""
        request.setResponseCode(self.code)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return (self.template % {"code": self.code, "brief": self.brief, "detail": self.detail}).encode("utf-8")

    def getChild(self, chnam: bytes, request: Any) -> Any:
        """Whatever would stand below this page is this page."""
        return self


class NoResource(ErrorPage):
    """Deprecated: `twisted.web.pages.notFound` does that, and escapes what it shows."""

    def __init__(self, message: str = "Sorry. No luck finding that resource.") -> None:
        _warn_of("NoResource", "notFound")
        self._keep(NOT_FOUND, "No Such Resource", message)


class ForbiddenResource(ErrorPage):
    """Deprecated: `twisted.web.pages.forbidden` does that, and escapes what it shows."""

    def __init__(self, message: str = "Sorry, resource is forbidden.") -> None:
        _warn_of("ForbiddenResource", "forbidden")
        self._keep(FORBIDDEN, "Forbidden Resource", message)


def _warn_of(name: str, replacement: str) -> None:
    warn(
        f"twisted.web.resource.{name} was deprecated in Twisted 22.10.0; please use twisted.web.pages.{replacement}"
        " instead, which properly escapes HTML.",
        DeprecationWarning,
        stacklevel=3,
    )


def _unwarned(kind: type[ErrorPage], code: int, brief: str, detail: str) -> ErrorPage:
    """Make such a page for a text that is known to need no escaping."""
    page = kind.__new__(kind)
    page._keep(code, brief, detail)
    return page


@implementer(IResource, _IEncodingResource)
class EncodingResourceWrapper:
    """
    A resource whose responses are encoded, for example compressed.

    Args:
        original: The resource.
        encoders: Asked in turn whether they encode the response to a request; see `GzipEncoderFactory`.
    """

    def __init__(self, original: Any, encoders: Iterable[_IRequestEncoderFactory]) -> None:
        self.original = original
        self._encoders = encoders

    @property
    def isLeaf(self) -> Any:
        """See `IResource.isLeaf`."""
        return self.original.isLeaf

    @isLeaf.setter
    def isLeaf(self, value: Any) -> None:
        self.original.isLeaf = value

    @property
    def server(self) -> Any:
        """What the resource is told when it is put below another one."""
        return self.original.server

    @server.setter
    def server(self, value: Any) -> None:
        self.original.server = value

    @property
    def getChildWithDefault(self) -> Any:
        """The resource's own."""
        return self.original.getChildWithDefault

    @property
    def putChild(self) -> Any:
        """The resource's own."""
        return self.original.putChild

    @property
    def render(self) -> Any:
        """The resource's own."""
        return self.original.render

    def getEncoder(self, request: Any) -> _IRequestEncoder | None:
        """Give what encodes the response, or `None`."""
        for factory in self._encoders:
            encoder: _IRequestEncoder | None = factory.encoderForRequest(request)
            if encoder is not None:
                return encoder
        return None
