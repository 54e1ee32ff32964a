"""
Finding things by their names, names by things, and things within things.
"""

from __future__ import annotations

import os
import re
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from io import StringIO
from types import MethodType
from typing import Any

__all__ = [
    "InvalidName",
    "ModuleNotFound",
    "ObjectNotFound",
    "QueueMethod",
    "RegexType",
    "accumulateClassDict",
    "accumulateClassList",
    "accumulateMethods",
    "addMethodNamesToDict",
    "filenameToModuleName",
    "findInstances",
    "fullFuncName",
    "fullyQualifiedName",
    "getClass",
    "isLike",
    "isOfType",
    "isSame",
    "modgrep",
    "namedAny",
    "namedClass",
    "namedModule",
    "namedObject",
    "objgrep",
    "prefixedMethodNames",
    "prefixedMethods",
    "qual",
    "requireModule",
    "safe_repr",
    "safe_str",
]

RegexType = re.Pattern


class InvalidName(ValueError):
    """A name is not made of identifiers with dots between them."""


class ModuleNotFound(InvalidName):
    """No module has the first part of a name."""


class ObjectNotFound(InvalidName):
    """A name leads into a module and to nothing there."""


# Names of classes and functions


def qual(clazz: type[object]) -> str:
    """Give the own name of a class, or of an interface, with that of its module; within a class too."""
    return clazz.__module__ + "." + clazz.__name__


def fullyQualifiedName(obj: Any) -> str:  # Any: modules, classes, functions, methods
    """Give the name by which a module, class, function or method can be found; built-in functions' own names."""
    name = getattr(obj, "__qualname__", None)
    if isinstance(obj, MethodType):
        owner = obj.__self__ if isinstance(obj.__self__, type) else type(obj.__self__)
        return f"{owner.__module__}.{owner.__qualname__}.{obj.__name__}"
    if name is None or isinstance(obj, type(sys)):
        return str(obj.__name__)
    module = getattr(obj, "__module__", None)
    return f"{module}.{name}" if module not in (None, "builtins") or isinstance(obj, type) else str(name)


def fullFuncName(func: Any) -> str:  # Any: functions and methods of every kind
    """Give the name by which a function can be found."""
    return fullyQualifiedName(func)


def getClass(obj: object) -> type[object]:
    """Give an object's class."""
    return type(obj)


# Things by name


def namedModule(name: str) -> Any:
    """Import a module by its dotted name."""
    __import__(name)
    return sys.modules[name]


def namedObject(name: str) -> Any:
    """Import the module that a dotted name begins with, and give what its last part names there."""
    module, _, last = name.rpartition(".")
    return getattr(namedModule(module), last)


namedClass = namedObject


def _import_longest(name: str) -> tuple[Any, list[str]]:
    """Import as much of a dotted name as is a module; the module, and the rest of the name."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        module = ".".join(parts[:length])
        try:
            return namedModule(module), parts[length:]
        except ModuleNotFoundError as error:
            # What a module that exists fails to import is its own trouble, and is told.
            if error.name is None or not (module == error.name or module.startswith(error.name + ".")):
                raise
            if length > 1 and parts[0] not in sys.modules and error.name == parts[0]:
                break
    raise ModuleNotFound(f"No module named {name!r}")


def namedAny(name: str) -> Any:
    """
    Give a module, class, function, or attribute of one, by its dotted name.

    Raises:
        InvalidName: It is no dotted name.
        ModuleNotFound: There is no module of its first part.
        AttributeError: A module or object on the way lacks the next part.
    """
    if not name:
        raise InvalidName("Empty module name")
    if "" in name.split("."):
        raise InvalidName(f"name must be a string giving a '.'-separated list of Python identifiers, not {name!r}")
    found, rest = _import_longest(name)
    for part in rest:
        found = getattr(found, part)
    return found


def requireModule(name: str, default: Any = None) -> Any:
    """Import a module, or give *default* if it cannot be imported."""
    try:
        return namedModule(name)
    except ImportError:
        return default


def filenameToModuleName(fn: str | bytes) -> str:
    """Guess the dotted name of the module in a file, from the packages the file lies in."""
    path = os.fsdecode(fn)
    if not path:
        return ""
    path = os.path.abspath(path)
    parts = [os.path.splitext(os.path.basename(path))[0]]
    folder = os.path.dirname(path)
    while os.path.exists(os.path.join(folder, "__init__.py")):
        parts.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    return ".".join(parts)


# Texts that are always there


def safe_repr(o: Any) -> str:
    """Give an object's `repr`; if that fails, a text which says so, with the traceback."""
    try:
        return repr(o)
    except BaseException:
        return _broken(o, "repr")


