"""
Small things that found no better place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, AnyStr, TypeVar

if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

try:
    from os import getgroups, setgroups
except ImportError:  # Windows

    def getgroups() -> list[int]:
        """There are no groups on this platform."""
        return []

    def setgroups(groups: Sequence[int], /) -> None:
        """There are no groups on this platform."""
        raise OSError("this platform has no groups of users")


__all__ = [
    "FancyEqMixin",
    "FancyStrMixin",
    "InsensitiveDict",
    "IntervalDifferential",
    "LineLog",
    "getPassword",
    "getgroups",
    "gidFromString",
    "initgroups",
    "makeStatBar",
    "mergeFunctionMetadata",
    "nameToLabel",
    "padTo",
    "println",
    "raises",
    "runAsEffectiveUser",
    "runWithWarningsSuppressed",
    "searchupwards",
    "setgroups",
    "sibpath",
    "spewer",
    "str_xor",
    "switchUID",
    "uidFromString",
    "uniquify",
    "untilConcludes",
]

_T = TypeVar("_T")


class InsensitiveDict(MutableMapping[Any, Any]):
    """
    A dictionary whose keys may be written in upper or lower case.

    Args:
        dict: What to begin with.
        preserve: Whether keys come out as they were first written, or in lower case.
    """

    def __init__(self, dict: Any = None, preserve: bool | int = 1) -> None:
        super().__init__()
        self.data: Any = {}
        self.preserve = preserve
        if dict is not None:
            self.update(dict)

    @staticmethod
    def _folded(key: Any) -> Any:
        return key.lower() if isinstance(key, (str, bytes)) else key

    def __delitem__(self, key: Any) -> None:
        del self.data[self._folded(key)]

    def __getitem__(self, key: Any) -> Any:
        return self.data[self._folded(key)][1]

    def __setitem__(self, key: Any, value: Any) -> None:
        folded = self._folded(key)
        self.data[folded] = (key if self.preserve else folded, value)

    def __contains__(self, key: object) -> bool:
        return self._folded(key) in self.data

    def has_key(self, key: Any) -> bool:
        """Tell whether there is such a key."""
        return key in self

    def __iter__(self) -> Iterator[Any]:
        for key, _ in self.data.values():
            yield key

    iterkeys = __iter__

    def itervalues(self) -> Iterator[Any]:
        """Go through the values."""
        for _, value in self.data.values():
            yield value

    def iteritems(self) -> Iterator[tuple[Any, Any]]:
        """Go through keys and values."""
        yield from self.data.values()

    # Lists, which programs index and sort, where other mappings give views.

    def keys(self) -> list[Any]:  # type: ignore[override]
        """Give the keys."""
        return list(self)

    def values(self) -> list[Any]:  # type: ignore[override]
        """Give the values."""
        return list(self.itervalues())

    def items(self) -> list[tuple[Any, Any]]:  # type: ignore[override]
        """Give keys and values."""
        return list(self.iteritems())

    def update(self, dict: Any) -> None:  # type: ignore[override]  # one mapping, as of old
        """Add the keys and values of another mapping."""
        for key, value in dict.items():
            self[key] = value

    def copy(self) -> InsensitiveDict:
        """Give another dictionary with the same keys and values."""
        return type(self)({key: value for key, value in self.iteritems()}, preserve=self.preserve)  # noqa: C416  (a name is taken)

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (dict, MutableMapping)):
            return NotImplemented
        if len(self) != len(other):
            return False
        # With a mapping that minds its case, the case counts.
        return all(key in other and other[key] == value for key, value in self.iteritems())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"InsensitiveDict({{{', '.join(f'{key!r}: {value!r}' for key, value in self.iteritems())}}})"


def uniquify(lst: Iterable[Any]) -> list[Any]:
    """Give the elements of a list in order, each once."""
    return list(dict.fromkeys(lst))


def padTo(n: int, seq: Sequence[Any], default: Any = None) -> list[Any]:
    """
    Make a sequence *n* elements long.

    Raises:
        ValueError: It is longer.
    """
    if len(seq) > n:
        raise ValueError(f"{len(seq)} elements are more than {n}")
    return [*seq, *[default] * (n - len(seq))]


def sibpath(path: os.PathLike[AnyStr] | AnyStr, sibling: os.PathLike[AnyStr] | AnyStr) -> AnyStr:
    """Give the path of a file beside another: ``sibpath(__file__, "data.txt")``."""
    return os.path.join(os.path.dirname(os.path.abspath(path)), sibling)


def _input_from_terminal(prompt: str) -> str:
    return input(prompt)


def getPassword(
    prompt: str = "Password: ",
    confirm: bool | int = 0,
    forceTTY: bool | int = 0,
    confirmPrompt: str = "Confirm password: ",
    mismatchMessage: str = "Passwords don't match.",
) -> str:
    """
    Ask for a password on the terminal, without showing it; without a terminal, read a line.

    Args:
        prompt: What to show.
        confirm: Whether to ask twice, until both are the same.
        forceTTY: Whether to use the terminal even where standard input is something else.
        confirmPrompt: What to show the second time.
        mismatchMessage: What to show when the two differ.

    Raises:
        RuntimeError: *forceTTY* is asked for, and there is no terminal.
    """
    import getpass

    # Without a terminal there is nobody who could see it.
    reading: Callable[[str], str] = getpass.getpass if sys.stdin.isatty() else _input_from_terminal
    terminal: list[Any] = []
    before = sys.stdin, sys.stdout
    if forceTTY and not sys.stdin.isatty():
        try:
            terminal = [open("/dev/tty"), open("/dev/tty", "w")]  # noqa: SIM115  (closed at the end)
        except OSError:
            raise RuntimeError("Cannot obtain a TTY") from None
        sys.stdin, sys.stdout = terminal
        reading = getpass.getpass
    try:
        while True:
            first = reading(prompt)
            if not confirm or first == reading(confirmPrompt):
                return first
            sys.stdout.write(mismatchMessage + "\n")
    finally:
        sys.stdin, sys.stdout = before
        for one in terminal:
            one.close()


def println(*a: object) -> None:
    """Write objects as text, separated by spaces, and end the line."""
    sys.stdout.write(" ".join(map(str, a)) + "\n")


def str_xor(s: str, b: int) -> str:
    """Combine each character of a text with a number, by exclusive or."""
    return "".join(chr(ord(character) ^ b) for character in s)


def makeStatBar(
    width: int, maxPosition: int, doneChar: str = "=", undoneChar: str = "-", currentChar: str = ">"
) -> Callable[[float], str]:
    """
    Make a function that draws how far something is.

    Args:
        width: How many characters wide.
        maxPosition: Where it ends.
        doneChar, undoneChar, currentChar: What to draw with.
    """

    def draw(position: float) -> str:
        done = int(width * position / maxPosition)
        return "[" + doneChar * done + currentChar + undoneChar * (width - done - 2) + "]"

    draw.__doc__ = f"""Draw position / {maxPosition} in {width} characters."""
    return draw


def spewer(frame: FrameType, s: str, ignored: object) -> None:
    """A trace function for `sys.settrace` that writes each call, with the class of ``self`` if there is one."""
    from twisted.python import reflect

    if s != "call":
        return
    owner = frame.f_locals.get("self")
    name = frame.f_code.co_name
    if owner is not None:
        where = reflect.qual(owner.__class__)
        print(f"method {name} of {where} at {id(owner)}")
    else:
        print(f"function {name} in {frame.f_code.co_filename}, line {frame.f_lineno}")


def searchupwards(start: str, files: Sequence[str] = (), dirs: Sequence[str] = ()) -> str | None:
    """Give the nearest folder, *start* or one above, that has all of *files* and the folders *dirs*; with a slash."""
    folder = os.path.abspath(start)
    while True:
        if all(os.path.exists(os.path.join(folder, name)) for name in files) and all(
            os.path.isdir(os.path.join(folder, name)) for name in dirs
        ):
            return folder if folder.endswith(os.sep) else folder + os.sep
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


class LineLog:
    """
    Remembers the last lines.

    Args:
        size: How many.
    """

    def __init__(self, size: int = 10) -> None:
        self.log: list[str | None] = [None] * max(size, 0)

    def append(self, line: str) -> None:
        """Remember a line, and forget the oldest."""
        if self.log:
            self.log[:-1] = self.log[1:]
            self.log[-1] = line

    def str(self) -> str:
        """Give the lines."""
        return "\n".join(line for line in self.log if line)

    __str__ = str

    def __getitem__(self, item: Any) -> Any:
        return [line for line in self.log if line][item]

    def clear(self) -> None:
        """Forget all lines."""
        self.log[:] = [None] * len(self.log)


def raises(exception: type[BaseException], f: Callable[..., object], *args: Any, **kwargs: Any) -> int:
    """Tell whether a call raises an exception, by 1 and 0."""
    try:
        f(*args, **kwargs)
    except exception:
        return 1
    return 0


class IntervalDifferential:
    """
    Several intervals at once: iterating gives the wait until the next of them ends, and which it is.

    Args:
        intervals: The lengths.
        default: What to give when there are none.
    """

    def __init__(self, intervals: Iterable[float], default: float = 60) -> None:
        self.intervals = list(intervals)
        self.default = default

    def __iter__(self) -> Any:
        return _Differences(self.intervals, self.default)


class _Differences:
    """Goes through the ends of several intervals, in order."""

    def __init__(self, intervals: list[float], default: float) -> None:
        self._ends: list[list[Any]] = [[length, length, place] for place, length in enumerate(intervals)]
        self._default = default
        self._last = 0.0

    def __iter__(self) -> _Differences:
        return self

    def __next__(self) -> tuple[float, int | None]:
        if not self._ends:
            return self._default, None
        first = min(self._ends)
        end, length, place = first
        wait = end - self._last
        self._last = end
        first[0] = end + length
        return wait, place

    def addInterval(self, i: float) -> None:
        """Add an interval that begins now."""
        place = max((one[2] for one in self._ends), default=-1) + 1
        self._ends.append([self._last + i, i, place])

    def removeInterval(self, interval: float) -> None:
        """
        Remove an interval by its length.

        Raises:
            ValueError: There is none.
        """
        for one in self._ends:
            if one[1] == interval:
                removed = one[2]
                self._ends.remove(one)
                for other in self._ends:
                    if other[2] > removed:
                        other[2] -= 1
                return
        raise ValueError("Specified interval not in IntervalDifferential")


class FancyStrMixin:
    """
    Gives a class a `repr` that shows attributes.

    ``showAttributes`` is a sequence of names, of pairs of a name and a function that makes text of the value, or of
    triples of a name, the name to show, and a format such as ``%d``.
    """

    showAttributes: Sequence[str | tuple[str, str, str] | tuple[str, Callable[[Any], str]]] = ()

    def __str__(self) -> str:
        shown = [f"<{getattr(self, 'fancybasename', None) or type(self).__name__}"]
        for attribute in self.showAttributes:
            if isinstance(attribute, str):
                shown.append(f" {attribute}={getattr(self, attribute)!r}")
            elif len(attribute) == 2:
                shown.append(f" {attribute[0]}={attribute[1](getattr(self, attribute[0]))}")
            else:
                shown.append(f" {attribute[1]}=" + attribute[2] % (getattr(self, attribute[0]),))
        return "".join(shown) + ">"

    __repr__ = __str__


class FancyEqMixin:
    """Makes objects of a class equal if the attributes named in ``compareAttributes`` are."""

    compareAttributes: Sequence[str] = ()

    def __eq__(self, other: object) -> bool:
        if not self.compareAttributes:
            return self is other
        if not isinstance(self, other.__class__):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.compareAttributes)

    def __ne__(self, other: object) -> bool:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    __hash__ = object.__hash__


def initgroups(uid: int, primaryGid: int) -> None:
    """
    Give this process the groups of a user, and *primaryGid*. Nothing is done where there are no groups.

    A number that is no user's, as in containers and where there is no list of users, has that one group.
    """
    try:
        import pwd
    except ImportError:
        return
    if not hasattr(os, "initgroups"):
        return
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        os.setgroups([primaryGid])
    else:
        os.initgroups(name, primaryGid)


def switchUID(uid: int | None, gid: int | None, euid: bool = False) -> None:
    """
    Become another user.

    Args:
        uid: The user; `None` to stay.
        gid: The group; `None` to stay.
        euid: Whether to change the effective ids only, which can be undone.
    """
    set_user, set_group = (os.seteuid, os.setegid) if euid else (os.setuid, os.setgid)
    current = os.geteuid() if euid else os.getuid()
    if gid is not None:
        set_group(gid)
    if uid is not None:
        if uid == current:
            # A process that is somebody already may not even be allowed to say so again.
            import warnings

            which = "euid" if euid else "uid"
            warnings.warn(
                f"tried to drop privileges and {'set' + which} {uid} but {which} is already {uid}; "
                "should we be root? Continuing.",
                stacklevel=2,
            )
        else:
            initgroups(uid, gid if gid is not None else os.getgid())
            set_user(uid)


def untilConcludes(f: Callable[_P, _T], *a: _P.args, **kw: _P.kwargs) -> _T:
    """Call a function again as long as a signal interrupts it."""
    while True:
        try:
            return f(*a, **kw)
        except InterruptedError:
            continue


def mergeFunctionMetadata(f: Any, g: Any) -> Any:
    """Give function *g* the name, docstring, module and attributes of *f*, where it can take them; and return it."""
    for name in ("__name__", "__doc__", "__module__"):
        try:
            setattr(g, name, getattr(f, name))
        except (TypeError, AttributeError):
            continue
    try:
        g.__dict__.update(f.__dict__)
    except (TypeError, AttributeError):
        return g
    return g


def nameToLabel(mname: str) -> str:
    """Make words of a name: ``fooBarBaz`` becomes ``Foo Bar Baz``; several capitals stay together."""
    import re

    words = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^A-Z]+|[A-Z]+", mname)
    return " ".join(word[:1].upper() + word[1:] for word in words)


def uidFromString(uidString: str) -> int:
    """Give a user's number, from the number as text or from the name. Raises `KeyError` for a name nobody has."""
    try:
        return int(uidString)
    except ValueError:
        import pwd

        return pwd.getpwnam(uidString).pw_uid


