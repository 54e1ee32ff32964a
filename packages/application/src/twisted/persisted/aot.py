"""
Objects as Python source that people can read and change: abstract object trees.

An object is first turned into a tree of what Python can write down: numbers, texts, lists, and nodes such as
`Instance` and `Ref`, whose names stand for what they mean. The tree is then written as an expression, one element a
line. Reading goes the other way.

Reading executes the source: read files of your own alone.
"""

from __future__ import annotations

import copyreg
import io
import keyword
import math
import re
from collections.abc import Callable
from tokenize import generate_tokens as tokenize
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from twisted.internet.defer import Deferred
from twisted.persisted import crefutil
from twisted.python import reflect

__all__ = [
    "AOTJellier",
    "AOTUnjellier",
    "Class",
    "Copyreg",
    "Deref",
    "Function",
    "Instance",
    "InstanceMethod",
    "Module",
    "Named",
    "NoStateObj",
    "NonFormattableDict",
    "Ref",
    "dictToKW",
    "getSource",
    "indentify",
    "jellyToAOT",
    "jellyToSource",
    "prettify",
    "r",
    "tokenize",
    "unjellyFromAOT",
    "unjellyFromSource",
]

# Any, throughout: objects and the trees that they are turned into.

# A mark in the place of an instance's state that was not given.
NoStateObj = object()

# The nodes


class Named:
    """Something that is found by its name."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Findable(Named):
    def getSource(self) -> str:
        """Give the expression for it, without indentation."""
        return f"{type(self).__name__}({self.name!r})"


class Class(_Findable):
    """A class."""


class Function(_Findable):
    """A function."""


class Module(_Findable):
    """A module."""


class InstanceMethod:
    """
    A method of an object.

    Args:
        name: The method's name.
        klass: The class that has it, by name.
        inst: The tree of the object: a `Ref`, `Deref` or `Instance`.
    """

    def __init__(self, name: str, klass: str, inst: Any) -> None:
        if not isinstance(inst, (Ref, Deref, Instance, Class)):
            raise TypeError(f"{inst!r} isn't an Instance, Ref, or Deref!")
        self.name = name
        self.klass = klass
        self.instance = inst

    def getSource(self) -> str:
        """Give the expression for it, without indentation."""
        return f"InstanceMethod({self.name!r}, {self.klass!r}, \n\0{prettify(self.instance)})"


class Instance:
    """
    An object.

    Args:
        className: Its class, by name.
        __stateObj__: Its state, if that is no dict with names as keys.
        state: Its attributes.
    """

    def __init__(self, className: str, __stateObj__: Any = NoStateObj, **state: Any) -> None:
        self.klass = className
        if __stateObj__ is not NoStateObj:
            self.state = __stateObj__
            self.stateIsDict = 0
        else:
            self.state = state
            self.stateIsDict = 1

    def getSource(self) -> str:
        """Give the expression for it, without indentation."""
        if self.stateIsDict:
            try:
                return f"Instance({self.klass!r}, {dictToKW(self.state)})"
            except NonFormattableDict:
                # It is written as a dict.
                pass
        return f"Instance({self.klass!r}, {prettify(self.state)})"


class Ref:
    """
    An object that other places refer to, or may refer to, by its number.
    """

    def __init__(self, *args: Any) -> None:
        self.refnum: int | None = None
        self.obj: Any = None
        if args:
            self.refnum, self.obj = args

    def setRef(self, num: int) -> None:
        """Give it a number: somebody refers to it. Raises `ValueError` if it has another."""
        if self.refnum is not None:
            raise ValueError(f"Error setting id {num}, I already have {self.refnum}")
        self.refnum = num

    def setObj(self, obj: Any) -> None:
        """Give it its object's tree. Raises `ValueError` if it has one."""
        if self.obj is not None:
            raise ValueError(f"Error setting obj {obj}, I already have {self.obj}")
        self.obj = obj

    def getSource(self) -> str:
        """Give the expression for it, without indentation: the object alone, if nobody refers to it."""
        if self.obj is None:
            raise RuntimeError("Don't try to display me before setting an object on me!")
        if self.refnum is None:
            return prettify(self.obj)
        return f"Ref({self.refnum}, \n\0{prettify(self.obj)})"


