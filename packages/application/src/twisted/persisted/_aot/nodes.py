"""
What trees are made of, beside what Python itself can write down.
"""

from __future__ import annotations

from typing import Any

from twisted.persisted._aot.source import NonFormattableDict, dictToKW, prettify

# Any, throughout: objects and the trees that they are turned into.

# A mark in the place of an instance's state that was not given.
NoStateObj = object()


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
