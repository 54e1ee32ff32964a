"""
Exceptions as objects that can be kept, passed along, sent elsewhere and looked at later.

A `Failure` holds an exception with its traceback. Names of classes and descriptions of frames are worked out when
somebody asks: most failures are handled by `Failure.trap` or `Failure.check` and nobody reads their traceback.
"""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from twisted.python._outcome import Outcome

if TYPE_CHECKING:
    from typing import Protocol

    class _Writable(Protocol):
        def write(self, text: str, /) -> object: ...


__all__ = [
    "DO_POST_MORTEM",
    "EXCEPTION_CAUGHT_HERE",
    "DefaultException",
    "Failure",
    "NoCurrentExceptionError",
    "count",
    "format_frames",
    "startDebugMode",
    "traceupLength",
]

_Kind = TypeVar("_Kind", bound="type[BaseException] | str")
# Variables of a frame by name. Any: they are whatever a program had in them, or their representation.
_Variables = Iterable[tuple[str, Any]]
#: Function name, file name, line number, local and global variables.
_Frame = Sequence[Any]

count = 0
traceupLength = 4
EXCEPTION_CAUGHT_HERE = "--- <exception caught here> ---"
#: Whether failures start the debugger where they happened, once `startDebugMode` was called.
DO_POST_MORTEM = True


class DefaultException(Exception):
    """What old programs failed with when they had nothing better to say."""


class NoCurrentExceptionError(Exception):
    """A `Failure` was asked to hold the exception being handled, and none is."""


def format_frames(frames: Iterable[_Frame], write: Callable[[str], object], detail: str = "default") -> None:
    """
    Write a description of *frames*, outermost first.

    Args:
        frames: Tuples of function name, file name, line number, local variables and global variables.
        write: Called with one piece of text after the other.
        detail: ``"brief"`` is a line each, ``"default"`` reads like Python's tracebacks, ``"verbose"`` adds the
            variables, and ``"verbose-vars-not-captured"`` says that there are none.

    Raises:
        ValueError: *detail* is none of these.
    """
    if detail == "brief":
        for name, file, line, _, _ in frames:
            write(f"{file}:{line}:{name}\n")
    elif detail == "default":
        import linecache

        for name, file, line, _, _ in frames:
            write(f'  File "{file}", line {line}, in {name}\n')
            write(f"    {linecache.getline(file, line).strip()}\n")
    elif detail == "verbose-vars-not-captured":
        for name, file, line, _, _ in frames:
            write(f"{file}:{line}: {name}(...)\n")
        write(" [Capture of Locals and Globals disabled (use captureVars=True)]\n")
    elif detail == "verbose":
        for name, file, line, local_vars, global_vars in frames:
            write(f"{file}:{line}: {name}(...)\n")
            write(" [ Locals ]\n")
            _write_variables(local_vars, write)
            write(" ( Globals )\n")
            _write_variables(global_vars, write)
    else:
        raise ValueError(f"Detail must be default, brief, verbose, or verbose-vars-not-captured. (not {detail!r})")


def _write_variables(variables: _Variables, write: Callable[[str], object]) -> None:
    for name, value in variables:
        write(f"  {name} : {_repr(value)}\n")


def _repr(value: object) -> str:
    try:
        return repr(value)
    except BaseException:
        from twisted.python.reflect import safe_repr

        return safe_repr(value)


def _str(value: object) -> str:
    try:
        return str(value)
    except BaseException:
        from twisted.python.reflect import safe_str

        return safe_str(value)


def _name_of(kind: object) -> str:
    """The dotted name of a class, by which failures are compared across processes."""
    if isinstance(kind, type):
        return f"{kind.__module__}.{kind.__name__}"
    return _str(kind)