class Deref:
    """A reference to the `Ref` of that number."""

    def __init__(self, num: int) -> None:
        self.refnum = num

    def getSource(self) -> str:
        """Give the expression for it."""
        return f"Deref({self.refnum})"

    __repr__ = getSource


class Copyreg:
    """
    An object that a function makes of its state.

    Args:
        loadfunc: The function's name.
        state: The arguments.
    """

    def __init__(self, loadfunc: str, state: tuple[Any, ...]) -> None:
        self.loadfunc = loadfunc
        self.state = state

    def getSource(self) -> str:
        """Give the expression for it, without indentation."""
        return f"Copyreg({self.loadfunc!r}, {prettify(self.state)})"


# Writing the tree

# What can be the name of an argument.
r = re.compile("[a-zA-Z_][a-zA-Z0-9_]*$")

# What repr writes as it is read.
_SIMPLE = (bool, int, float, complex, str, bytes, slice, type(None), type(Ellipsis))


class NonFormattableDict(Exception):
    """A dict cannot be written as arguments: not all of its keys can be names."""


def getSource(ao: Any) -> str:
    """Give the Python source of a tree."""
    return indentify("app=" + prettify(ao))


def dictToKW(d: dict[Any, Any]) -> str:
    """Write a dict as arguments. Raises `NonFormattableDict`."""
    for key in d:
        if not isinstance(key, str):
            raise NonFormattableDict(f"{key!r} ain't a string")
        if not r.match(key) or keyword.iskeyword(key) or key in ("className", "self"):
            raise NonFormattableDict(f"{key!r} ain't an identifier")
    return "".join(f"\n\0{key}={prettify(d[key])}," for key in sorted(d))


def prettify(obj: Any) -> str:
    """Write a tree as an expression. A NUL byte stands where a line has to be indented; see `indentify`."""
    if hasattr(obj, "getSource"):
        return str(obj.getSource())
    kind = type(obj)
    if kind is float and not math.isfinite(obj):
        return f"float({str(obj)!r})"
    if kind in _SIMPLE:
        return repr(obj)
    if kind is dict:
        items = [f"\n\0{prettify(key)}: {prettify(value)}," for key, value in obj.items()]
        return "{" + "".join(items) + "\n\0}" if items else "{}"
    if kind in (list, tuple):
        begin, end = "[]" if kind is list else "()"
        items = [f"\n\0{prettify(each)}," for each in obj]
        return begin + "".join(items) + "\n\0" + end if items else begin + end
    raise TypeError(f"Unsupported type {kind} when trying to prettify {obj}.")


# A text in quotes, or anything else that counts here.
_PIECES = re.compile(r"""[bB]?'(?:[^'\\]|\\.)*'|[bB]?"(?:[^"\\]|\\.)*"|[\[({]|[\])}]|\0|[ ]+""", re.DOTALL)


def indentify(s: str) -> str:
    """Put blanks into the places that `prettify` marked, two for each bracket that is open, and nowhere else."""
    depth = 0

    def replace(found: re.Match[str]) -> str:
        nonlocal depth
        piece = found.group()
        if piece == "\0":
            return "  " * depth
        if piece.isspace():
            return ""
        if piece in "[({":
            depth += 1
        elif piece in "])}":
            depth -= 1
        return piece

    return _PIECES.sub(replace, s)


# Reading


def unjellyFromAOT(aot: Any) -> Any:
    """Make the object of a tree."""
    return AOTUnjellier().unjelly(aot)


def unjellyFromSource(stringOrFile: Any) -> Any:
    """
    Make the object that a source, or an open file of it, describes as ``app``. The source is executed.

    Raises:
        ValueError: It does not set ``app``.
    """
    source = stringOrFile.read() if hasattr(stringOrFile, "read") else stringOrFile
    names: dict[str, Any] = {
        node.__name__: node for node in (Instance, InstanceMethod, Class, Function, Module, Ref, Deref, Copyreg)
    }
    exec(compile(source, "<source>", "exec", dont_inherit=True), names)
    if "app" not in names:
        raise ValueError(f"{stringOrFile} needs to define an 'app', it didn't!")
    return unjellyFromAOT(names["app"])


