"""
Plugins: objects that other distributions and programs put into modules of a package which is shared for the purpose.

To ask what there is (`getPlugins`), modules need not be imported: a file ``dropin.cache`` in each folder remembers
what they contain, and is written anew when one of them is younger than it. Folders that cannot be written to are read
again each time.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from zope.interface import Interface, providedBy

from twisted.logger import Logger

__all__ = [
    "CachedDropin",
    "CachedPlugin",
    "IPlugin",
    "fromkeys",
    "getCache",
    "getPlugIns",
    "getPlugins",
    "pluginPackagePaths",
]

_Provider = TypeVar("_Provider")
_CACHE = "dropin.cache"
_SUFFIXES = (".py", ".pyc")
_log = Logger()
fromkeys = dict.fromkeys


class IPlugin(Interface):
    """Marks what a plugin module offers; what it is for, its other interfaces say."""


class CachedPlugin:
    """
    What is known of a plugin without importing its module.

    Attributes:
        dropin: The module's `CachedDropin`.
        name: What the plugin is called there.
        description: Its docstring.
        provided: Its interfaces.
    """

    def __init__(self, dropin: CachedDropin, name: str, description: str | None, provided: list[Any]) -> None:
        """
        Args:
            dropin: The module's.
            name: What the plugin is called there.
            description: Its docstring.
            provided: Its interfaces.
        """
        self.dropin = dropin
        self.name = name
        self.description = description
        self.provided = provided
        dropin.plugins.append(self)

    def __repr__(self) -> str:
        provided = ", ".join(interface.__name__ for interface in self.provided)
        return f"<CachedPlugin {self.name!r}/{self.dropin.moduleName!r} (provides {provided!r})>"

    def load(self) -> Any:  # Any: a plugin can be anything.
        """Import the module and return the plugin."""
        return getattr(import_module(self.dropin.moduleName), self.name)

    def __conform__(self, interface: Any, registry: object = None, default: Any = None) -> Any:
        """Return the plugin if it provides *interface*, adapted if need be, else *default*."""
        for provided in self.provided:
            if provided.isOrExtends(interface):
                return self.load()
            from twisted.python.components import getAdapterFactory

            if getAdapterFactory(provided, interface, None) is not None:
                return interface(self.load(), default)
        return default

    getComponent = __conform__


class CachedDropin:
    """
    What is known of a plugin module without importing it.

    Attributes:
        moduleName: Its dotted name.
        description: Its docstring.
        plugins: Its `CachedPlugin` objects.
    """

    def __init__(self, moduleName: str, description: str | None) -> None:
        """
        Args:
            moduleName: The module's dotted name.
            description: Its docstring.
        """
        self.moduleName = moduleName
        self.description = description
        self.plugins: list[CachedPlugin] = []


def _described(module: ModuleType) -> CachedDropin:
    dropin = CachedDropin(module.__name__, module.__doc__)
    for name, value in vars(module).items():
        if isinstance(value, type):
            # A class may implement what its instances are for; it is no plugin itself.
            provided = list(providedBy(value))
        else:
            try:
                provided = list(providedBy(value))
            except Exception:
                continue
        if any(interface.isOrExtends(IPlugin) for interface in provided):
            CachedPlugin(dropin, name, getattr(value, "__doc__", None), provided)
    return dropin


def _modules(folder: str) -> dict[str, float]:
    """The modules in *folder*, with the time when each was changed."""
    found: dict[str, float] = {}
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return found
    for entry in sorted(entries, key=lambda entry: entry.name):
        name, suffix = os.path.splitext(entry.name)
        if suffix in _SUFFIXES and name.isidentifier() and name != "__init__":
            try:
                changed = entry.stat().st_mtime
            except OSError:
                continue
            found[name] = max(changed, found.get(name, 0.0))
    return found


def _read(path: str) -> tuple[dict[str, CachedDropin], float]:
    """Read a cache file; an old or broken one counts for nothing."""
    try:
        written = os.stat(path).st_mtime
        with open(path, "rb") as file:
            cache = pickle.load(file)
    except FileNotFoundError:
        return {}, 0.0
    except Exception:
        _log.failure("plugin cache {path} cannot be read: it is made anew", path=path)
        return {}, 0.0
    return (cache, written) if isinstance(cache, dict) else ({}, 0.0)


def _write(path: str, cache: dict[str, CachedDropin]) -> None:
    """Write a cache file, at once or not at all."""
    temporary = f"{path}.{os.getpid()}.new"
    try:
        with open(temporary, "wb") as file:
            pickle.dump(cache, file)
        os.replace(temporary, path)
    except Exception as error:
        try:
            os.remove(temporary)
        except OSError:
            pass
        _log.info("plugin cache {path} cannot be written: {error}", path=path, error=str(error))


def getCache(module: ModuleType) -> dict[str, CachedDropin]:
    """
    Find the plugin modules of a package.

    Args:
        module: The package.

    Returns:
        A `CachedDropin` for each, by the module's last name. One that cannot be imported is logged and left out.
    """
    everything: dict[str, CachedDropin] = {}
    for folder in list(module.__path__):
        present = _modules(folder)
        path = os.path.join(folder, _CACHE)
        cache, written = _read(path) if present else ({}, 0.0)
        changed = [name for name in cache if name not in present]
        for name in changed:
            del cache[name]
        for name, when in present.items():
            if name in cache and when < written:
                continue
            changed.append(name)
            try:
                cache[name] = _described(import_module(f"{module.__name__}.{name}"))
            except Exception:
                cache.pop(name, None)
                _log.failure("plugin module {module} cannot be imported", module=f"{module.__name__}.{name}")
        if changed and present:
            _write(path, cache)
        # What comes first on the path wins, as it does for import.
        everything = {**cache, **everything}
    return everything


def _plugins(package: ModuleType) -> Iterator[CachedPlugin]:
    for dropin in getCache(package).values():
        yield from dropin.plugins


def getPlugins(interface: type[_Provider], package: ModuleType | None = None) -> Iterable[_Provider]:
    """
    Find plugins.

    Args:
        interface: What they must provide, or be adaptable to.
        package: Whose they are; `twisted.plugins` if `None`.

    Returns:
        The plugins. One that cannot be loaded is logged and left out.
    """
    if package is None:
        package = import_module("twisted.plugins")
    adapt: Callable[[Any, Any], Any] = interface  # Any: an interface, called, adapts.
    for plugin in _plugins(package):
        try:
            adapted = adapt(plugin, None)
        except Exception:
            _log.failure("plugin {plugin} cannot be loaded", plugin=plugin)
            continue
        if adapted is not None:
            yield adapted


getPlugIns = getPlugins


def pluginPackagePaths(name: str) -> list[str]:
    """
    Find further folders of a plugin package: those of its name on `sys.path` that are no package themselves.

    Args:
        name: The package's dotted name.
    """
    pieces = name.split(".")
    return [
        folder
        for folder in (os.path.abspath(os.path.join(entry, *pieces)) for entry in sys.path if isinstance(entry, str))
        if os.path.isdir(folder) and not os.path.exists(os.path.join(folder, "__init__.py"))
    ]