class Failure(Outcome, BaseException):
    """
    An exception, where it came from, and ways to ask about it.

    Attributes:
        type: The exception's class.
        value: The exception.
        tb: Its traceback, or `None`.
        count: How many failures were made before this one, and itself.
        captureVars: Whether frames are described with their variables.
    """

    pickled = 0
    # Any: old programs fail with values of any kind, and copies of failures from afar have strings for classes.
    type: Any
    value: Any
    tb: TracebackType | None
    count: int
    captureVars: bool
    _frames: list[_Frame] | None = None
    _parents: list[Any] | None = None

    def __init__(
        self,
        exc_value: Any = None,
        exc_type: Any = None,
        exc_tb: TracebackType | None = None,
        captureVars: bool = False,
    ) -> None:
        """
        Args:
            exc_value: The exception. Without one it is the one being handled right now.
            exc_type: Its class, if it is to differ from *exc_value*'s.
            exc_tb: Its traceback, if it is to differ from the exception's own.
            captureVars: Describe frames with their variables: costly, and it keeps them alive.

        Raises:
            NoCurrentExceptionError: No exception was passed and none is being handled.
        """
        global count
        count += 1
        self.count = count
        if exc_value is None:
            exc_type, exc_value, exc_tb = sys.exc_info()
            if exc_type is None:
                raise NoCurrentExceptionError
        elif exc_type is None:
            exc_type = exc_value.__class__
            if exc_tb is None and isinstance(exc_value, BaseException):
                exc_tb = exc_value.__traceback__
        self.type = exc_type
        self.value = exc_value
        self.captureVars = captureVars
        self.tb = exc_tb
        if isinstance(exc_value, Failure):
            self._become(exc_value)

    def _become(self, other: Failure) -> None:
        """Say the same as *other*: a failure that was raised again is no new one."""
        self.__dict__.update(other.__dict__)

    @property
    def frames(self) -> list[_Frame]:
        """
        Where the exception passed, outermost first.

        Each is a tuple of function name, file name, line number, local and global variables.
        """
        frames = self._frames
        if frames is None:
            frames = self._frames = _described(self.tb, self.captureVars)
        return frames

    @frames.setter
    def frames(self, frames: list[_Frame]) -> None:
        self._frames = frames

    @property
    def stack(self) -> list[_Frame]:
        """Always empty, except where it was assigned. Deprecated."""
        import warnings

        warnings.warn(
            "twisted.python.failure.Failure.stack was deprecated in Twisted 24.10.0",
            DeprecationWarning,
            stacklevel=2,
        )
        stack: list[_Frame] = self.__dict__.get("stack", [])
        return stack

    @stack.setter
    def stack(self, stack: list[_Frame]) -> None:
        self.__dict__["stack"] = stack

    @property
    def parents(self) -> list[Any]:
        """The dotted names of the exception's class and of all its bases."""
        parents = self._parents
        if parents is None:
            kind = self.type
            parents = [_name_of(base) for base in kind.__mro__] if _is_exception_class(kind) else [kind]
            self._parents = parents
        return parents

    @parents.setter
    def parents(self, parents: list[Any]) -> None:
        self._parents = parents

    def check(self, *errorTypes: _Kind) -> _Kind | None:
        """
        Find out whether this is one of *errorTypes*.

        Args:
            errorTypes: Classes, or their dotted names.

        Returns:
            The first of them that the exception is an instance of, or `None`.
        """
        kind = self.type
        lineage = kind.__mro__ if self._parents is None and isinstance(kind, type) else ()
        for wanted in errorTypes:
            if _is_exception_class(wanted):
                # By identity, which is quick; or else by name, which is all that failures from afar have.
                if wanted in lineage or _name_of(wanted) in self.parents:
                    return wanted
            elif wanted in self.parents:
                return wanted
        return None

    def trap(self, *errorTypes: _Kind) -> Any:  # Any: `addErrback(lambda f: f.trap(X))` ends chains of any type.
        """
        Go on only if this is one of *errorTypes*, else raise the exception.

        Returns:
            The first of them that the exception is an instance of.
        """
        found = self.check(*errorTypes)
        if found is None:
            self.raiseException()
        return found

    def raiseException(self) -> NoReturn:
        """Raise the exception, with the traceback it came with."""
        raise self.value.with_traceback(self.tb)

    def throwExceptionIntoGenerator(self, g: Generator[Any, Any, Any]) -> Any:
        """Raise the exception where *g* (or a coroutine) waits, and return what it yields next."""
        return g.throw(self.value.with_traceback(self.tb))

    def getTracebackObject(self) -> TracebackType | Any | None:
        """
        Something shaped like a traceback: the traceback if it is there, else one made of the frames that were kept.

        Returns:
            `None` if neither is there.
        """
        if self.tb is not None:
            return self.tb
        link: _KeptTraceback | None = None
        for frame in reversed(self.frames):
            link = _KeptTraceback(frame, link)
        return link

    def cleanFailure(self) -> None:
        """Let go of the traceback and of every variable: what remains are strings."""
        state = self.__getstate__()
        self.__dict__ = {}
        self.__setstate__(state)
        if isinstance(self.value, BaseException):
            self.value.__traceback__ = None

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["parents"] = self.parents
        state["stack"] = state.get("stack", [])
        frames = self.frames
        if self.captureVars and not self.pickled:
            frames = [
                [name, file, line, _as_strings(local_vars), _as_strings(global_vars)]
                for name, file, line, local_vars, global_vars in frames
            ]
        state["frames"] = frames
        state.pop("_frames", None)
        state.pop("_parents", None)
        state["tb"] = None
        state["pickled"] = 1
        return state

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        state = dict(state or {})
        stack = state.pop("stack", None)
        if "parents" in state:
            self._parents = state.pop("parents")
        if "frames" in state:
            self._frames = state.pop("frames")
        if stack:
            self.__dict__["stack"] = stack
        self.__dict__.update(state)

    def __reduce__(self) -> tuple[Any, ...]:
        # Not through BaseException's own way, which would call __init__ while no exception is being handled.
        return (partial(Failure.__new__, Failure), (), self.__getstate__())

    def __repr__(self) -> str:
        return f"<{_name_of(self.__class__)} {_name_of(self.type)}: {self.getErrorMessage()}>"

    def __str__(self) -> str:
        return f"[Failure instance: {self.getBriefTraceback()}]"

    def getErrorMessage(self) -> str:
        """The exception's text, even if it cannot be turned into text."""
        if isinstance(self.value, Failure):
            return self.value.getErrorMessage()
        return _str(self.value)

    def getBriefTraceback(self) -> str:
        """The traceback, one short line for each frame."""
        text = io.StringIO()
        self.printBriefTraceback(file=text)
        return text.getvalue()

    def getTraceback(self, elideFrameworkCode: int = 0, detail: str = "default") -> str:
        """
        The traceback as text.

        Args:
            elideFrameworkCode: Ignored.
            detail: ``"default"``, ``"brief"`` or ``"verbose"``.
        """
        # By way of the method that subclasses override, failures that came over a network for example.
        text = io.StringIO()
        self.printTraceback(file=text, elideFrameworkCode=bool(elideFrameworkCode), detail=detail)
        return text.getvalue()

    def _text(self, detail: str) -> str:
        pieces: list[str] = []
        write = pieces.append
        frames = self.frames
        if detail == "verbose-vars-not-captured" or (detail == "verbose" and not self.captureVars):
            layout = "verbose-vars-not-captured"
        else:
            layout = detail
        if detail == "brief":
            write("Traceback" if frames else "Traceback (failure with no frames)")
            write(f": {_str(self.type)}: {self.getErrorMessage()}\n")
            format_frames(frames, write, layout)
            return "".join(pieces)
        if detail.startswith("verbose"):
            mark = " (pickled) " if self.pickled else " "
            write(f"*--- Failure #{self.count}{mark}---\n")
        else:
            write("Traceback (most recent call last):\n")
        if frames:
            format_frames(frames, write, layout)
        else:
            write("Failure: ")
        write(f"{_name_of(self.type)}: {self.getErrorMessage()}\n")
        if detail.startswith("verbose"):
            write(f"*--- End of Failure #{self.count} ---\n")
        return "".join(pieces)

    def printTraceback(
        self, file: _Writable | None = None, elideFrameworkCode: bool = False, detail: str = "default"
    ) -> None:
        """
        Write the traceback as text.

        Args:
            file: Where to; the log's error stream if `None`.
            elideFrameworkCode: Ignored.
            detail: ``"default"``, ``"brief"`` or ``"verbose"``.
        """
        if file is None:
            from twisted.python import log

            file = log.logerr
        file.write(self._text(detail))

    def printBriefTraceback(self, file: _Writable | None = None, elideFrameworkCode: int = 0) -> None:
        """Write the traceback, one short line for each frame."""
        self.printTraceback(file, bool(elideFrameworkCode), detail="brief")

    def printDetailedTraceback(self, file: _Writable | None = None, elideFrameworkCode: int = 0) -> None:
        """Write the traceback with the variables of each frame, where they were captured."""
        self.printTraceback(file, bool(elideFrameworkCode), detail="verbose")


