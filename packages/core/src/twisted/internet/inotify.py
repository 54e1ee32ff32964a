"""
Watching files and folders (Linux).

The kernel writes what happened into a descriptor, and a reactor reads it. The three calls are bound with ctypes, at
first use.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from twisted.internet import fdesc
from twisted.internet.abstract import FileDescriptor
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.python.filepath import FilePath

_log = Logger("twisted.internet.inotify")

IN_ACCESS = 0x00000001
IN_MODIFY = 0x00000002
IN_ATTRIB = 0x00000004
IN_CLOSE_WRITE = 0x00000008
IN_CLOSE_NOWRITE = 0x00000010
IN_OPEN = 0x00000020
IN_MOVED_FROM = 0x00000040
IN_MOVED_TO = 0x00000080
IN_CREATE = 0x00000100
IN_DELETE = 0x00000200
IN_DELETE_SELF = 0x00000400
IN_MOVE_SELF = 0x00000800
IN_UNMOUNT = 0x00002000
IN_Q_OVERFLOW = 0x00004000
IN_IGNORED = 0x00008000
IN_ONLYDIR = 0x01000000
IN_DONT_FOLLOW = 0x02000000
IN_MASK_ADD = 0x20000000
IN_ISDIR = 0x40000000
IN_ONESHOT = 0x80000000

IN_CLOSE = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
IN_MOVED = IN_MOVED_FROM | IN_MOVED_TO
IN_CHANGED = IN_MODIFY | IN_ATTRIB
IN_WATCH_MASK = (
    IN_MODIFY
    | IN_ATTRIB
    | IN_CREATE
    | IN_DELETE
    | IN_DELETE_SELF
    | IN_MOVE_SELF
    | IN_UNMOUNT
    | IN_MOVED_FROM
    | IN_MOVED_TO
)

_NAMES: dict[int, str] = {
    IN_ACCESS: "access",
    IN_MODIFY: "modify",
    IN_ATTRIB: "attrib",
    IN_CLOSE_WRITE: "close_write",
    IN_CLOSE_NOWRITE: "close_nowrite",
    IN_OPEN: "open",
    IN_MOVED_FROM: "moved_from",
    IN_MOVED_TO: "moved_to",
    IN_CREATE: "create",
    IN_DELETE: "delete",
    IN_DELETE_SELF: "delete_self",
    IN_MOVE_SELF: "move_self",
    IN_UNMOUNT: "unmount",
    IN_Q_OVERFLOW: "queue_overflow",
    IN_IGNORED: "ignored",
    IN_ONLYDIR: "only_dir",
    IN_DONT_FOLLOW: "dont_follow",
    IN_MASK_ADD: "mask_add",
    IN_ISDIR: "is_dir",
    IN_ONESHOT: "one_shot",
}

# struct inotify_event without its name: watch, mask, cookie, length of the name.
_HEADER = struct.Struct("@iIII")

_Callback = Callable[[Any, "FilePath[bytes]", int], object]


class INotifyError(Exception):
    """The kernel refused a watch, or has no inotify."""


class _Library:
    """The three functions of the C library."""

    def __init__(self) -> None:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        try:
            self._init = library.inotify_init1
            self._add = library.inotify_add_watch
            self._remove = library.inotify_rm_watch
        except AttributeError:
            raise INotifyError("this system has no inotify: it is found on Linux") from None
        self._add.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
        self._errno = ctypes.get_errno

    def init(self) -> int:
        descriptor = int(self._init(os.O_CLOEXEC | os.O_NONBLOCK))
        if descriptor < 0:
            raise INotifyError(f"INotify initialization error: {os.strerror(self._errno())}")
        return descriptor

    def add(self, descriptor: int, path: FilePath[Any], mask: int) -> int:
        watch = int(self._add(descriptor, os.fsencode(path.path), mask))
        if watch < 0:
            raise INotifyError(f"Failed to add watch on '{path!r}' - {os.strerror(self._errno())}")
        return watch

    def remove(self, descriptor: int, watch: int) -> None:
        self._remove(descriptor, watch)


_library: _Library | None = None


def _bound() -> _Library:
    global _library
    if _library is None:
        _library = _Library()
    return _library


def humanReadableMask(mask: int) -> list[str]:
    """Name the events and flags that are set in a mask."""
    return [name for bit, name in _NAMES.items() if mask & bit]


class _Watch:
    """One path that is watched, and who wants to know."""

    def __init__(
        self,
        path: FilePath[bytes],
        mask: int,
        auto_add: bool,
        callbacks: Sequence[_Callback],
    ) -> None:
        self.path = path
        self.mask = mask
        self.auto_add = auto_add
        self.callbacks = list(callbacks)

    def tell(self, notifier: INotify, path: FilePath[bytes], mask: int) -> None:
        for callback in self.callbacks:
            try:
                callback(notifier, path, mask)
            except BaseException:
                _log.failure("Unhandled Error")


class INotify(FileDescriptor):
    """
    Watches files and folders. Call `startReading` for the events to come.

    Args:
        reactor: Who reads; by default the one that runs.
    """

    def __init__(self, reactor: Any = None) -> None:
        FileDescriptor.__init__(self, reactor)
        self._descriptor = _bound().init()
        self._watches: dict[int, _Watch] = {}
        self._numbers: dict[FilePath[bytes], int] = {}
        self._rest = b""
        self.connected = 1

    def fileno(self) -> int:
        """Return the descriptor that events come from, or -1 when it is closed."""
        return self._descriptor

    def connectionLost(self, reason: Failure) -> None:
        """Stop watching. Called by the reactor."""
        FileDescriptor.connectionLost(self, reason)
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
        self._watches.clear()
        self._numbers.clear()

    def doRead(self) -> Any:  # None, or what ends the connection
        """Read events, and tell who wants to know."""
        return fdesc.readFromFD(self._descriptor, self._received)

    def _received(self, data: bytes) -> None:
        for number, mask, raw_name in self._events(data):
            watch = self._watches.get(number)
            if watch is not None:
                self._happened(number, watch, mask, raw_name)
            elif mask & IN_Q_OVERFLOW:
                _log.warn("more happened at once than the kernel keeps: some events of watched files are lost")

    def _events(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        data = self._rest + data
        at = 0
        while len(data) - at >= _HEADER.size:
            number, mask, _, length = _HEADER.unpack_from(data, at)
            end = at + _HEADER.size + length
            if end > len(data):
                break
            raw_name = data[at + _HEADER.size : end].rstrip(b"\0")
            at = end
            # Kept first: whoever is told may end this.
            self._rest = data[at:] if at == len(data) else b""
            yield number, mask, raw_name
        self._rest = data[at:]

    def _happened(self, number: int, watch: _Watch, mask: int, raw_name: bytes) -> None:
        path = watch.path.child(raw_name) if raw_name else watch.path
        watch.tell(self, path, mask)
        if mask & IN_IGNORED or (mask & IN_DELETE_SELF and number in self._watches):
            self._forget(number)
        if watch.auto_add and mask & IN_ISDIR and mask & (IN_CREATE | IN_MOVED_TO):
            self._folder_appeared(path, watch)

    def _folder_appeared(self, path: FilePath[bytes], parent: _Watch) -> None:
        try:
            self.watch(path, mask=parent.mask, autoAdd=True, callbacks=parent.callbacks)
        except INotifyError:
            return  # Gone again.
        # What was made in it before it was watched is told now, and its folders are watched in turn.
        try:
            children = path.children()
        except OSError:
            return
        number = self._numbers.get(path)
        for child in children:
            watch = self._watches.get(number) if number is not None else None
            if watch is None:
                return
            is_folder = child.isdir() and not child.islink()
            watch.tell(self, child, IN_CREATE | (IN_ISDIR if is_folder else 0))
            if is_folder and child not in self._numbers:
                self._folder_appeared(child, watch)

    def _forget(self, number: int) -> None:
        watch = self._watches.pop(number, None)
        if watch is not None and self._numbers.get(watch.path) == number:
            del self._numbers[watch.path]

    def watch(
        self,
        path: FilePath[Any],
        mask: int = IN_WATCH_MASK,
        autoAdd: bool = False,
        callbacks: Sequence[_Callback] | None = None,
        recursive: bool = False,
    ) -> int:
        """
        Watch a file or a folder. On one that is watched already, masks and callbacks are added.

        Args:
            path: Where it is.
            mask: Which events count.
            autoAdd: Whether folders made in it later are watched the same way.
            callbacks: Each is called with this object, the `FilePath` that something happened to, and a mask of what.
            recursive: Whether the folders in it are watched the same way.

        Returns:
            The kernel's number of the watch.

        Raises:
            INotifyError: The kernel refuses.
        """
        number = self._watch_one(path, mask, autoAdd, callbacks or ())
        if recursive:
            for child in path.walk(descend=lambda folder: folder.isdir() and not folder.islink()):
                if child != path and child.isdir() and not child.islink():
                    self._watch_one(child, mask, autoAdd, callbacks or ())
        return number

    def _watch_one(self, path: FilePath[Any], mask: int, auto_add: bool, callbacks: Sequence[_Callback]) -> int:
        raw_path = path.asBytesMode()
        known = self._numbers.get(raw_path)
        if known is not None:
            watch = self._watches[known]
            watch.mask |= mask
            watch.auto_add = watch.auto_add or auto_add
            watch.callbacks += [callback for callback in callbacks if callback not in watch.callbacks]
            _bound().add(self._descriptor, raw_path, watch.mask)
            return known
        number = _bound().add(self._descriptor, raw_path, mask)
        former = self._watches.get(number)
        if former is not None:
            # The same file by another name: the kernel has one watch for both.
            former.callbacks += [callback for callback in callbacks if callback not in former.callbacks]
            self._numbers[raw_path] = number
            return number
        self._watches[number] = _Watch(raw_path, mask, auto_add, callbacks)
        self._numbers[raw_path] = number
        return number

    def ignore(self, path: FilePath[Any]) -> None:
        """
        Stop watching a path.

        Raises:
            KeyError: It is not watched.
        """
        raw_path = path.asBytesMode()
        number = self._numbers.get(raw_path)
        if number is None:
            raise KeyError(f"{path!r} is not watched")
        _bound().remove(self._descriptor, number)
        self._forget(number)


__all__ = [
    "IN_ACCESS",
    "IN_ATTRIB",
    "IN_CHANGED",
    "IN_CLOSE",
    "IN_CLOSE_NOWRITE",
    "IN_CLOSE_WRITE",
    "IN_CREATE",
    "IN_DELETE",
    "IN_DELETE_SELF",
    "IN_DONT_FOLLOW",
    "IN_IGNORED",
    "IN_ISDIR",
    "IN_MASK_ADD",
    "IN_MODIFY",
    "IN_MOVED",
    "IN_MOVED_FROM",
    "IN_MOVED_TO",
    "IN_MOVE_SELF",
    "IN_ONESHOT",
    "IN_ONLYDIR",
    "IN_OPEN",
    "IN_Q_OVERFLOW",
    "IN_UNMOUNT",
    "IN_WATCH_MASK",
    "INotify",
    "INotifyError",
    "humanReadableMask",
]