def safe_str(o: object) -> str:
    """Give an object as text: bytes are decoded if they are UTF-8. If that fails, a text which says so."""
    if isinstance(o, bytes):
        try:
            return o.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        return str(o)
    except BaseException:
        return _broken(o, "str")


def _broken(o: Any, function: str) -> str:
    import traceback

    try:
        name = str(o.__class__.__name__)
    except BaseException:
        # An object can spoil even this.
        name = "(unable to determine class)"
    told = StringIO()
    traceback.print_exc(file=told)
    return f"<{name} instance at {id(o):#x} with {function} error:\n {told.getvalue()}>"


# What classes have, their bases included


def prefixedMethodNames(classObj: type, prefix: str) -> list[str]:
    """Give the names, without *prefix*, of a class's methods that begin with it."""
    found: dict[str, int] = {}
    addMethodNamesToDict(classObj, found, prefix)
    return list(found)


def addMethodNamesToDict(classObj: type, dict: dict[str, int], prefix: str, baseClass: type | None = None) -> None:
    """
    Add to *dict* the names, without *prefix*, of a class's methods that begin with it.

    With *baseClass*, only classes that have it among their direct bases count.
    """
    for kind in reversed(_with_bases(classObj)):
        if baseClass is None or baseClass in kind.__bases__:
            for name, value in vars(kind).items():
                if name.startswith(prefix) and name != prefix and _is_function(value):
                    dict[name[len(prefix) :]] = 1


def _with_bases(kind: type) -> list[type]:
    """A class and its bases: depth first, those that come twice only once."""
    found: dict[type, None] = {}

    def add(one: type) -> None:
        for base in one.__bases__:
            add(base)
        found.setdefault(one)

    add(kind)
    return list(reversed(found))


def _is_function(value: object) -> bool:
    return type(value).__name__ in ("function", "cython_function_or_method") or (
        callable(value) and hasattr(value, "__code__")
    )


def prefixedMethods(obj: Any, prefix: str = "") -> list[Any]:
    """Give an object's methods whose names begin with *prefix*."""
    found: dict[str, Any] = {}
    accumulateMethods(obj, found, prefix)
    return list(found.values())


def accumulateMethods(obj: Any, dict: dict[str, Any], prefix: str = "", curClass: type | None = None) -> None:
    """Add to *dict* an object's methods whose names begin with *prefix*, by the rest of their names."""
    for kind in reversed(_with_bases(obj.__class__ if curClass is None else curClass)):
        for name, value in vars(kind).items():
            if name.startswith(prefix) and _is_function(value):
                dict[name[len(prefix) :]] = getattr(obj, name)


def accumulateClassDict(classObj: type, attr: str, adict: dict[Any, Any], baseClass: type | None = None) -> None:
    """Update *adict* with the dictionaries that a class and its bases have as *attr*, the class's own last."""
    for base in classObj.__bases__:
        accumulateClassDict(base, attr, adict)
    if baseClass is None or baseClass in classObj.__bases__:
        adict.update(vars(classObj).get(attr, {}))


