"""
Adapters: asking an object for an interface it does not provide itself.

``IConsumer(protocol)`` works where somebody has registered how a protocol becomes a consumer, with `registerAdapter`.
A `Componentized` object keeps what it was adapted to, so that each of its faces remembers what was done to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import declarations, interface
from zope.interface.adapter import AdapterRegistry
from zope.interface.interface import InterfaceClass

__all__ = [
    "Adapter",
    "Componentized",
    "ReprableComponentized",
    "getAdapterFactory",
    "getRegistry",
    "proxyForInterface",
    "registerAdapter",
]

# Any, here and below: interfaces, what is adapted and what comes of it are the users', and of every type.

# What `Interface(obj)` raises when it finds no way.
CannotAdapt = TypeError

# Whether a registration may replace another one. For tests of those who register twice.
ALLOW_DUPLICATES = 0

globalRegistry = AdapterRegistry()


def getRegistry() -> Any:
    """Give the registry that adapters are registered with."""
    return globalRegistry


def _specification(kind: Any) -> Any:
    """Turn a class into what it implements; an interface is what it is."""
    return kind if isinstance(kind, InterfaceClass) else declarations.implementedBy(kind)  # type: ignore[no-untyped-call]  # zope has no types


def registerAdapter(adapterFactory: Callable[[Any], Any], origInterface: Any, *interfaceClasses: Any) -> None:
    """
    Say how objects come to provide an interface.

    Args:
        adapterFactory: Takes the object and returns one that provides the interfaces, or `None` if that cannot be.
        origInterface: The interface, or the class, that such objects have.
        interfaceClasses: What the factory's products provide; at least one.

    Raises:
        ValueError: There is another way from and to one of these.
    """
    assert interfaceClasses, "You need to pass an Interface"
    origin = _specification(origInterface)
    for wanted in interfaceClasses:
        known = globalRegistry.registered([origin], wanted)
        if known is not None and not ALLOW_DUPLICATES:
            raise ValueError(f"an adapter ({known}) was already registered.")
    for wanted in interfaceClasses:
        globalRegistry.register([origin], wanted, "", adapterFactory)


def getAdapterFactory(fromInterface: Any, toInterface: Any, default: Any) -> Any:
    """Give the factory that leads from an interface or class to an interface, or *default* if there is none."""
    factory = getRegistry().lookup([_specification(fromInterface)], toInterface)
    return default if factory is None else factory


def _addHook(registry: Any) -> Callable[[Any, Any], Any]:
    """Let a registry take part in every adaptation, and return what `_removeHook` takes."""

    def hook(wanted: Any, original: Any) -> Any:
        factory = registry.lookup1(declarations.providedBy(original), wanted)
        return None if factory is None else factory(original)

    interface.adapter_hooks.append(hook)
    return hook


def _removeHook(hook: Callable[[Any, Any], Any]) -> None:
    """Undo `_addHook`."""
    interface.adapter_hooks.remove(hook)


_addHook(globalRegistry)


class Adapter:
    """
    A base for adapters: keeps what it adapts as ``original``.

    Attributes:
        temporaryAdapter: Whether a `Componentized` object makes a new adapter each time instead of keeping one.
        multiComponent: Whether one adapter serves all the interfaces it provides.
    """

    temporaryAdapter: int = 0
    multiComponent: int = 1

    def __init__(self, original: Any) -> None:
        self.original = original

    def __conform__(self, interface: Any) -> Any:
        # The original may have faces that its adapters do not know of.
        if hasattr(self.original, "__conform__"):
            return self.original.__conform__(interface)
        return None

    def isuper(self, iface: Any, adapter: Any) -> Any:
        """Hand the question on to what is adapted."""
        return self.original.isuper(iface, adapter)


def _qualified(wanted: Any) -> str:
    return f"{wanted.__module__}.{wanted.__name__}"


class Componentized:
    """An object of many faces: each interface it is adapted to has one adapter, which is kept with it."""

    persistenceVersion: int = 1

    def __init__(self) -> None:
        self._adapterCache: dict[str, Any] = {}

    def locateAdapterClass(self, klass: Any, interfaceClass: Any, default: Any) -> Any:
        """Give what adapts objects of a class to an interface, or *default*."""
        return getAdapterFactory(klass, interfaceClass, default)

    def setAdapter(self, interfaceClass: Any, adapterClass: Any) -> None:
        """Make an adapter of this class, and keep it as the one for the interface."""
        self.setComponent(interfaceClass, adapterClass(self))

    def addAdapter(self, adapterClass: Any, ignoreClass: Any = 0) -> None:
        """Make an adapter of this class, and keep it as the one for each interface it provides."""
        self.addComponent(adapterClass(self), ignoreClass)

    def setComponent(self, interfaceClass: Any, component: Any) -> None:
        """Keep an object as the one that provides the interface for this one."""
        self._adapterCache[_qualified(interfaceClass)] = component

    def addComponent(self, component: Any, ignoreClass: Any = 0) -> None:
        """
        Keep an object as the one for each interface it provides.

        Args:
            component: The object.
            ignoreClass: Whether to take it also where adapters of this object's class for the interface are known
                that are not of the component's class.
        """
        for provided in declarations.providedBy(component):
            if ignoreClass or self.locateAdapterClass(self.__class__, provided, None) == component.__class__:
                self._adapterCache[_qualified(provided)] = component

    def unsetComponent(self, interfaceClass: Any) -> None:
        """Forget the one for an interface. Raises `KeyError` if there is none."""
        del self._adapterCache[_qualified(interfaceClass)]

    def removeComponent(self, component: Any) -> list[Any]:
        """Forget an object, and return the interfaces it was kept for."""
        names = [name for name, kept in self._adapterCache.items() if kept is component]
        for name in names:
            del self._adapterCache[name]
        known = {_qualified(provided): provided for provided in declarations.providedBy(component)}
        return [known[name] if name in known else _named(name) for name in names]

    def getComponent(self, interface: Any, default: Any = None) -> Any:
        """
        Give what provides an interface for this object, making and keeping it if need be.

        Returns:
            The one kept; or a new adapter; or *default* if nobody knows how.
        """
        name = _qualified(interface)
        if name in self._adapterCache:
            return self._adapterCache[name]
        factory = self.locateAdapterClass(self.__class__, interface, None)
        adapter = None if factory is None else factory(self)
        if adapter is None:
            return default
        if not (hasattr(adapter, "temporaryAdapter") and adapter.temporaryAdapter):
            self._adapterCache[name] = adapter
            if getattr(adapter, "multiComponent", 0):
                self.addComponent(adapter)
        return adapter

    def __conform__(self, interface: Any) -> Any:
        return self.getComponent(interface)


def _named(name: str) -> Any:
    from twisted.python.reflect import namedAny

    return namedAny(name)


class ReprableComponentized(Componentized):
    """An object of many faces that shows them when it is printed."""

    def __repr__(self) -> str:
        from pprint import pformat

        return pformat(self._adapterCache) + "\n"


class _Forwarded:
    """An attribute that is somebody else's: got, set and deleted there."""

    def __init__(self, name: str, holder: str, doc: str) -> None:
        self._name = name
        self._holder = holder
        self.__doc__ = doc

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            return _ForwardedCall(self._name, self._holder)
        return getattr(getattr(instance, self._holder), self._name)

    def __set__(self, instance: object, value: Any) -> None:
        setattr(getattr(instance, self._holder), self._name, value)

    def __delete__(self, instance: object) -> None:
        delattr(getattr(instance, self._holder), self._name)


