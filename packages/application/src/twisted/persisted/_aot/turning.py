"""
From objects to trees, and to their source.
"""

from __future__ import annotations

import copyreg
import io
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from twisted.persisted._aot.nodes import Class, Copyreg, Deref, Function, Instance, InstanceMethod, Module, Ref
from twisted.persisted._aot.source import SIMPLE, getSource
from twisted.python import reflect

# Any, throughout: objects and the trees that they are turned into.


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
        if kind in SIMPLE:
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
