"""
What tests need now and then: warnings to ignore, an error about what they left behind, a profile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from typing_extensions import ParamSpec

from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.python.filepath import FilePath

__all__ = [
    "DEFAULT_TIMEOUT",
    "DEFAULT_TIMEOUT_DURATION",
    "DirtyReactorAggregateError",
    "acquireAttribute",
    "excInfoOrFailureToExcInfo",
    "openTestLog",
    "profiled",
    "suppress",
]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_ExcInfo = tuple[type[BaseException], BaseException, "TracebackType | None"]

#: As a test's ``timeout``: as long as tests have that say nothing.
DEFAULT_TIMEOUT = object()
#: How long those have, in seconds.
DEFAULT_TIMEOUT_DURATION = 120.0

_NO_DEFAULT = object()


class DirtyReactorAggregateError(Exception):
    """
    A test left things behind in the reactor.

    Attributes:
        delayedCalls: Descriptions of the delayed calls that were still to come.
        selectables: Descriptions of what was still open.
    """

    def __init__(self, delayedCalls: Sequence[object], selectables: Sequence[object] | None = None) -> None:
        self.delayedCalls = delayedCalls
        self.selectables = selectables

    def __str__(self) -> str:
        lines: list[object] = ["Reactor was unclean."]
        if self.delayedCalls:
            lines.append("DelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)")
            lines += self.delayedCalls
        if self.selectables:
            lines.append("Selectables:")
            lines += self.selectables
        return "\n".join(map(str, lines))


def acquireAttribute(objects: Iterable[object], attr: str, default: Any = _NO_DEFAULT) -> Any:
    """
    Give the attribute *attr* of the first of *objects* that has it.

    Args:
        objects: Where to look.
        attr: The attribute's name.
        default: What to give if none has it. (Any, like the result: an attribute can be anything.)

    Raises:
        AttributeError: None has it, and there is no default.
    """
    objects = list(objects)
    for thing in objects:
        if hasattr(thing, attr):
            return getattr(thing, attr)
    if default is _NO_DEFAULT:
        raise AttributeError(f"attribute {attr!r} not found in {objects!r}")
    return default


def excInfoOrFailureToExcInfo(err: Failure | _ExcInfo) -> _ExcInfo:
    """Give a failure as a tuple like that of `sys.exc_info`; such a tuple is given back."""
    if isinstance(err, Failure):
        return (err.type, err.value, err.getTracebackObject())
    return err


def suppress(action: str = "ignore", **kwarg: Any) -> tuple[tuple[str], dict[str, Any]]:
    """
    Make an item of a test's ``suppress``: warnings that it does not mind.

    Args:
        action: What to do with them, as `warnings.filterwarnings` has it.
        kwarg: Which they are: that function's keyword arguments. (Any: they are of several types.)
    """
    return ((action,), kwarg)


def profiled(f: Callable[_P, _T], outputFile: str) -> Callable[_P, _T]:
    """
    Give a function that calls *f* and prints what took how long.

    Args:
        f: What to call.
        outputFile: Where the figures are also stored, for `pstats`.
    """

    def with_profile(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        from cProfile import Profile

        profile = Profile()
        try:
            return profile.runcall(f, *args, **kwargs)
        finally:
            profile.print_stats()
            profile.dump_stats(outputFile)

    return with_profile


def openTestLog(path: FilePath[Any]) -> TextIO:
    """Open a log file to append UTF-8 to, after making its directory if that is missing."""
    directory = path.parent()
    if not directory.isdir():
        directory.makedirs(ignoreExistingDirectory=True)
    return open(path.path, "a", encoding="utf-8")