def _is_exception_class(kind: object) -> bool:
    return isinstance(kind, builtins.type) and issubclass(kind, BaseException)


def _described(tb: TracebackType | None, with_variables: bool) -> list[_Frame]:
    frames: list[_Frame] = []
    while tb is not None:
        frame = tb.tb_frame
        code = frame.f_code
        variables: tuple[_Variables, _Variables] = ((), ())
        if with_variables:
            variables = (list(frame.f_locals.items()), list(frame.f_globals.items()))
        frames.append((code.co_name, code.co_filename, tb.tb_lineno, *variables))
        tb = tb.tb_next
    return frames


def _as_strings(variables: _Variables) -> list[tuple[str, str]]:
    return [(name, _repr(value)) for name, value in variables]


class _KeptCode:
    """What is left of a code object."""

    def __init__(self, name: str, file: str) -> None:
        self.co_name = name
        self.co_filename = file
        self.co_lnotab = b""
        self.co_firstlineno = 0
        self.co_argcount = 0
        self.co_varnames: list[str] = []
        self.co_code = b""
        self.co_cellvars = ()
        self.co_nlocals = 0
        self.co_stacksize = 0

    def co_positions(self) -> Iterable[tuple[int | None, int | None, int | None, int | None]]:
        return ((None, None, None, None),)