class _ForwardedCall:
    """A forwarded method as the class has it, so that ``Proxy.method(self, ...)`` works in subclasses."""

    def __init__(self, name: str, holder: str) -> None:
        self.methodName = name
        self._holder = holder

    def __call__(self, instance: object, *args: Any, **kwargs: Any) -> Any:
        return getattr(getattr(instance, self._holder), self.methodName)(*args, **kwargs)


def _names(iface: Any) -> Iterable[tuple[str, Any]]:
    found: Iterable[tuple[str, Any]] = iface.namesAndDescriptions(all=True)
    return found


def proxyForInterface(iface: Any, originalAttribute: str = "original") -> Any:
    """
    Make a class that provides an interface by handing everything on to an object.

    Args:
        iface: The interface.
        originalAttribute: The attribute that the class keeps the object in.

    Returns:
        A class, made with the object, meant to be subclassed: override what is to be different.
    """

    def __init__(self: Any, original: Any) -> None:
        setattr(self, originalAttribute, original)

    contents: dict[str, Any] = {"__init__": __init__}
    for name, described in _names(iface):
        contents[name] = _Forwarded(name, originalAttribute, described.__doc__)
    proxy = type(f"(Proxy for {_qualified(iface)})", (object,), contents)
    declarations.classImplements(proxy, iface)  # type: ignore[misc]  # the class is made here
    return proxy