def accumulateClassList(classObj: type, attr: str, listObj: list[Any], baseClass: type | None = None) -> None:
    """Extend *listObj* with the lists that a class and its bases have as *attr*, the class's own last."""
    for base in classObj.__bases__:
        accumulateClassList(base, attr, listObj)
    if baseClass is None or baseClass in classObj.__bases__:
        listObj.extend(vars(classObj).get(attr, []))


# Things within things


def isSame(a: object, b: object) -> bool:
    """Tell whether two names mean one object."""
    return a is b


def isLike(a: object, b: object) -> bool:
    """Tell whether two objects are equal. An object that cannot be compared is equal to none."""
    try:
        return a == b
    except Exception:
        return False


def isOfType(start: object, goal: type) -> bool:
    """Tell whether an object is exactly of a type."""
    return type(start) is goal


def findInstances(start: object, t: type) -> list[str]:
    """Give the paths from *start* to objects of a type."""
    return objgrep(start, t, isOfType)


def modgrep(goal: object) -> list[str]:
    """Give the paths from the loaded modules to an object."""
    return objgrep(sys.modules, goal, isLike, "sys.modules")


def _inside(start: object) -> Iterable[tuple[str, object]] | None:
    """What an object holds, each with how to get at it; `None` if nobody knows how to look into it."""
    if isinstance(start, dict):
        pairs: list[tuple[str, object]] = []
        for key, value in start.items():
            pairs += [(f"{{{key!r}}}", key), (f"[{key!r}]", value)]
        return pairs
    if isinstance(start, (list, tuple, deque)):
        return [(f"[{place}]", value) for place, value in enumerate(start)]
    if isinstance(start, MethodType):
        return [
            (".__self__", start.__self__),
            (".__func__", start.__func__),
            (".__self__.__class__", type(start.__self__)),
        ]
    if isinstance(start, weakref.ReferenceType):
        return [("()", start())]
    if isinstance(start, (str, bytes, int, float, type(None), type(Ellipsis), re.Pattern)) or callable(start):
        return [] if not hasattr(start, "__dict__") else [("." + name, value) for name, value in vars(start).items()]
    if hasattr(start, "__dict__"):
        return [("." + name, value) for name, value in vars(start).items()] + [(".__class__", type(start))]
    return None


def objgrep(
    start: object,
    goal: object,
    eq: Callable[[Any, Any], bool] = isLike,
    path: str = "",
    paths: list[str] | None = None,
    seen: dict[int, object] | None = None,
    showUnknowns: bool | int = 0,
    maxDepth: int | None = None,
) -> list[str]:
    """
    Search an object, what it holds, what that holds, and so on.

    Args:
        start: Where to begin.
        goal: What to look for.
        eq: Called with an object and *goal*; tells whether it is found.
        path: How to get at *start*, in Python.
        paths: What paths are added to.
        seen: What was looked at already.
        showUnknowns: Print what cannot be looked into.
        maxDepth: How deep to look.

    Returns:
        The paths to what was found.
    """
    found = [] if paths is None else paths
    known: dict[int, object] = {} if seen is None else seen
    # A list of its own instead of recursion: what programs hold may be nested deeper than the interpreter's stack.
    waiting: list[tuple[object, str, int | None]] = [(start, path, maxDepth)]
    while waiting:
        thing, way, depth = waiting.pop()
        if eq(thing, goal):
            found.append(way)
        if id(thing) in known:
            if known[id(thing)] is thing:
                continue
        else:
            known[id(thing)] = thing
        if depth is not None:
            if depth == 0:
                continue
            depth -= 1
        inside = _inside(thing)
        if inside is None:
            if showUnknowns:
                print("unknown type", type(thing), thing)
            continue
        waiting += reversed([(value, way + step, depth) for step, value in inside])
    return found


class QueueMethod:
    """Stands for a method that is called later: notes the calls in a list."""

    def __init__(self, name: str, calls: list[tuple[str, tuple[object, ...]]]) -> None:
        self.name = name
        self.calls = calls

    def __call__(self, *args: object) -> None:
        self.calls.append((self.name, args))
