"""
Collections of named things, some of which may be made when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from twisted.python import reflect

__all__ = [
    "Collection",
    "Constrained",
    "ConstraintViolation",
    "Entity",
    "Homogenous",
    "Locked",
    "NotSupportedError",
    "Request",
]


class NotSupportedError(NotImplementedError):
    """A collection cannot be changed in this way."""


class ConstraintViolation(Exception):
    """A collection does not take such a name, or such a thing."""


def _undefined(owner: object, method: str) -> str:
    return f"{reflect.qual(type(owner))}.{method}"


class Request:
    """A question about a thing, and a way to answer. Protocols that ask define how to write."""

    wireProtocol: str | None = None

    def write(self, data: bytes) -> None:
        """Send a part of the answer. For subclasses to write."""
        raise NotImplementedError(_undefined(self, "write"))

    def finish(self) -> None:
        """End the answer. For subclasses to write."""
        raise NotImplementedError(_undefined(self, "finish"))


class Entity:
    """A thing in a collection."""

    def render(self, request: Request) -> None:
        """Answer a question. For subclasses to write."""
        raise NotImplementedError(_undefined(self, "render"))


class Collection:
    """
    Things by name: those in ``entities``, and those that a subclass makes when asked.

    Args:
        entities: The things to begin with.
    """

    def __init__(self, entities: Mapping[str, Any] | None = None) -> None:  # Any: things of every kind
        self.entities: dict[str, Any] = dict(entities or {})

    def getStaticEntity(self, name: str) -> Any:
        """Give one of the things that are kept, or None."""
        return self.entities.get(name)

    def getDynamicEntity(self, name: str, request: object) -> Any:
        """Make a thing, or give None. For subclasses to write."""
        return None

    def getEntity(self, name: str, request: object) -> Any:
        """Give a thing that is kept, or else one that is made, or else None."""
        kept = self.getStaticEntity(name)
        return self.getDynamicEntity(name, request) if kept is None else kept

    def delEntity(self, name: str) -> None:
        """
        Keep a thing no longer.

        Raises:
            KeyError: It is not kept.
        """
        del self.entities[name]

    def putEntity(self, name: str, entity: Any) -> None:
        """Keep a thing."""
        self.entities[name] = entity

    def storeEntity(self, name: str, request: object) -> None:
        """Keep what a request brings. For subclasses to write."""
        raise NotSupportedError(_undefined(self, "storeEntity"))

    def removeEntity(self, name: str, request: object) -> None:
        """Remove a thing because a request says so. For subclasses to write."""
        raise NotSupportedError(_undefined(self, "removeEntity"))

    def listStaticNames(self) -> Iterable[str]:
        """Give the names of the things that are kept."""
        return self.entities.keys()

    def listStaticEntities(self) -> Iterable[tuple[str, Any]]:
        """Give the things that are kept, with their names."""
        return self.entities.items()

    def listDynamicNames(self) -> Iterable[str]:
        """Give the names of things that would be made. For subclasses to write."""
        return []

    def listDynamicEntities(self, request: object) -> Iterable[tuple[str, Any]]:
        """Give things that are made, with their names. For subclasses to write."""
        return []

    def listNames(self, request: object) -> Iterable[str]:
        """Give the names of everything, or of what the request may see."""
        return [*self.listStaticNames(), *self.listDynamicNames()]

    def listEntities(self, request: object) -> Iterable[tuple[str, Any]]:
        """Give everything, with its name."""
        return [*self.listStaticEntities(), *self.listDynamicEntities(request)]


class Constrained(Collection):
    """A collection that looks at what it is to keep."""

    def nameConstraint(self, name: str) -> object:
        """Tell whether a name will do. It may also raise `ConstraintViolation`, to say why not."""
        return 1

    def entityConstraint(self, entity: Any) -> object:
        """Tell whether a thing will do. It may also raise `ConstraintViolation`, to say why not."""
        return 1

    def reallyPutEntity(self, name: str, entity: Any) -> None:
        """Keep a thing without looking at it."""
        super().putEntity(name, entity)

    def putEntity(self, name: str, entity: Any) -> None:
        """
        Keep a thing.

        Raises:
            ConstraintViolation: The name or the thing will not do.
        """
        checks: list[tuple[str, Callable[[Any], object], Any]] = [
            ("Name", self.nameConstraint, name),
            ("Entity", self.entityConstraint, entity),
        ]
        for what, will_do, value in checks:
            if not will_do(value):
                raise ConstraintViolation(f"{what} constraint violated.")
        self.reallyPutEntity(name, entity)


class Locked(Constrained):
    """A collection that takes things until it is locked."""

    locked = 0

    def lock(self) -> None:
        """Take nothing more."""
        self.locked = 1

    def entityConstraint(self, entity: Any) -> object:
        """Tell whether this is open."""
        return not self.locked


class Homogenous(Constrained):
    """A collection of things of one type, ``entityType``."""

    entityType: type[Any] = object

    def entityConstraint(self, entity: Any) -> object:
        """Tell whether a thing is of the right type, or raise."""
        if isinstance(entity, self.entityType):
            return 1
        raise ConstraintViolation(f"{entity} of incorrect type ({self.entityType})")

    def getNameType(self) -> str:
        """Say, for people, what names are."""
        return "Name"

    def getEntityType(self) -> str:
        """Say, for people, what the things are."""
        return self.entityType.__name__