class AOTUnjellier:
    """
    Makes objects of trees.

    Attributes:
        references: The objects that have numbers, or what stands for those that are not made yet.
        stack: Trees on the way.
        afterUnjelly: What is called when all is there: functions, and lists whose one element they are given.
    """

    def __init__(self) -> None:
        self.references: dict[int, Any] = {}
        self.stack: list[Any] = []
        self.afterUnjelly: list[tuple[Callable[[Any], object], list[Any]]] = []

    def unjellyLater(self, node: Any) -> Deferred[Any]:
        """Give a Deferred that fires with the object of a tree, as soon as it is made."""
        later = crefutil.Later()
        self.unjellyInto(later, 0, node)
        return later

    def unjellyInto(self, obj: Any, loc: Any, ao: Any) -> Any:
        """
        Put the object of a tree somewhere, now or as soon as it is made.

        Args:
            obj: A container.
            loc: Where in it.
            ao: The tree.

        Returns:
            The object, or a `NotKnown`.
        """
        made = self.unjellyAO(ao)
        obj[loc] = made
        if isinstance(made, crefutil.NotKnown):
            made.addDependant(obj, loc)
        return made

    def callAfter(self, callable: Callable[[Any], object], result: Any) -> None:
        """Call something with *result*, or with the result of that Deferred, when all objects are made."""
        held = [result]
        if isinstance(result, Deferred):
            result.addCallback(lambda value: held.__setitem__(0, value))
        self.afterUnjelly.append((callable, held))

    def unjellyAttribute(self, instance: Any, attrName: str, ao: Any) -> Any:
        """Set an attribute of an object to the object of a tree."""
        return self.unjellyInto(instance.__dict__, attrName, ao)

    def unjelly(self, ao: Any) -> Any:
        """
        Make the object of a tree.

        Raises:
            ValueError: The tree refers to something that is not in it.
        """
        holder: list[Any] = [None]
        self.unjellyInto(holder, 0, ao)
        pending = {
            n for n, value in self.references.items() if isinstance(value, crefutil.NotKnown) and not value.resolved
        }
        missing = sorted(pending)
        if missing or isinstance(holder[0], crefutil.NotKnown):
            raise ValueError(f"nothing in the source has the numbers that it refers to: {missing}")
        for function, held in self.afterUnjelly:
            function(held[0])
        return holder[0]

    def unjellyAO(self, ao: Any) -> Any:
        """
        Make the object of a part of a tree.

        Raises:
            TypeError: It is no part of a tree.
        """
        self.stack.append(ao)
        try:
            kind = type(ao)
            if kind in _SIMPLE:
                return ao
            make = _MAKERS.get(kind)
            if make is None:
                raise TypeError(f"Unsupported AOT type: {kind}")
            return make(self, ao)
        finally:
            self.stack.pop()

    def _list(self, ao: list[Any]) -> Any:
        made: list[Any] = []
        for element in ao:
            made.append(None)
            self.unjellyInto(made, len(made) - 1, element)
        return made

    def _tuple(self, ao: tuple[Any, ...]) -> Any:
        elements = self._list(list(ao))
        if any(isinstance(each, crefutil.NotKnown) for each in elements):
            return crefutil.Sequence(elements)
        return tuple(elements)

    def _dict(self, ao: dict[Any, Any]) -> Any:
        made: dict[Any, Any] = {}
        for key, value in ao.items():
            known = self.unjellyAO(key)
            if isinstance(known, crefutil.NotKnown):
                item = crefutil.DictItem(made)
                known.addDependant(item, 0)
                self.unjellyInto(item, 1, value)
            else:
                self.unjellyInto(made, known, value)
        return made

    def _named(self, ao: Named) -> Any:
        return reflect.namedAny(ao.name)

    def _module(self, ao: Module) -> Any:
        return reflect.namedModule(ao.name)

    def _instance(self, ao: Instance) -> Any:
        kind = reflect.namedAny(ao.klass)
        made = kind.__new__(kind)
        if hasattr(kind, "__setstate__"):
            # It may look at anything in its state: that must be complete.
            self.callAfter(made.__setstate__, self.unjellyLater(ao.state))
        elif ao.stateIsDict:
            self._set_attributes(made, ao.state)
        elif ao.state is not None:
            state = ao.state.obj if isinstance(ao.state, Ref) else ao.state
            if not isinstance(state, dict):
                raise TypeError(f"{ao.klass} takes no state but a dict, and this is {state!r}")
            self._set_attributes(made, state)
        return made

    def _set_attributes(self, made: Any, state: dict[str, Any]) -> None:
        for name, value in state.items():
            self.unjellyAttribute(made, name, value)

    def _method(self, ao: InstanceMethod) -> Any:
        function = getattr(reflect.namedAny(ao.klass), ao.name)
        owner = self.unjellyAO(ao.instance)
        if isinstance(owner, crefutil.NotKnown):
            return crefutil.Method(owner, function)
        return function if isinstance(function, MethodType) else MethodType(function, owner)

    def _deref(self, ao: Deref) -> Any:
        known = self.references.setdefault(ao.refnum, crefutil.NotKnown())
        return known.resolvedObject if isinstance(known, crefutil.NotKnown) and known.resolved else known

    def _ref(self, ao: Ref) -> Any:
        made = self.unjellyAO(ao.obj)
        if ao.refnum is None:
            return made
        known = self.references.get(ao.refnum)
        if isinstance(known, crefutil.NotKnown):
            known.resolveDependants(made)
        elif known is not None:
            raise ValueError(f"two things have the number {ao.refnum}")
        self.references[ao.refnum] = made
        return made

    def _copyreg(self, ao: Copyreg) -> Any:
        function = reflect.namedAny(ao.loadfunc)
        arguments = self.unjellyAO(ao.state)
        if isinstance(arguments, crefutil.NotKnown):
            made = crefutil.NotKnown()

            class Call:
                def __setitem__(self, place: int, value: Any) -> None:
                    if not isinstance(value, crefutil.NotKnown):
                        made.resolveDependants(function(*value))

            arguments.addDependant(Call(), 0)
            return made
        return function(*arguments)


