"""
Objects that change while they lie in a file: versions, things to leave out, and pickles of methods and modules.
"""

from __future__ import annotations

import copyreg
from importlib import import_module
from io import StringIO
from types import MethodType, ModuleType
from typing import Any

from twisted.logger import Logger
from twisted.python import reflect

__all__ = [
    "Ephemeral",
    "Versioned",
    "doUpgrade",
    "oldModules",
    "pickleMethod",
    "pickleModule",
    "pickleStringI",
    "pickleStringO",
    "requireUpgrade",
    "unpickleMethod",
    "unpickleModule",
    "unpickleStringI",
    "unpickleStringO",
    "upgraded",
    "versionedsToUpgrade",
]

_log = Logger()

# Where modules are that pickles know by an older name.
oldModules: dict[str, str] = {}

# Objects that came out of a pickle, and have yet to be brought up to date; and those that have been. By their id.
versionedsToUpgrade: dict[int, Versioned] = {}
upgraded: dict[int, int] = {}

# Any, throughout: what pickles take and give.


def pickleMethod(method: Any) -> tuple[Any, ...]:
    """Say how a method is made again: by its name, its object and its class."""
    owner = method.__self__
    return unpickleMethod, (method.__name__, owner, owner.__class__)


def unpickleMethod(im_name: str, im_self: Any, im_class: Any) -> Any:
    """
    Find a method again.

    Args:
        im_name: Its name.
        im_self: Its object; `None` for the plain function.
        im_class: Its class when it was pickled. If the object has another class by now, that one's method is taken,
            if there is one.
    """
    if im_self is None:
        return getattr(im_class, im_name)
    try:
        function = getattr(im_class, im_name)
    except AttributeError:
        # One of a class's own methods, whose object is the class; or the object has another class by now.
        if not hasattr(im_self, im_name):
            raise
        return getattr(im_self, im_name)
    if im_self.__class__ is not im_class:
        current: Any = getattr(im_self, im_name, None)
        if current is not None:
            return current
    # A class's own method is bound already.
    return function if isinstance(function, MethodType) else MethodType(function, im_self)


def pickleModule(module: ModuleType) -> tuple[Any, ...]:
    """Say how a module is found again: by its name."""
    return unpickleModule, (module.__name__,)


def unpickleModule(name: str) -> ModuleType:
    """Find a module again, by its name or its new one in `oldModules`."""
    if name in oldModules:
        _log.info("Module has moved: {name!r}", name=name)
        name = oldModules[name]
    return import_module(name)


def pickleStringO(stringo: StringIO) -> tuple[Any, ...]:
    """Say how a file in memory is made again: by its text, and where it stands."""
    return unpickleStringO, (stringo.getvalue(), stringo.tell())


def unpickleStringO(val: str, sek: int) -> StringIO:
    """Make a file in memory that stands at *sek*."""
    made = StringIO()
    made.write(val)
    made.seek(sek)
    return made


def pickleStringI(stringi: StringIO) -> tuple[Any, ...]:
    """Say how a file in memory is made again."""
    return unpickleStringI, (stringi.getvalue(), stringi.tell())


def unpickleStringI(val: str, sek: int) -> StringIO:
    """Make a file in memory that stands at *sek*."""
    made = StringIO(val)
    made.seek(sek)
    return made


copyreg.pickle(MethodType, pickleMethod)
copyreg.pickle(ModuleType, pickleModule)


class Ephemeral:
    """An object that does not outlive its process: what is pickled is a plain `Ephemeral`, without any state."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Ephemeral, ()

    def __getstate__(self) -> Any:
        _log.warn("{object!r} is not kept in the file it is written to", object=self)
        return None

    def __setstate__(self, state: object) -> None:
        self.__class__ = Ephemeral


class Versioned:
    """
    An object that brings itself up to date when it comes out of an old pickle.

    A class that raises its *persistenceVersion* to N gives itself a method ``upgradeToVersionN``. After unpickling,
    call `doUpgrade`; the methods for all versions since are called in turn, those of base classes first.

    Attributes:
        persistenceVersion: The version of the class's state.
        persistenceForgets: Names of attributes that are not pickled.
    """

    persistenceVersion = 0
    persistenceForgets: tuple[str, ...] = ()

    def __setstate__(self, state: dict[str, Any]) -> None:
        versionedsToUpgrade[id(self)] = self
        self.__dict__.update(state)

    def __getstate__(self, dict: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give the state: *dict*, or all attributes, without those to forget and with the versions of the classes."""
        state = (self.__dict__ if dict is None else dict).copy()
        for each in self._versioned_classes():
            for forgotten in each.__dict__.get("persistenceForgets", ()):
                state.pop(forgotten, None)
            if "persistenceVersion" in each.__dict__:
                state[_key(each)] = each.persistenceVersion
        return state

    def _versioned_classes(self) -> list[type[Versioned]]:
        """Give the classes that have versions of their own, base classes first."""
        mro = reversed(type(self).__mro__)
        return [each for each in mro if issubclass(each, Versioned) and each is not Versioned]

    def versionUpgrade(self) -> None:
        """Bring the object up to date. `doUpgrade` calls this."""
        for each in self._versioned_classes():
            if "persistenceVersion" not in each.__dict__:
                continue
            stored: int = self.__dict__.pop(_key(each), 0)
            for version in range(stored + 1, each.persistenceVersion + 1):
                method = each.__dict__.get(f"upgradeToVersion{version}")
                if method is not None:
                    upgraded[id(self)] = 1
                    _log.info(
                        "Upgrading {kind} (of {module} @ {id}) to version {version}",
                        kind=each.__name__,
                        module=each.__module__,
                        id=id(self),
                        version=version,
                    )
                    method(self)


def _key(each: type) -> str:
    return f"{reflect.qual(each)}.persistenceVersion"


def requireUpgrade(obj: Any) -> Any:
    """Bring an object up to date before its turn, as an upgrade of another may need it. Gives it if it was due."""
    waiting = versionedsToUpgrade.pop(id(obj), None)
    if waiting is None:
        return None
    waiting.versionUpgrade()
    return obj


def doUpgrade() -> None:
    """Bring all objects up to date that came out of pickles."""
    while versionedsToUpgrade:
        _, waiting = versionedsToUpgrade.popitem()
        waiting.versionUpgrade()
    upgraded.clear()
