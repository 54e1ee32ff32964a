"""
Values that are not known yet, because they are read from something that refers to itself.

Such a value stands in a container until it is known, and is then replaced wherever it stands.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from types import MethodType
from typing import Any

from twisted.internet.defer import Deferred

__all__ = ["NotKnown"]

# Any, throughout: the values are anything at all, and so are their keys.


class NotKnown:
    """
    A value that is not known yet.

    Attributes:
        dependants: Where it stands: containers and keys.
        resolved: Whether it is known now.
        resolvedObject: The value, then.
    """

    resolvedObject: Any = None

    def __init__(self) -> None:
        self.dependants: list[tuple[Any, Any]] = []
        self.resolved = 0

    def addDependant(self, mutableObject: Any, key: Any) -> None:
        """
        Note that it stands somewhere.

        Args:
            mutableObject: The container, or another `NotKnown` that waits for this one.
            key: Where in it.

        Raises:
            AssertionError: It is known: use the value.
        """
        if self.resolved:
            raise AssertionError("the value is known: put it there instead")
        self.dependants.append((mutableObject, key))

    def resolveDependants(self, newObject: Any) -> None:
        """Put the value wherever this stands. If that is not known in full either, this stands for it there too."""
        self.resolved = 1
        self.resolvedObject = newObject
        for container, key in self.dependants:
            container[key] = newObject
            if isinstance(newObject, NotKnown):
                newObject.addDependant(container, key)

    def __hash__(self) -> int:
        raise AssertionError("I am not to be used as a dictionary key.")


class Sequence(NotKnown):
    """
    A sequence that cannot be changed once it is made, some of whose elements are not known.

    Args:
        elements: Its elements.
        kind: Makes it of them: `tuple`, for example.
    """

    def __init__(self, elements: MutableSequence[Any], kind: Any = tuple) -> None:
        super().__init__()
        self._kind = kind
        self._elements = list(elements)
        self._missing = 0
        for place, element in enumerate(self._elements):
            if isinstance(element, NotKnown):
                self._missing += 1
                element.addDependant(self, place)

    def __setitem__(self, place: int, value: Any) -> None:
        self._elements[place] = value
        if isinstance(value, NotKnown):
            return
        self._missing -= 1
        if not self._missing:
            self.resolveDependants(self._kind(self._elements))


class DictItem(NotKnown):
    """An entry of a dict, whose key is not known."""

    def __init__(self, into: MutableMapping[Any, Any]) -> None:
        super().__init__()
        self._into = into
        self._pair: dict[int, Any] = {}

    def __setitem__(self, place: int, value: Any) -> None:
        if isinstance(value, NotKnown):
            return
        self._pair[place] = value
        if len(self._pair) == 2:
            self._into[self._pair[0]] = self._pair[1]


class Method(NotKnown):
    """A method of an instance that is not known."""

    def __init__(self, owner: NotKnown, function: Any) -> None:
        super().__init__()
        self._function = function
        owner.addDependant(self, 0)

    def __setitem__(self, place: int, value: Any) -> None:
        if not isinstance(value, NotKnown):
            self.resolveDependants(MethodType(self._function, value))


class Later(Deferred[Any]):
    """A Deferred that can stand in the place of a container: it fires when something is put into it."""

    def __setitem__(self, place: int, value: Any) -> None:
        if not isinstance(value, NotKnown):
            self.callback(value)