_MAKERS: dict[type, Callable[[AOTUnjellier, Any], Any]] = {
    list: AOTUnjellier._list,
    tuple: AOTUnjellier._tuple,
    dict: AOTUnjellier._dict,
    Class: AOTUnjellier._named,
    Function: AOTUnjellier._named,
    Module: AOTUnjellier._module,
    Instance: AOTUnjellier._instance,
    InstanceMethod: AOTUnjellier._method,
    Deref: AOTUnjellier._deref,
    Ref: AOTUnjellier._ref,
    Copyreg: AOTUnjellier._copyreg,
}


# Turning objects into trees


def jellyToAOT(obj: Any) -> Any:
    """Turn an object into a tree."""
    return AOTJellier().jelly(obj)


def jellyToSource(obj: Any, file: Any = None) -> str | None:
    """
    Turn an object into Python source.

    Args:
        obj: The object.
        file: A file to write it to, of bytes in UTF-8 or of text. Without one the source is returned.
    """
    source = getSource(jellyToAOT(obj))
    if file is None:
        return source
    file.write(source if isinstance(file, io.TextIOBase) else source.encode("utf-8"))
    return None


class AOTJellier:
    """
    Turns objects into trees.

    Attributes:
        prepared: What stands for each object that was met, by its id.
        stack: Objects on the way.
    """

    def __init__(self) -> None:
        self.prepared: dict[int, Ref] = {}
        self._ref_id = 0
        self.stack: list[Any] = []
        # An id is an object's own only while it lives.
        self._alive: list[Any] = []

    def prepareForRef(self, aoref: Ref, object: Any) -> None:
        """Note that *aoref* stands for an object, should it be met again."""
        self.prepared[id(object)] = aoref
        self._alive.append(object)

    def jelly(self, obj: Any) -> Any:
        """Turn an object into a tree; raises `TypeError` for one that cannot be."""
        return self.jellyToAO(obj)

    def jellyToAO(self, obj: Any) -> Any:
        """Turn an object into a part of the tree."""
        kind = type(obj)
        if kind in _SIMPLE:
            return obj
        if isinstance(obj, ModuleType):
            return Module(obj.__name__)
        if isinstance(obj, type):
            return Class(_found(_name(obj), obj))
        if isinstance(obj, FunctionType):
            return Function(_found(_name(obj), obj))
        if isinstance(obj, BuiltinFunctionType) and isinstance(obj.__self__, ModuleType):
            return Function(_found(f"{obj.__self__.__name__}.{obj.__qualname__}", obj))
        if isinstance(obj, MethodType):
            owner = obj.__self__
            klass = owner if isinstance(owner, type) else type(owner)
            return InstanceMethod(obj.__name__, _found(_name(klass), klass), self.jellyToAO(owner))
        return self._referable(obj)

    def _referable(self, obj: Any) -> Any:
        known = self.prepared.get(id(obj))
        if known is not None:
            if known.refnum is None:
                self._ref_id += 1
                known.setRef(self._ref_id)
            assert known.refnum is not None
            return Deref(known.refnum)
        made = Ref()
        self.prepareForRef(made, obj)
        self.stack.append(obj)
        try:
            made.setObj(self._node(obj))
        finally:
            self.stack.pop()
        return made

    def _node(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is list:
            return [self.jellyToAO(each) for each in obj]
        if kind is tuple:
            return tuple(self.jellyToAO(each) for each in obj)
        if kind is dict:
            return {self.jellyToAO(key): self.jellyToAO(value) for key, value in obj.items()}
        if kind in copyreg.dispatch_table:
            reduced: Any = copyreg.dispatch_table[kind](obj)
            return self._call(obj, reduced)
        return self._instance(obj)

    def _call(self, obj: Any, reduced: Any) -> Any:
        if not isinstance(reduced, tuple) or len(reduced) < 2 or any(part is not None for part in reduced[2:]):
            raise TypeError(f"{obj!r} cannot be written as source: it is more than its class and its attributes")
        function, arguments = reduced[:2]
        return Copyreg(_found(_name(function), function), tuple(self.jellyToAO(each) for each in arguments))

    def _instance(self, obj: Any) -> Any:
        kind = type(obj)
        name = _found(_name(kind), kind)
        if "__getstate__" in _methods(kind):
            return Instance(name, self.jellyToAO(obj.__getstate__()))
        reduced: Any = obj.__reduce_ex__(2)
        plain = isinstance(reduced, tuple) and reduced[0] is copyreg.__newobj__  # type: ignore[attr-defined]
        if not plain or reduced[1] != (kind,):
            return self._call(obj, reduced)
        if any(part is not None for part in reduced[3:]) or not isinstance(getattr(obj, "__dict__", {}), dict):
            raise TypeError(f"{obj!r} cannot be written as source: it is more than its class and its attributes")
        state = reduced[2] if len(reduced) > 2 else None
        if state is None:
            return Instance(name)
        if not isinstance(state, dict):
            raise TypeError(f"{obj!r} cannot be written as source: it has slots")
        made = Instance(name)
        made.state = {key: self.jellyToAO(value) for key, value in state.items()}
        return made


def _methods(kind: type) -> set[str]:
    # object has a __getstate__ of its own from 3.11 on.
    return {name for each in kind.__mro__[:-1] for name in vars(each)}


def _name(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def _found(name: str, thing: Any) -> str:
    """Give the name back, if the thing is found by it: else reading would fail, years later."""
    try:
        found = reflect.namedAny(name)
    except (AttributeError, reflect.InvalidName, reflect.ModuleNotFound, reflect.ObjectNotFound):
        found = None
    if found is not thing:
        raise TypeError(f"{thing!r} cannot be written as source: it is not found by its name, {name}")
    return name
