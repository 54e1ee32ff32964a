"""
The reactor over an asyncio event loop: one world with everything that asyncio has, on asyncio's own loops and uvloop's.
"""

from __future__ import annotations

import sys
import warnings
from asyncio import AbstractEventLoop, Handle, TimerHandle, new_event_loop
from collections.abc import Callable
from contextvars import Context, copy_context
from threading import get_ident
from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet._reactor.delayed import DelayedCall, TimerQueue
from twisted.internet._reactor.posix import PosixReactorBase, end
from twisted.internet.interfaces import IReactorFDSet
from twisted.logger import Logger
from twisted.logger._origin import prefix
from twisted.logger._origin import running as running_in_thread

__all__ = ["AsyncioSelectorReactor", "install"]

_log = Logger("twisted.internet.asyncioreactor")

# Some names of arguments are promised, and hide it.
_callable = callable


class _Timers(TimerQueue):
    """Delayed calls that have the loop turn when the first is due."""

    def __init__(self, seconds: Callable[[], float], changed: Callable[[float], None]) -> None:
        super().__init__(seconds)
        self._changed = changed

    def moved(self, call: DelayedCall) -> None:
        super().moved(call)
        self._changed(call.time)


@implementer(IReactorFDSet)
class AsyncioSelectorReactor(PosixReactorBase):
    """
    A reactor whose waiting an asyncio loop does.

    `run` runs the loop. Where somebody else runs it, `startRunning` is all that is needed: then the reactor lives in
    that loop's turns.

    Args:
        eventloop: The loop, one that watches descriptors; a new one of the policy's kind if it is left out.

    Raises:
        TypeError: The loop watches no descriptors, as Windows's proactor.
    """

    _flushes = True

    def __init__(self, eventloop: AbstractEventLoop | None = None) -> None:
        if eventloop is None:
            # The policy is asked, so that a program that set another one gets its loops.
            eventloop = _usual_loop()
        if not _watches_descriptors(eventloop):
            raise TypeError(
                f"{type(self).__qualname__} needs a loop that watches descriptors, and {eventloop!r} does not"
            )
        self._asyncioEventloop: AbstractEventLoop = eventloop
        self._readers: dict[int, Any] = {}
        self._writers: dict[int, Any] = {}
        # Descriptors that the loop cannot watch, such as files: they are always ready.
        self._always: set[int] = set()
        self._turn_asked = False
        self._flush_asked = False
        self._wake_at: float | None = None
        self._wake_handle: TimerHandle | None = None
        self._registered: tuple[int, Any] | None = None
        self._within_run = False
        # Callbacks of the loop start from here, and not from whatever was set where something was watched.
        self._clean: Context = copy_context()
        super().__init__()
        self._timers = _Timers(lambda: self.seconds(), self._timer_changed)

    # Watching

    def _want(self, table: dict[int, Any], stream: Any, watch: Any, ready: Any) -> None:
        fd = stream.fileno()
        known = table.get(fd)
        if known is stream:
            return
        if fd < 0:
            raise ValueError(f"{stream!r} has no descriptor to watch (fileno() is {fd})")
        try:
            self._clean.copy().run(watch, fd, ready, stream, fd)
        except PermissionError:
            self._always.add(fd)
            self._ask_for_turn()
        table[fd] = stream

    def _unwant(self, table: dict[int, Any], stream: Any, unwatch: Any) -> None:
        fd = stream.fileno()
        if table.get(fd) is not stream:
            for known, one in table.items():
                if one is stream:
                    fd = known
                    break
            else:
                return
        del table[fd]
        if fd in self._always:
            if fd not in self._readers and fd not in self._writers:
                self._always.discard(fd)
            return
        try:
            unwatch(fd)
        except (OSError, ValueError, RuntimeError):
            # It was closed before, or the loop was.
            return

    def addReader(self, reader: Any) -> None:
        """Watch for something to read."""
        self._want(self._readers, reader, self._asyncioEventloop.add_reader, self._readable)

    def addWriter(self, writer: Any) -> None:
        """Watch for room to write."""
        self._want(self._writers, writer, self._asyncioEventloop.add_writer, self._writable)

    def removeReader(self, reader: Any) -> None:
        """Watch no longer."""
        self._unwant(self._readers, reader, self._asyncioEventloop.remove_reader)

    def removeWriter(self, writer: Any) -> None:
        """Watch no longer."""
        self._unwant(self._writers, writer, self._asyncioEventloop.remove_writer)

    def getReaders(self) -> list[Any]:
        """Give what is watched for reading."""
        return list(self._readers.values())

    def getWriters(self) -> list[Any]:
        """Give what is watched for writing."""
        return list(self._writers.values())

    def _readable(self, stream: Any, fd: int) -> None:
        known: Any = self._readers.get(fd)
        if known is stream:
            self._dispatch(stream, fd, known.doRead, True)

    def _writable(self, stream: Any, fd: int) -> None:
        known: Any = self._writers.get(fd)
        if known is stream:
            self._dispatch(stream, fd, known.doWrite, False)

    def _dispatch(self, stream: Any, fd: int, do: Callable[[], Any], reading: bool) -> None:
        self._dispatching = stream
        why: Any
        try:
            why = do()
        except BaseException as raised:
            _log.failure("Unhandled Error", log_system=prefix())
            why = raised
        if why is None and stream.fileno() != fd:
            self._forget(fd, stream)
            if stream.fileno() != -1:
                why = error.ConnectionFdescWentAway("Filedescriptor went away")
        if why is not None:
            end(self, stream, why, reading)
        self._dispatching = None

    def _forget(self, fd: int, stream: Any) -> None:
        # It has closed its descriptor within its own callback, most often after it took itself out.
        if self._readers.get(fd) is stream:
            self.removeReader(stream)
        if self._writers.get(fd) is stream:
            self.removeWriter(stream)

    # Turning

    def _mark(self, stream: Any) -> None:
        self._dirty.append(stream)
        if not self._flush_asked:
            self._flush_asked = True
            self._clean.copy().run(self._asyncioEventloop.call_soon, self._flush_now)

    def _flush_now(self) -> None:
        self._flush_asked = False
        self._flush()

    def _ask_for_turn(self) -> None:
        """Have a turn soon. Safe in every thread and in signal handlers."""
        if not self._turn_asked:
            self._turn_asked = True
            try:
                self._clean.copy().run(self._asyncioEventloop.call_soon_threadsafe, self._turn)
            except RuntimeError:
                # The loop is closed: nothing will ever happen there.
                self._turn_asked = False

    def _turn(self) -> None:
        self._turn_asked = False
        self.runUntilCurrent()
        for fd in list(self._always):
            for table, name, reading in ((self._readers, "doRead", True), (self._writers, "doWrite", False)):
                stream = table.get(fd)
                if stream is not None:
                    self._dispatch(stream, fd, getattr(stream, name), reading)
        if self._always:
            self._ask_for_turn()
        delay = self.timeout()
        if delay == 0:
            self._ask_for_turn()
        elif delay is not None:
            self._timer_changed(self.seconds() + delay)

    def _timer_changed(self, when: float) -> None:
        """Wake up at a certain time, if that is before the time that we wake up anyway."""
        if self._wake_at is not None:
            if when >= self._wake_at:
                return
            if self._wake_handle is not None:
                self._wake_handle.cancel()
        self._wake_at = when
        delay = max(0.0, when - self.seconds())
        self._wake_handle = self._clean.copy().run(self._asyncioEventloop.call_later, delay, self._wake)

    def _wake(self) -> None:
        self._wake_at = self._wake_handle = None
        self._turn()

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object) -> DelayedCall:
        """Call *callable* in *delay* seconds. See `IReactorTime`."""
        call = super().callLater(delay, callable, *args, **kwargs)
        self._timer_changed(call.time)
        return call

    def callFromThread(  # type: ignore[override]  # the promised names differ from the base's
        self, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> None:
        """Have *callable* called in the reactor's thread. Safe in every thread and in signal handlers."""
        assert _callable(callable), f"{callable} is not callable"
        self.threadCallQueue.append((callable, args, kwargs, copy_context()))
        self._ask_for_turn()

    def wakeUp(self) -> None:
        """Make the loop turn, if it waits. Safe in every thread."""
        self._ask_for_turn()

    # Running

    def startRunning(self, installSignalHandlers: bool = True) -> None:
        """Begin to run; whoever runs the loop runs the reactor."""
        thread = get_ident()
        if not self._started:
            self._registered = (thread, running_in_thread.get(thread))
            running_in_thread[thread] = self
        super().startRunning(installSignalHandlers)
        self._ask_for_turn()

    def run(self, installSignalHandlers: bool = True) -> None:
        """Run until `stop` is called."""
        self.startRunning(installSignalHandlers)
        self._within_run = True
        try:
            if self._started:
                self._asyncioEventloop.run_forever()
        finally:
            self._within_run = False
            self._dispatching = None
            self._over()

    def _over(self) -> None:
        self._restore_signals()
        if self._registered is not None:
            (thread, before), self._registered = self._registered, None
            if before is not None:
                running_in_thread[thread] = before
            else:
                running_in_thread.pop(thread, None)

    def iterate(self, timeout: float = 0.0) -> None:
        """Run one turn, waiting at most *timeout* seconds."""
        self._ask_for_turn()
        loop = self._asyncioEventloop
        stop: Handle = loop.call_later(timeout, loop.stop) if timeout > 0 else loop.call_soon(loop.stop)
        try:
            loop.run_forever()
        finally:
            stop.cancel()

    def stop(self) -> None:
        """Fire the shutdown event, and then stop."""
        super().stop()
        self._ask_for_turn()

    def crash(self) -> None:
        """Stop at once, without events; streams stay as they are."""
        super().crash()
        self._asyncioEventloop.stop()
        if not self._within_run:
            self._over()

    def doIteration(self, delay: float | None) -> None:
        """Run one turn of the loop, waiting at most *delay* seconds."""
        self.iterate(0.0 if delay is None else delay)

    def mainLoop(self) -> None:
        """Run the loop until the reactor stops."""
        self._asyncioEventloop.run_forever()


def _usual_loop() -> AbstractEventLoop:
    if sys.version_info >= (3, 14):
        return new_event_loop()
    # Here, since Pythons to come have no policies.
    from asyncio import get_event_loop_policy

    try:
        with warnings.catch_warnings():
            # 3.12 and 3.13 warn that the policy makes one where there is none, which 3.14 leaves to us.
            warnings.filterwarnings("ignore", "There is no current event loop", DeprecationWarning)
            return get_event_loop_policy().get_event_loop()
    except RuntimeError:
        # There is none in this thread, or not any more.
        return new_event_loop()


def _watches_descriptors(loop: AbstractEventLoop) -> bool:
    # A loop that cannot says so by the abstract class's own method.
    return isinstance(loop, AbstractEventLoop) and type(loop).add_reader is not AbstractEventLoop.add_reader


def install(eventloop: AbstractEventLoop | None = None) -> None:
    """
    Make a reactor of this kind the process's default.

    Args:
        eventloop: The loop to use.
    """
    from twisted.internet.main import installReactor

    installReactor(AsyncioSelectorReactor(eventloop))
