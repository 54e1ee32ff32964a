"""
Elements: objects whose methods fill a template.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from zope.interface import implementer

from twisted.web.error import MissingRenderMethod, MissingTemplateLoader, UnexposedMethodError
from twisted.web.iweb import IRenderable, IRequest, ITemplateLoader

if TYPE_CHECKING:
    from twisted.web._template.stan import Flattenable, Tag

_F = TypeVar("_F", bound=Callable[..., Any])
_MISSING = object()


class Renderers:
    """
    Marks the methods of an `Element` that a template may ask for.

    A subclass that overrides one has to mark its own, too.
    """

    def __call__(self, f: _F, /) -> _F:
        """Mark a method; used as a decorator. It takes the request and the tag, and gives what stands in its place."""
        # A function takes any attribute; the type checker cannot know it.
        f._is_renderer = True  # type: ignore[attr-defined]
        return f

    def get(self, instance: object, methodName: str, default: Any = _MISSING) -> Any:
        """
        Give the method of *instance* that has that name, if it is marked.

        Raises:
            UnexposedMethodError: It is not, and there is no *default*.
        """
        method = getattr(instance, methodName, None)
        if getattr(method, "_is_renderer", False):
            return method
        if default is _MISSING:
            raise UnexposedMethodError(self, methodName)
        return default


renderer = Renderers()


@implementer(IRenderable)
class Element:
    """
    A part of a page: a template, and the methods that fill it.

    Args:
        loader: Has the template, in place of the class's `loader`.
    """

    loader: ITemplateLoader | None = None

    def __init__(self, loader: ITemplateLoader | None = None) -> None:
        if loader is not None:
            self.loader = loader

    def lookupRenderMethod(self, name: str) -> Callable[[IRequest | None, Tag], Flattenable]:
        """
        Give the method that a template asks for by ``t:render="name"``.

        Raises:
            MissingRenderMethod: There is none with that name marked as `renderer`.
        """
        method: Callable[[IRequest | None, Tag], Flattenable] | None = renderer.get(self, name, None)
        if method is None:
            raise MissingRenderMethod(self, name)
        return method

    def render(self, request: IRequest | None) -> Flattenable:
        """
        Give the template.

        Raises:
            MissingTemplateLoader: There is none.
        """
        if self.loader is None:
            raise MissingTemplateLoader(self)
        return self.loader.load()
