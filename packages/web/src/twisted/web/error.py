"""
What goes wrong on the web: exceptions of servers, clients and templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from twisted.python._facade import publish
from twisted.python.compat import nativeString
from twisted.web._codes import RESPONSES

__all__ = [
    "Error",
    "ExcessiveBufferingError",
    "FlattenerError",
    "InfiniteRedirection",
    "MissingRenderMethod",
    "MissingTemplateLoader",
    "PageRedirect",
    "RedirectWithNoLocation",
    "RenderError",
    "SchemeNotSupported",
    "UnexposedMethodError",
    "UnfilledSlot",
    "UnsupportedMethod",
    "UnsupportedSpecialHeader",
    "UnsupportedType",
]

# How much of a text the report about a template shows: so much from each end.
_SHOWN = 20


class Error(Exception):
    """
    A response that is an error.

    Args:
        code: Its status code: a number, or its digits as bytes.
        message: Its reason phrase; without one, the code's usual one.
        response: Its body.

    Attributes:
        status: The code, its digits as bytes.

    Raises:
        ValueError: *code* is no number.
    """

    status: bytes
    message: bytes | None
    response: bytes | None

    def __init__(self, code: int | bytes, message: bytes | None = None, response: bytes | None = None) -> None:
        try:
            number = int(code)
        except ValueError:
            raise ValueError(f"Not a valid HTTP status code: {code!r}") from None
        message = message or RESPONSES.get(number)
        super().__init__(code, message, response)
        self.status = code if isinstance(code, bytes) else b"%d" % number
        self.message = message
        self.response = response

    def __str__(self) -> str:
        return nativeString(b" ".join([self.status, self.message] if self.message else [self.status]))

    def _add_target(self, target: bytes | None) -> None:
        """Have the message tell where the response pointed to."""
        if self.message and target:
            self.message = self.message + b" to " + target


class _Redirection(Error):
    """A response that led to another place, where nobody went."""

    location: bytes | None

    def __init__(
        self,
        code: int | bytes,
        message: bytes | None = None,
        response: bytes | None = None,
        location: bytes | None = None,
    ) -> None:
        super().__init__(code, message, response)
        self._add_target(location)
        self.location = location


class PageRedirect(_Redirection):
    """
    A response that redirects, given to whoever did not ask for it to be followed.

    Attributes:
        location: Where to.
    """


class InfiniteRedirection(_Redirection):
    """
    More redirections, one after the other, than are followed.

    Attributes:
        location: Where the last one led.
    """


class RedirectWithNoLocation(Error):
    """
    A response that redirects, and does not say where to.

    Attributes:
        uri: What was asked for.
    """

    def __init__(self, code: bytes | int, message: bytes, uri: bytes) -> None:
        super().__init__(code, message)
        self._add_target(uri)
        self.uri = uri


class UnsupportedMethod(Exception):
    """
    A resource does not know the method of a request; raised by `Resource.render`, and answered with 405 or 501.

    Attributes:
        allowedMethods: Those that it knows.
    """

    allowedMethods: Sequence[bytes] = ()

    def __init__(self, allowedMethods: Sequence[bytes], *args: object) -> None:
        super().__init__(allowedMethods, *args)
        self.allowedMethods = allowedMethods

    def __str__(self) -> str:
        return f"Expected one of {self.allowedMethods!r}"


class SchemeNotSupported(Exception):
    """A URL's scheme is none that the client speaks."""


class ExcessiveBufferingError(Exception):
    """A page took more memory than it may before any of it could be sent."""


class UnsupportedSpecialHeader(Exception):
    """A WebSocket client was asked to send a header that the handshake itself has to set."""


class RenderError(Exception):
    """A template cannot be rendered."""


class MissingRenderMethod(RenderError):
    """
    A template asks its element for a renderer that is not there.

    Attributes:
        element: The element.
        renderName: The renderer's name.
    """

    def __init__(self, element: Any, renderName: str) -> None:
        super().__init__(element, renderName)
        self.element = element
        self.renderName = renderName

    def __repr__(self) -> str:
        return f"{type(self).__name__!r}: {self.element!r} had no render method named {self.renderName!r}"


class MissingTemplateLoader(RenderError):
    """
    An element has no template.

    Attributes:
        element: The element.
    """

    def __init__(self, element: Any) -> None:
        super().__init__(element)
        self.element = element

    def __repr__(self) -> str:
        return f"{type(self).__name__!r}: {self.element!r} had no loader"


class UnexposedMethodError(Exception):
    """A template asks for a method that is not exposed to templates."""


class UnfilledSlot(Exception):
    """A template has a slot, and nobody filled it."""


class UnsupportedType(Exception):
    """A template has something in it that cannot be made text."""


class FlattenerError(Exception):
    """
    A template could not be made text.

    Args:
        exception: Why not.
        roots: What was being made text, from the outside in.
        traceback: Where the exception came from, as `traceback.extract_tb` gives it.
    """

    def __init__(self, exception: Exception, roots: Iterable[Any], traceback: Any) -> None:
        self._exception = exception
        self._roots = list(roots)
        self._traceback = traceback
        super().__init__(exception, roots, traceback)

    def __repr__(self) -> str:
        from traceback import format_exception_only, format_list

        lines = ["Exception while flattening:"]
        lines += [f"  {_outline(root)}" for root in self._roots]
        if self._traceback:
            lines += ["".join(format_list(self._traceback)).rstrip("\n")]
        lines += ["".join(format_exception_only(type(self._exception), self._exception)).rstrip("\n")]
        return "\n".join(lines) + "\n"

    __str__ = __repr__


def _outline(root: Any) -> str:
    """Say in few words which part of a template something is."""
    if isinstance(root, (str, bytes)):
        if len(root) <= 2 * _SHOWN:
            return ascii(root)
        left, right = ascii(root[:_SHOWN]), ascii(root[-_SHOWN:])
        # Both ends between one pair of quotation marks.
        opening = 2 if isinstance(root, bytes) else 1
        return f"{left[:-1]}<...>{right[opening:]}"
    name = getattr(root, "tagName", None)
    if name is None:
        return repr(root)
    if root.filename:
        return f'File "{root.filename}", line {root.lineNumber}, column {root.columnNumber}, in "{name}"'
    return f"Tag <{name}>"


publish(__name__, __all__)
