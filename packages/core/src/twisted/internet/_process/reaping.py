"""
How a reactor learns that a child has ended.

Where the system has descriptors for processes (Linux 5.3), the reactor waits on one, as on any other: it needs no
signal handler, works in every thread, and touches no child but the one asked about. Elsewhere a handler for SIGCHLD
does it if the main thread asks, and a waiting thread if another one does.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger

if TYPE_CHECKING:
    from types import FrameType

    from twisted.python.failure import Failure

_log = Logger("twisted.internet.process")

# What was registered, by the child's number. Values have reapProcess() and processEnded(status).
reapProcessHandlers: dict[int, Any] = {}

_watches: dict[int, _Watch] = {}
# Not every kernel and sandbox allows them; found out at the first child.
_descriptors_work = hasattr(os, "pidfd_open")


class _Watch:
    """One child waited for: somebody calls `fire` when it has ended, any number of times."""

    def __init__(self, reap: Callable[[], object]) -> None:
        self.reap = reap
        self.active = True

    def fire(self) -> None:
        if self.active:
            self.reap()

    def stop(self) -> None:
        self.active = False


@implementer(IReadDescriptor)
class _DescriptorWatch(_Watch):
    """Waits on the descriptor of a process, which becomes readable when the process ends."""

    # The reactor's own, as its waker is: stays when everything else is disconnected, so that exits are still seen.
    _internal_reader = True

    def __init__(self, reactor: Any, descriptor: int, reap: Callable[[], object]) -> None:
        super().__init__(reap)
        self._reactor = reactor
        self._descriptor = descriptor
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:
        return "-"

    def doRead(self) -> None:
        reap = self.reap
        self.stop()
        reap()

    def connectionLost(self, reason: Failure) -> None:
        self.stop()

    def stop(self) -> None:
        if self.active:
            self.active = False
            self._reactor.removeReader(self)
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class _ThreadWatch(_Watch):
    """A thread that waits for one child, without taking its status away."""

    def __init__(self, reactor: Any, pid: int, reap: Callable[[], object]) -> None:
        super().__init__(reap)
        self._reactor = reactor
        self._pid = pid
        threading.Thread(target=self._wait, name=f"waiting for process {pid}", daemon=True).start()

    def _wait(self) -> None:
        try:
            os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError:
            pass  # Somebody else took it. The reactor will find out.
        if self.active:
            self._reactor.callFromThread(self.fire)


class _SignalWatch(_Watch):
    """Looks at its child whenever SIGCHLD says that some child has changed."""

    _all: set[_SignalWatch] = set()
    _former: Any = None  # A function, a number, or None for a handler that was not set from Python.

    def __init__(self, reactor: Any, reap: Callable[[], object]) -> None:
        super().__init__(reap)
        self._reactor = reactor
        if not self._all:
            _SignalWatch._former = signal.signal(signal.SIGCHLD, self._child_changed)
            signal.siginterrupt(signal.SIGCHLD, False)
        self._all.add(self)
        # The child may have ended before the handler stood.
        reactor.callFromThread(self.fire)

    @staticmethod
    def _child_changed(number: int, frame: FrameType | None) -> None:
        for watch in list(_SignalWatch._all):
            watch._reactor.callFromThread(watch.fire)
        if callable(_SignalWatch._former):
            _SignalWatch._former(number, frame)

    def stop(self) -> None:
        super().stop()
        self._all.discard(self)
        if self._all or threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGCHLD) is self._child_changed:
            # By the class: an instance would make a method of a function.
            signal.signal(signal.SIGCHLD, _SignalWatch._former or signal.SIG_DFL)


def watch_exit(reactor: Any, pid: int, reap: Callable[[], object]) -> _Watch:
    """
    Call *reap* in the reactor's thread when a child has ended; it is not waited for by then.

    Without descriptors for processes, *reap* may also be called when the child has not ended.

    Args:
        reactor: It needs ``addReader`` and ``callFromThread``.
        pid: A child of this process.
        reap: Called without arguments. It should not raise.

    Returns:
        An object whose method ``stop`` ends the watch.
    """
    global _descriptors_work
    if _descriptors_work:
        try:
            descriptor = os.pidfd_open(pid)
        except OSError as problem:
            if problem.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESRCH):
                _descriptors_work = False
        else:
            return _DescriptorWatch(reactor, descriptor, reap)
    if threading.current_thread() is threading.main_thread():
        return _SignalWatch(reactor, reap)
    return _ThreadWatch(reactor, pid, reap)


def track(pid: int, process: Any, reactor: Any) -> None:
    """Register a child that was just started, and watch for its end."""
    reapProcessHandlers[pid] = process
    _watches[pid] = watch_exit(reactor, pid, process.reapProcess)


def untrack(pid: int) -> None:
    """Forget a child whose end was seen."""
    reapProcessHandlers.pop(pid, None)
    watch = _watches.pop(pid, None)
    if watch is not None:
        watch.stop()


def reapAllProcesses() -> None:
    """Let every registered object look whether its child has ended."""
    for process in list(reapProcessHandlers.values()):
        process.reapProcess()


def registerReapProcessHandler(pid: int, process: Any) -> None:
    """
    Have an object told when a child ends.

    Args:
        pid: A child of this process.
        process: Its ``reapProcess()`` is called when children end; it waits for the child, and unregisters. Has the
            child ended already, it is waited for here, and ``processEnded(status)`` is called instead.

    Raises:
        RuntimeError: This child is registered already.
    """
    if pid in reapProcessHandlers:
        raise RuntimeError("Try to register an already registered process.")
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except OSError:
        _log.failure("Cannot wait for process {pid}", pid=pid)
        ended = status = 0
    if ended:
        process.processEnded(status)
        return
    reactor = getattr(process, "reactor", None)
    if reactor is None:
        reactor = sys.modules.get("twisted.internet.reactor")
    reapProcessHandlers[pid] = process
    if reactor is not None:
        _watches[pid] = watch_exit(reactor, pid, process.reapProcess)


def unregisterReapProcessHandler(pid: int, process: Any) -> None:
    """
    Undo `registerReapProcessHandler`.

    Raises:
        RuntimeError: This object is not registered for this child.
    """
    if reapProcessHandlers.get(pid) is not process:
        raise RuntimeError("Try to unregister a process not registered.")
    untrack(pid)
