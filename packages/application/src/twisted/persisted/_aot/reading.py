"""
From source and trees to objects.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from twisted.internet.defer import Deferred
from twisted.persisted import crefutil
from twisted.persisted._aot.nodes import Class, Copyreg, Deref, Function, Instance, InstanceMethod, Module, Named, Ref
from twisted.persisted._aot.source import SIMPLE
from twisted.python import reflect

# Any, throughout: objects and the trees that they are turned into.


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
            if kind in SIMPLE:
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
