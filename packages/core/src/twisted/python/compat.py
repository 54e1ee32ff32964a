"""
What once papered over the differences between versions of Python.

Some of it is still of use. The rest stands here for programs that still import it; asking for it warns.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, AnyStr, TypeVar

if TYPE_CHECKING:
    from types import FrameType

_T = TypeVar("_T", bound=type)

__all__ = [
    "cmp",
    "comparable",
    "currentframe",
    "execfile",
    "ioType",
    "iterbytes",
    "lazyByteSlice",
    "nativeString",
    "networkString",
]


def currentframe(n: int = 0) -> FrameType:
    """Give the caller's frame, or one *n* calls further out."""
    return sys._getframe(n + 1)


def execfile(filename: str, globals: dict[str, Any], locals: dict[str, Any] | None = None) -> None:
    """Execute a file of Python, with the name ``__file__`` set to where it is."""
    with open(filename, "rb") as file:
        code = compile(file.read(), filename, "exec", dont_inherit=True)
    exec(code, globals, globals if locals is None else locals)


def cmp(a: Any, b: Any) -> int:
    """Compare two objects: -1, 0 or 1."""
    return -1 if a < b else 0 if a == b else 1


def comparable(klass: _T) -> _T:
    """Give a class that has ``__cmp__`` the six comparisons; used as a decorator."""

    def by(decide: Any) -> Any:
        def compare(self: Any, other: object) -> Any:
            result = self.__cmp__(other)
            return result if result is NotImplemented else decide(result)

        return compare

    for name, decide in {
        "__eq__": lambda result: result == 0,
        "__ne__": lambda result: result != 0,
        "__lt__": lambda result: result < 0,
        "__le__": lambda result: result <= 0,
        "__gt__": lambda result: result > 0,
        "__ge__": lambda result: result >= 0,
    }.items():
        made = by(decide)
        made.__name__ = name
        setattr(klass, name, made)
    return klass


def ioType(fileIshObject: Any, default: Any = str) -> Any:
    """Tell what a file takes: `str` or `bytes`; *default* if there is no telling."""
    import io

    if isinstance(fileIshObject, io.TextIOBase):
        return str
    if isinstance(fileIshObject, io.IOBase):
        return bytes
    encoding = getattr(fileIshObject, "encoding", None)
    import codecs

    if isinstance(fileIshObject, (codecs.StreamReader, codecs.StreamReaderWriter)):
        # What StreamReader reads is text; what it is asked for may be either.
        return str
    return str if encoding else default


def nativeString(s: AnyStr) -> str:
    """
    Give text for text, and for bytes too if they are ASCII.

    Raises:
        TypeError: It is neither.
        UnicodeError: It is not ASCII.
    """
    if isinstance(s, bytes):
        return s.decode("ascii")
    if isinstance(s, str):
        # The same strictness for both.
        s.encode("ascii")
        return s
    raise TypeError(f"{s!r} is neither bytes nor str")


def networkString(s: str) -> bytes:
    """
    Give the bytes of a text that is ASCII.

    Raises:
        TypeError: It is not text.
        UnicodeEncodeError: It is not ASCII.
    """
    if not isinstance(s, str):
        raise TypeError("Can only convert strings to bytes")
    return s.encode("ascii")


def iterbytes(originalBytes: bytes) -> Iterator[bytes]:
    """Go through bytes one by one, each as bytes."""
    for place in range(len(originalBytes)):
        yield originalBytes[place : place + 1]


def lazyByteSlice(object: Any, offset: int = 0, size: int | None = None) -> memoryview:
    """Give a view of a part of some bytes, without copying."""
    view = memoryview(object)
    return view[offset:] if size is None else view[offset : offset + size]


def _old_functions() -> dict[str, Any]:
    """The functions that went out of use; calling them warns."""
    from incremental import Version

    from twisted.python.deprecate import deprecated

    since = Version("Twisted", 21, 2, 0)

    def bytesEnviron() -> dict[bytes, bytes]:
        """Give the environment as bytes."""
        return {os.fsencode(name): os.fsencode(value) for name, value in os.environ.items()}

    def intToBytes(i: int) -> bytes:
        """Give a number as decimal digits."""
        return b"%d" % i

    def items(d: dict[Any, Any]) -> list[Any]:
        """Give keys and values as a list."""
        return list(d.items())

    def iteritems(d: dict[Any, Any]) -> Any:
        """Give keys and values."""
        return d.items()

    def itervalues(d: dict[Any, Any]) -> Any:
        """Give values."""
        return d.values()

    def reraise(exception: BaseException, traceback: Any) -> None:
        """Raise an exception with a traceback."""
        raise exception.with_traceback(traceback)

    # Any: they have nothing in common.
    instead: dict[Any, str] = {
        bytesEnviron: "os.environb",
        intToBytes: "b'%d'",
        items: "list(d.items())",
        iteritems: "d.items()",
        itervalues: "d.values()",
        reraise: "Exception.with_traceback",
    }
    made: dict[str, Any] = {}
    for function, replacement in instead.items():
        function.__module__, function.__qualname__ = __name__, function.__name__
        made[function.__name__] = deprecated(since, replacement)(function)
    return made


def _old_names() -> dict[str, tuple[Any, str]]:
    """What each old name means, and what to use instead."""
    import builtins
    import functools
    import html
    import http.cookiejar
    import io
    import urllib.parse
    from collections import abc

    return {
        "FileType": (io.IOBase, "io.IOBase"),
        "InstanceType": (object, "object"),
        "NativeStringIO": (io.StringIO, "io.StringIO"),
        "Sequence": (abc.Sequence, "collections.abc.Sequence"),
        "StringType": (str, "str"),
        "_PY3": (True, "True"),
        "_PY37PLUS": (True, "True"),
        "_PYPY": ("__pypy__" in sys.builtin_module_names, "sys.implementation"),
        "cookielib": (http.cookiejar, "http.cookiejar"),
        "escape": (html.escape, "html.escape"),
        "frozenset": (frozenset, "frozenset"),
        "intern": (sys.intern, "sys.intern"),
        "izip": (zip, "zip"),
        "long": (int, "int"),
        "range": (range, "range"),
        "raw_input": (builtins.input, "input"),
        "reduce": (functools.reduce, "functools.reduce"),
        "set": (set, "set"),
        "unichr": (chr, "chr"),
        "unicode": (str, "str"),
        "urllib_parse": (urllib.parse, "urllib.parse"),
        "urlquote": (urllib.parse.quote, "urllib.parse.quote"),
        "urlunquote": (urllib.parse.unquote, "urllib.parse.unquote"),
        "xrange": (range, "range"),
    }


def __getattr__(name: str) -> Any:
    if not name.startswith("__"):
        function = _old_functions().get(name)
        if function is not None:
            return globals().setdefault(name, function)
        found = _old_names().get(name)
        if found is not None:
            import warnings

            warnings.warn(
                f"twisted.python.compat.{name} was deprecated in Twisted 21.2.0; please use {found[1]} instead",
                DeprecationWarning,
                stacklevel=2,
            )
            return found[0]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
