"""
Modules made new while the program runs.

`rebuild` loads a module again, and sees to it that what was made by its old version (functions that others hold,
instances of its classes) behaves like the new one. It is meant for development: what no longer exists stays as it was.
"""

from __future__ import annotations

import time
from types import FunctionType, MethodType, ModuleType
from typing import Any

from twisted.python import reflect

__all__ = [
    "RebuildError",
    "Sensitive",
    "lastRebuild",
    "latestClass",
    "latestFunction",
    "rebuild",
    "updateInstance",
]

# When anything was rebuilt last, in seconds since the epoch.
lastRebuild = time.time()


class RebuildError(Exception):
    """A module must not be rebuilt."""


# Everything here is about objects of any type, hence Any.


class Sensitive:
    """A base for what wants to know that something was rebuilt."""

    lastRebuild = lastRebuild

    def needRebuildUpdate(self) -> bool:
        """Tell whether something was rebuilt since `rebuildUpToDate`."""
        return self.lastRebuild < lastRebuild

    def rebuildUpToDate(self) -> None:
        """Remember that this has seen what was rebuilt."""
        self.lastRebuild = time.time()

    def latestVersionOf(self, anObject: Any) -> Any:
        """Give the newest version of a function, a method, a class or an instance; other things as they are."""
        if isinstance(anObject, FunctionType):
            return latestFunction(anObject)
        if isinstance(anObject, MethodType):
            return getattr(anObject.__self__, anObject.__name__, anObject)
        if isinstance(anObject, type):
            return latestClass(anObject)
        if type(anObject).__module__ != "builtins":
            updateInstance(anObject)
        return anObject


def latestFunction(oldFunc: Any) -> Any:
    """Give the function that has an old one's name in its module now."""
    return getattr(reflect.namedModule(oldFunc.__module__), oldFunc.__name__)


def latestClass(oldClass: type) -> type:
    """Give the class that has an old one's name in its module now; the old one, if none has."""
    newest = getattr(reflect.namedModule(oldClass.__module__), oldClass.__name__, oldClass)
    return newest if isinstance(newest, type) else oldClass


def updateInstance(self: Any) -> None:
    """Make something an instance of the newest version of its class."""
    self.__class__ = latestClass(type(self))


def _renew_function(old: FunctionType, new: FunctionType) -> None:
    """Make an old function do what a new one does, for those who hold the old one."""
    if len(old.__code__.co_freevars) == len(new.__code__.co_freevars):
        old.__code__ = new.__code__
        old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__
        old.__doc__ = new.__doc__
        old.__dict__.update(new.__dict__)


def _renew_class(old: type, new: type) -> None:
    """Make an old class do what a new one does, and its instances the new one's."""
    import gc

    for name, value in list(vars(new).items()):
        before = vars(old).get(name)
        if isinstance(before, FunctionType) and isinstance(value, FunctionType):
            _renew_function(before, value)
        elif name not in ("__dict__", "__weakref__", "__module__", "__doc__", "__slots__"):
            try:
                setattr(old, name, value)
            except (AttributeError, TypeError):
                continue
    for instance in gc.get_referrers(old):
        if type(instance) is old:
            try:
                instance.__class__ = new
            except TypeError:
                continue  # The two differ in how they are laid out in memory: it stays what it was.


def rebuild(module: ModuleType, doLog: int = 1) -> ModuleType:
    """
    Load a module again, and make what its old version left behind new.

    Args:
        module: The module.
        doLog: Whether to log what is done.

    Returns:
        The module.

    Raises:
        RebuildError: Its attribute ``ALLOW_TWISTED_REBUILD`` is false.
        Exception: Whatever the module raises as it is loaded. What was there before is still there then.
    """
    global lastRebuild
    from importlib import reload

    if not getattr(module, "ALLOW_TWISTED_REBUILD", True):
        raise RebuildError("I am not allowed to be rebuilt.")
    if doLog:
        from twisted.python import log

        log.msg(f"Rebuilding {module.__name__}...")

    before = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, (type, FunctionType)) and value.__module__ == module.__name__
    }
    reload(module)
    for name, old in before.items():
        new = getattr(module, name, None)
        if new is old:
            continue
        if isinstance(old, FunctionType) and isinstance(new, FunctionType):
            _renew_function(old, new)
        elif isinstance(old, type) and isinstance(new, type):
            _renew_class(old, new)
    lastRebuild = time.time()
    if doLog:
        log.msg(f"Rebuilt {module.__name__}.")
    return module
