"""
The loop over descriptors, shared by epoll, kqueue, poll and select.

What differs between them is small: an object that is told which descriptors to watch, and that says which are ready.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from errno import EBADF
from typing import Any, Protocol

from zope.interface import implementer

from twisted.internet import error, main
from twisted.internet._reactor.posix import PosixReactorBase, end
from twisted.internet.interfaces import IReactorFDSet
from twisted.logger import Logger
from twisted.logger._origin import prefix

# The numbers are those of poll(2) and epoll(7), so that these need no translation.
READ = 1
WRITE = 4
# An error or a hang-up, reported whether it was asked for or not.
BROKEN = 8 | 16

_log = Logger("twisted.internet.posixbase")


def _is_still(streams: dict[int, Any], fd: int, stream: object) -> bool:
    return streams.get(fd) is stream


class Poller(Protocol):
    """A system call for waiting, as it looks from here. Interests and events are sums of `READ`, `WRITE`, `BROKEN`."""

    def watch(self, fd: int, interest: int, before: int) -> None:
        """Change a descriptor's interest from *before* (0: not watched) to another; raises `OSError`."""

    def unwatch(self, fd: int) -> None:
        """Watch a descriptor no longer. Raises `OSError` if it was closed."""

    def poll(self, timeout: float | None) -> Sequence[tuple[int, int]]:
        """Wait at most *timeout* seconds; give ready descriptors with their events."""

    def close(self) -> None:
        """Give everything back."""


