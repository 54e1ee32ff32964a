"""
Attributes that are something else for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["MonkeyPatcher"]

_T = TypeVar("_T")


class MonkeyPatcher:
    """
    Changes attributes of modules, classes and objects, and changes them back.

    Args:
        patches: Triples of an object, the name of an attribute, and the value it is to have.
    """

    def __init__(self, *patches: tuple[object, str, object]) -> None:
        self._wanted: list[tuple[object, str, object]] = []
        self._before: list[tuple[object, str, object]] = []
        for patch in patches:
            self.addPatch(*patch)

    def addPatch(self, obj: object, name: str, value: object) -> None:
        """Add an attribute to change at the next `patch`."""
        self._wanted.append((obj, name, value))

    def patch(self) -> None:
        """Change the attributes. What they were is noted the first time only."""
        known = [(id(obj), name) for obj, name, _ in self._before]
        for obj, name, value in self._wanted:
            if (id(obj), name) not in known:
                known.append((id(obj), name))
                self._before.append((obj, name, getattr(obj, name)))
            setattr(obj, name, value)

    __enter__ = patch

    def restore(self) -> None:
        """Change the attributes back."""
        while self._before:
            obj, name, value = self._before.pop()
            setattr(obj, name, value)

    def __exit__(self, *_: Any) -> None:
        self.restore()

    def runWithPatches(self, f: Callable[..., _T], *args: Any, **kw: Any) -> _T:
        """Call a function while the attributes are changed."""
        self.patch()
        try:
            return f(*args, **kw)
        finally:
            self.restore()
