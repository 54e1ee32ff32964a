"""
Where the ends of connections are.

An address is a small value: addresses of one class compare, sort and hash by what they say. One is made for each
connection, so making them is cheap. To `attrs` they look like its classes, so that ``attr.evolve(address, port=80)``
and ``attr.asdict(address)`` work; `attrs` itself is loaded when it asks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from zope.interface import implementer

from twisted.internet.interfaces import IAddress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import attr

__all__ = ["HostnameAddress", "IPv4Address", "IPv6Address", "UNIXAddress"]


class _AttrsFields:
    """What `attrs` asks a class for, made when it asks."""

    def __init__(self, owner: type[_Located]) -> None:
        self._owner = owner
        self._made: tuple[attr.Attribute[Any], ...] | None = None  # Any: as attrs types a field of any type.

    def __get__(self, instance: object, owner: type) -> tuple[attr.Attribute[Any], ...]:
        if self._made is None:
            import attr

            kind = self._owner
            fields = {name: attr.ib(default=kind._defaults.get(name, attr.NOTHING)) for name in kind.__match_args__}
            self._made = attr.fields(attr.make_class(kind.__name__, fields))
        return self._made

    def __iter__(self) -> Iterator[attr.Attribute[Any]]:
        # For those who look into the class's __dict__.
        return iter(self.__get__(None, self._owner))


class _Located:
    """A value made of the attributes that ``__match_args__`` names."""

    __match_args__: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[Mapping[str, object]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.__attrs_attrs__ = _AttrsFields(cls)  # type: ignore[attr-defined]  # attrs's typing plugin owns the name

    def _facts(self) -> tuple[Any, ...]:  # Any: the facts of two addresses of one class can be compared.
        return tuple([getattr(self, name) for name in self.__match_args__])

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({facts})"

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Located)
        return self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())


class _Ordered(_Located):
    """A value that sorts by its facts, among its own kind."""

    def __lt__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Located)
        return self._facts() < other._facts()

    def __le__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Located)
        return self._facts() <= other._facts()

    def __gt__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Located)
        return self._facts() > other._facts()

    def __ge__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Located)
        return self._facts() >= other._facts()


def _wrong_type(type: object) -> ValueError:
    return ValueError(f"'type' must be in ['TCP', 'UDP'] (got {type!r})")


@implementer(IAddress)
class IPv4Address(_Ordered):
    """
    An IPv4 address and a port.

    Attributes:
        type: ``"TCP"`` or ``"UDP"``.
        host: The address, dotted: ``"127.0.0.1"``.
        port: The port.

    Raises:
        ValueError: The type is another one.
    """

    __match_args__ = ("type", "host", "port")

    def __init__(self, type: Literal["TCP"] | Literal["UDP"], host: str, port: int) -> None:
        if type != "TCP" and type != "UDP":
            raise _wrong_type(type)
        self.type: Literal["TCP"] | Literal["UDP"] = type
        self.host = host
        self.port = port


@implementer(IAddress)
class IPv6Address(_Ordered):
    """
    An IPv6 address and a port.

    Attributes:
        type: ``"TCP"`` or ``"UDP"``.
        host: The address, with colons: ``"::1"``.
        port: The port.
        flowInfo: The flow label; 0 for none.
        scopeID: The number or the name of the interface that a link-local address belongs to; 0 for none.

    Raises:
        ValueError: The type is another one.
    """

    __match_args__ = ("type", "host", "port", "flowInfo", "scopeID")
    _defaults = {"flowInfo": 0, "scopeID": 0}

    def __init__(
        self,
        type: Literal["TCP"] | Literal["UDP"],
        host: str,
        port: int,
        flowInfo: int = 0,
        scopeID: str | int = 0,
    ) -> None:
        if type != "TCP" and type != "UDP":
            raise _wrong_type(type)
        self.type: Literal["TCP"] | Literal["UDP"] = type
        self.host = host
        self.port = port
        self.flowInfo = flowInfo
        self.scopeID = scopeID


@implementer(IAddress)
class HostnameAddress(_Ordered):
    """
    A host's name, not looked up, and a port.

    Attributes:
        hostname: The name, as ASCII bytes.
        port: The port.
    """

    __match_args__ = ("hostname", "port")

    def __init__(self, hostname: bytes, port: int) -> None:
        self.hostname = hostname
        self.port = port


@implementer(IAddress)
class UNIXAddress(_Located):
    """
    A UNIX socket's place in the file system.

    Two addresses are equal if their names are, or if they are two names of one existing file.

    Attributes:
        name: The path, as bytes in the file system's encoding (text is encoded), starting with a zero byte for Linux's
            abstract names; `None` for a socket without a name.
    """

    __match_args__ = ("name",)

    def __init__(self, name: bytes | str | None) -> None:
        self.name: bytes | None = None if name is None else os.fsencode(name)

    def __repr__(self) -> str:
        shown = None if self.name is None else os.fsdecode(self.name)
        return f"UNIXAddress({shown!r})"

    def _file(self) -> tuple[int, int] | None:
        """Tell which file this is: its inode and device, or `None` if there is no such file."""
        if self.name is None:
            return None
        try:
            found = os.stat(self.name)
        except (OSError, ValueError):  # ValueError: an abstract name, with its zero byte.
            return None
        return found.st_ino, found.st_dev

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, UNIXAddress)
        if self.name == other.name:
            return True
        file = self._file()
        return file is not None and file == other._file()

    def __hash__(self) -> int:
        file = self._file()
        return hash(self.name) if file is None else hash(file)


@implementer(IAddress)
class _ProcessAddress:
    """Where a process is: the process itself knows better."""