class _KeptFrame:
    """What is left of a frame: enough for `traceback` and debuggers."""

    def __init__(self, frame: _Frame, back: _KeptFrame | None = None) -> None:
        name, file, line, local_vars, global_vars = frame
        self.f_code = _KeptCode(name, file)
        self.f_lineno = line
        self.f_locals = dict(local_vars)
        self.f_globals = dict(global_vars)
        self.f_builtins = vars(builtins)
        self.f_back = back
        self.f_trace = None
        self.f_lasti = 0


class _KeptTraceback:
    """What is left of a traceback."""

    def __init__(self, frame: _Frame, following: _KeptTraceback | None) -> None:
        self.tb_frame = _KeptFrame(frame)
        self.tb_lineno: int = frame[2]
        self.tb_lasti = 0
        self.tb_next = following
        if following is not None:
            following.tb_frame.f_back = self.tb_frame


_quiet_init = Failure.__init__


def _debugging_init(
    self: Failure,
    exc_value: Any = None,
    exc_type: Any = None,
    exc_tb: TracebackType | None = None,
    captureVars: bool = False,
    Failure__init__: Callable[..., None] = _quiet_init,
) -> None:
    if (exc_value, exc_type, exc_tb) == (None, None, None):
        _, caught, tb = sys.exc_info()
        if caught is not None and DO_POST_MORTEM:
            import pdb

            print(f"Jumping into debugger for post-mortem of exception '{_str(caught)}':")
            pdb.post_mortem(tb)
    Failure__init__(self, exc_value, exc_type, exc_tb, captureVars)


def startDebugMode() -> None:
    """Start the debugger wherever a failure is made of the exception being handled."""
    Failure.__init__ = _debugging_init  # type: ignore[method-assign]