def gidFromString(gidString: str) -> int:
    """Give a group's number, from the number as text or from the name. Raises `KeyError` for a name no group has."""
    try:
        return int(gidString)
    except ValueError:
        import grp

        return grp.getgrnam(gidString).gr_gid


def runAsEffectiveUser(euid: int, egid: int, function: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
    """Call a function as another effective user and group, and change back."""
    before_user, before_group = os.geteuid(), os.getegid()
    if (before_user, before_group) == (euid, egid):
        return function(*args, **kwargs)
    # Only root may become anybody.
    if before_user != 0 and (euid, egid) != (before_user, before_group):
        os.seteuid(0)
    os.setegid(egid)
    if euid != 0:
        os.seteuid(euid)
    try:
        return function(*args, **kwargs)
    finally:
        if os.geteuid() != 0:
            os.seteuid(0)
        os.setegid(before_group)
        if before_user != 0:
            os.seteuid(before_user)


def runWithWarningsSuppressed(
    suppressedWarnings: Iterable[tuple[Any, dict[str, Any]]], f: Callable[..., _T], *args: Any, **kwargs: Any
) -> _T:
    """
    Call a function with some warnings left out.

    Args:
        suppressedWarnings: Arguments for `warnings.filterwarnings`, each as a tuple and a dictionary.
        f: The function, and what it is called with.
    """
    import warnings

    with warnings.catch_warnings():
        for arguments, keywords in suppressedWarnings:
            warnings.filterwarnings(*arguments, **keywords)
        return f(*args, **kwargs)


def _plugin_folders() -> list[str]:
    """The folders beside ``twisted`` that programs long ago put plugins into."""
    from twisted.python.filepath import FilePath

    here = FilePath(__file__).parent().parent().parent()
    return [here.path, os.path.join(os.path.expanduser("~"), "TwistedPlugins")]


def _add_plugin_folders() -> None:
    sys.path.extend(_plugin_folders())


def __getattr__(name: str) -> Any:
    import collections

    old = {
        "OrderedDict": collections.OrderedDict,
        "getPluginDirs": _plugin_folders,
        "addPluginDir": _add_plugin_folders,
    }
    if name in old:
        import warnings

        warnings.warn(f"twisted.python.util.{name} is deprecated", DeprecationWarning, stacklevel=2)
        return old[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