@implementer(IReactorFDSet)
class ReadinessReactor(PosixReactorBase):
    """
    A reactor that waits for descriptors to become ready.

    Subclasses make the `Poller`.
    """

    _flushes = True

    # Called before a watched descriptor is closed, where the system does not forget it by itself.
    _forget: Any = None

    def __init__(self) -> None:
        self._poller = self._make_poller()
        self._streams: dict[int, Any] = {}
        self._interests: dict[int, int] = {}
        # Regular files are always ready, and epoll does not take them.
        self._always: dict[int, int] = {}
        self._strangers = 0
        super().__init__()

    def _make_poller(self) -> Poller:
        raise NotImplementedError(f"{type(self).__qualname__} has no poller: override _make_poller")

    @property
    def _poller(self) -> Any:
        # There are programs that put a wrapper here, to measure how long each turn takes.
        return self._system

    @_poller.setter
    def _poller(self, poller: Any) -> None:
        self._system: Any = poller
        self._poll: Any = poller.poll

    # Watching

    def _want(self, stream: Any, interest: int) -> None:
        fd = stream.fileno()
        before = self._interests.get(fd, 0)
        if before:
            if self._streams[fd] is not stream:
                # The descriptor was closed without a word, and the number was given to somebody else.
                self._drop(fd)
                before = 0
            elif before & interest:
                return
        if fd < 0:
            raise ValueError(f"{stream!r} has no descriptor to watch (fileno() is {fd})")
        try:
            self._system.watch(fd, before | interest, before)
        except PermissionError:
            self._always[fd] = before | interest
        self._streams[fd] = stream
        self._interests[fd] = before | interest

    def _unwant(self, stream: Any, interest: int) -> None:
        fd = stream.fileno()
        if self._streams.get(fd) is not stream:
            if fd >= 0:
                # Not watched, as most that end: they are taken from the reactor more than once.
                return
            # It is closed already: find it by what it was.
            for known, one in self._streams.items():
                if one is stream:
                    fd = known
                    break
            else:
                return
        before = self._interests[fd]
        after = before & ~interest
        if after == before:
            return
        if not after:
            self._drop(fd)
            return
        self._interests[fd] = after
        if fd in self._always:
            self._always[fd] = after
        else:
            try:
                self._system.watch(fd, after, before)
            except OSError:
                self._drop(fd)

    def _closing(self, stream: Any, fd: int) -> None:
        if self._streams.get(fd) is stream:
            del self._streams[fd], self._interests[fd]
            if self._always.pop(fd, None) is None and self._forget is not None:
                try:
                    self._forget(fd)
                except (OSError, ValueError, KeyError):
                    return

    def _drop(self, fd: int) -> None:
        self._streams.pop(fd, None)
        self._interests.pop(fd, None)
        if self._always.pop(fd, None) is None:
            try:
                self._system.unwatch(fd)
            except (OSError, ValueError, KeyError):
                # It was closed before: then the system has forgotten it too.
                return

    def addReader(self, reader: Any) -> None:
        """Watch for something to read."""
        self._want(reader, READ)

    def addWriter(self, writer: Any) -> None:
        """Watch for room to write."""
        self._want(writer, WRITE)

    def removeReader(self, reader: Any) -> None:
        """Watch no longer."""
        self._unwant(reader, READ)

    def removeWriter(self, writer: Any) -> None:
        """Watch no longer."""
        self._unwant(writer, WRITE)

    def getReaders(self) -> list[Any]:
        """Give what is watched for reading."""
        return [self._streams[fd] for fd, interest in self._interests.items() if interest & READ]

    def getWriters(self) -> list[Any]:
        """Give what is watched for writing."""
        return [self._streams[fd] for fd, interest in self._interests.items() if interest & WRITE]

    def afterDaemonize(self) -> None:
        """Called in the child of a fork: some pollers are shared with the parent, and must not be."""
        self._rebuild()
        super().afterDaemonize()

    def _rebuild(self) -> None:
        """Start with a new poller."""
        self._system.close()
        self._poller = self._make_poller()
        self._strangers = 0
        for fd, interest in list(self._interests.items()):
            if fd not in self._always:
                try:
                    self._system.watch(fd, interest, 0)
                except OSError:
                    self._streams.pop(fd, None)
                    self._interests.pop(fd, None)

    # Waiting

    def doIteration(self, timeout: float | None) -> None:
        """Wait for descriptors, and call those that are ready."""
        if self._always:
            timeout = 0
        if not self._asleep:
            # A loop of somebody else's, within ours. What was queued before this is not waited for.
            self._asleep = True
            if self.threadCallQueue:
                timeout = 0
        try:
            events = self._poll(timeout)
        except OSError as broken:
            if broken.errno != EBADF:
                raise
            self._forget_closed()
            events = ()
        self._asleep = self._asleep_between
        if events:
            streams = self._streams
            stream: Any
            why: Any
            for fd, event in events:
                stream = streams.get(fd)
                if stream is None:
                    self._meet_stranger(fd)
                    continue
                self._dispatching = stream
                try:
                    why = stream.doRead() if event == READ else self._not_only_read(stream, fd, event)
                except BaseException as raised:
                    _log.failure("Unhandled Error", log_system=prefix())
                    why = raised
                if why is not None or stream.fileno() != fd:
                    self._ended(stream, fd, why)
            self._dispatching = None
        if self._always:
            self._call_always()
        if self._dirty:
            self._flush()

    def _not_only_read(self, stream: Any, fd: int, event: int) -> Any:
        """Call a stream that can be written to, or is broken: whoever reads or writes finds out what is wrong."""
        if event & READ:
            why = stream.doRead()
            if why is None and event & WRITE and _is_still(self._streams, fd, stream):
                why = stream.doWrite()
                if why is not None:
                    # Not an end of what is read, which may mean something else.
                    self._disconnectSelectable(stream, why, False)
                    return None
            return why
        interest = WRITE if event & WRITE else self._interests.get(fd, 0)
        if interest & READ:
            return stream.doRead()
        why = stream.doWrite() if interest & WRITE else main.CONNECTION_LOST
        if why is not None:
            self._disconnectSelectable(stream, why, False)
        return None

    def _forget_closed(self) -> None:
        """Somebody closed descriptors behind our back: tell their streams."""
        for fd, stream in list(self._streams.items()):
            try:
                os.fstat(fd)
            except OSError:
                self._drop(fd)
                end(self, stream, error.ConnectionFdescWentAway("Filedescriptor went away"), False)

    def _ended(self, stream: Any, fd: int, why: Any) -> None:
        if why is None:
            if stream.fileno() == -1:
                # It was closed within its own callback, which is its good right.
                if self._streams.get(fd) is stream:
                    self._drop(fd)
                return
            why = error.ConnectionFdescWentAway("Filedescriptor went away")
            self._drop(fd)
        self._disconnectSelectable(stream, why, True)

    def _meet_stranger(self, fd: int) -> None:
        """
        An event of a descriptor that nobody watches.

        Most often its stream was removed by an earlier event of the same turn. But a descriptor that was closed here,
        and lives on in a process that was forked, is reported for ever, and only a new poller forgets it.
        """
        self._strangers += 1
        if self._strangers > 1000:
            self._rebuild()

    def _call_always(self) -> None:
        for fd, interest in list(self._always.items()):
            stream: Any = self._streams.get(fd)
            if stream is None:
                continue
            self._dispatching = stream
            why: Any = None
            try:
                if interest & READ:
                    why = stream.doRead()
                if why is None and interest & WRITE and _is_still(self._streams, fd, stream):
                    why = stream.doWrite()
            except BaseException as raised:
                why = raised
                _log.failure("Unhandled Error", log_system=prefix())
            if why is not None:
                self._disconnectSelectable(stream, why, bool(interest & READ))
        self._dispatching = None
