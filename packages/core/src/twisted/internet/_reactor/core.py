"""
The object that a reactor is: time, events, threads, starting and stopping. What it waits for is a subclass's business.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from threading import get_ident
from time import time as wall_clock
from types import FrameType
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import error, main
from twisted.internet._reactor.delayed import CALLED, DelayedCall, QueuedCall, TimerQueue
from twisted.internet._reactor.events import _SystemEventID, _ThreePhaseEvent
from twisted.internet._reactor.resolving import PluggableResolverMixin, resolve_simply
from twisted.internet._reactor.signals import Signals
from twisted.internet.interfaces import (
    IDelayedCall,
    IReactorCore,
    IReactorDaemonize,
    IReactorThreads,
    IReactorTime,
    IReadDescriptor,
    IWriteDescriptor,
)
from twisted.logger import Logger
from twisted.logger._origin import running as running_in_thread
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._reactor.waking import Waker
    from twisted.internet.defer import Deferred
    from twisted.python.threadpool import ThreadPool

_log = Logger("twisted.internet.base")

# Under another name, because the promised name of many an argument hides it.
_callable = callable


@implementer(IReactorCore, IReactorTime, IReactorThreads, IReactorDaemonize)
class ReactorBase(PluggableResolverMixin):
    """
    A reactor without a way to wait: subclasses give `doIteration`, the methods that watch descriptors, and
    `installWaker`.

    Making one has no effect on the process. It can be run again after it stopped, and several may live in one process,
    one running in each thread.

    Attributes:
        running: Whether it runs and the startup event has happened.
        threadCallQueue: What other threads want called.
        waker: What wakes it, or `None`.
        threadpool: The thread pool, once somebody has used it.
        usingThreads: Whether there are threads: always, nowadays.
    """

    installed = False
    usingThreads = False
    threadpool: ThreadPool | None = None
    threadpoolShutdownID: Any = None
    waker: Waker | None = None

    # What the loop is calling right now: the logger asks.
    _dispatching: object | None = None
    # Set while the loop waits, or may: only then is a byte needed to wake it.
    _asleep = True
    # What it is between two waits: loops that are not ours may wait anywhere.
    _asleep_between = True
    # Whether streams may leave sending to the end of the turn: true where the loop is ours and calls `_flush`.
    _flushes = False
    _exitSignal: int | None = None
    _running_signals: Signals | None = None
    _signal_waker: Waker | None = None
    _registerAsIOThread = True

    seconds = staticmethod(wall_clock)

    def __init__(self) -> None:
        self._events: dict[str, _ThreePhaseEvent] = {}
        self.threadCallQueue: deque[tuple[Callable[..., Any], tuple[object, ...], dict[str, object], Context]] = deque()
        self.usingThreads = True
        self.running = False
        self._started = False
        self._stopped = True
        self._stop_requested = False
        # Delayed calls whose time has come, and whose turn has not: a loop within a call goes on with them.
        self._due: deque[Any] = deque()
        self._armed: list[_SystemEventID] = []
        self._owner = os.getpid()
        # Streams that have something to send before the loop waits again.
        self._dirty: list[Any] = []  # Any: streams of every kind
        # Asked through self, so that a clock put in the place of seconds() counts.
        self._timers = TimerQueue(lambda: self.seconds())
        self._internalReaders: set[Any] = set()
        self._arm()

    # What a subclass has to give. Its loop may be anything.

    def installWaker(self) -> None:
        """Make and watch what `wakeUp` uses."""
        raise NotImplementedError(f"{type(self).__qualname__} has no waker: override installWaker")

    def doIteration(self, delay: float | None) -> None:
        """Wait for descriptors, at most *delay* seconds (`None` for ever), and call those that are ready."""
        raise NotImplementedError(f"{type(self).__qualname__} cannot wait: override doIteration")

    def addReader(self, reader: IReadDescriptor) -> None:
        """Watch for something to read."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override addReader")

    def addWriter(self, writer: IWriteDescriptor) -> None:
        """Watch for room to write."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override addWriter")

    def removeReader(self, reader: IReadDescriptor) -> None:
        """Watch no longer."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override removeReader")

    def removeWriter(self, writer: IWriteDescriptor) -> None:
        """Watch no longer."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override removeWriter")

    def removeAll(self) -> list[IReadDescriptor | IWriteDescriptor]:
        """Watch nothing any more but for what the reactor needs itself; give what was watched."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override removeAll")

    def getReaders(self) -> list[IReadDescriptor]:
        """Give what is watched for reading."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override getReaders")

    def getWriters(self) -> list[IWriteDescriptor]:
        """Give what is watched for writing."""
        raise NotImplementedError(f"{type(self).__qualname__} watches nothing: override getWriters")

    # The loop

    def run(self, installSignalHandlers: bool = True) -> None:
        """
        Run until `stop` is called.

        Args:
            installSignalHandlers: Whether SIGINT, SIGTERM and SIGBREAK stop the reactor. They are left as they were
                when it has stopped.

        Raises:
            ReactorAlreadyRunning: It runs.
        """
        if self._started:
            raise error.ReactorAlreadyRunning()
        thread = get_ident()
        before = running_in_thread.get(thread)
        running_in_thread[thread] = self
        try:
            self.startRunning(installSignalHandlers=installSignalHandlers)
            self.mainLoop()
        finally:
            if before is None:
                running_in_thread.pop(thread, None)
            else:
                running_in_thread[thread] = before
            self._asleep = self._asleep_between = True
            self._dispatching = None
            self._restore_signals()

    def mainLoop(self) -> None:
        """Turn until the reactor stops."""
        while self._started:
            try:
                while self._started:
                    self._asleep_between = False
                    self.runUntilCurrent()
                    # From here on other threads have to wake us; what they queued before is seen by timeout().
                    self._asleep = True
                    delay = self.timeout()
                    self.doIteration(delay if self.running else 0)
                    self._asleep = False
            except BaseException:
                _log.failure("unexpected error in main loop")
        _log.info("Main loop terminated.")

    def iterate(self, delay: float = 0.0) -> None:
        """Run one turn, waiting at most *delay* seconds."""
        # This may be called within a callback: what its stream has written goes out first, and others have to wake us.
        between, self._asleep_between = self._asleep_between, True
        self._asleep = True
        current = self._dispatching
        if current is not None and hasattr(current, "_send_turn"):
            current._send_turn()
        try:
            self.runUntilCurrent()
            self.doIteration(delay)
        finally:
            self._asleep = self._asleep_between = between

    def startRunning(self, installSignalHandlers: bool = True) -> None:
        """
        Begin to run, without turning: for loops of somebody else's.

        Raises:
            ReactorAlreadyRunning: It runs.
        """
        if self._started:
            raise error.ReactorAlreadyRunning()
        self._started = True
        self._stopped = False
        self._stop_requested = False
        self._exitSignal = None
        if self._owner != os.getpid():
            self.afterDaemonize()
        self._arm()
        if self._registerAsIOThread:
            from twisted.python import threadable

            threadable.registerAsIOThread()
        self.installWaker()
        if installSignalHandlers:
            self._install_signals()
        self.fireSystemEvent("startup")

    def _arm(self) -> None:
        """Add what the reactor itself does at its start and end."""
        if not self._armed:
            self._armed = [
                self.addSystemEventTrigger("during", "startup", self._now_running),
                self.addSystemEventTrigger("during", "shutdown", self._end),
                self.addSystemEventTrigger("during", "shutdown", self.disconnectAll),
            ]

    def _now_running(self) -> None:
        self.running = True

    def runUntilCurrent(self) -> None:
        """Make the calls whose time has come, and those that other threads asked for."""
        queue = self.threadCallQueue
        if queue:
            self._dispatching = None
            # What is queued by these calls is for the next turn, or others would never have theirs.
            for _ in range(len(queue)):
                function, args, kwargs, context = queue.popleft()
                try:
                    if kwargs:
                        context.run(function, *args, **kwargs)
                    else:
                        context.run(function, *args)
                except BaseException:
                    _log.failure("while calling from thread")
        due = self._due
        due.extend(self._timers.take_due(self.seconds()))
        again = True
        while due:
            self._dispatching = None
            while due:
                call = due.popleft()
                if call._past:
                    continue
                if call.delayed_time:
                    self._timers.put_back(call)
                    continue
                call._past = CALLED
                try:
                    if call.kw:
                        call._context.run(call.func, *call.args, **call.kw)
                    else:
                        call._context.run(call.func, *call.args)
                except BaseException:
                    _log.failure("while handling timed call {previous()}", previous=call._call_text)
            # Calls that were asked for just now come before what was written just now is sent. An answer to it may be
            # here after the next wait, and would overtake them.
            if again and self._dirty and not (queue or self._stop_requested or not self._started):
                again = False
                due.extend(self._timers.take_due(self.seconds()))
        if self._stop_requested:
            self._stop_requested = False
            self._dispatching = None
            self.fireSystemEvent("shutdown")
        if self._dirty:
            self._flush()

    def _mark(self, stream: Any) -> None:
        """Have a stream send before the loop waits again."""
        self._dirty.append(stream)

    def _closing(self, stream: Any, fd: int) -> None:
        """A stream is about to close its descriptor."""
        self.removeReader(stream)
        self.removeWriter(stream)

    def _flush(self) -> None:
        """Let every stream send that has something to send."""
        dirty = self._dirty[:]
        self._dirty.clear()
        for stream in dirty:
            self._dispatching = stream
            stream._send_turn()
        self._dispatching = None

    def timeout(self) -> float | None:
        """Say how long the loop may wait, in seconds; `None` for ever."""
        if self.threadCallQueue or self._dirty or self._stop_requested or self._due:
            return 0
        now = self.seconds()
        first = self._timers.next_time(now)
        if first is None:
            return None
        return first - now if first > now else 0

    # Stopping

    def stop(self) -> None:
        """
        Fire the shutdown event, and then stop.

        Raises:
            ReactorNotRunning: It does not run, or is stopping.
        """
        if self._stopped:
            raise error.ReactorNotRunning("Can't stop reactor that isn't running.")
        self._stopped = True
        self._stop_requested = True

    def crash(self) -> None:
        """Stop at once, without events; streams stay as they are."""
        if self.running:
            # The startup event has taken this, and the shutdown event, which makes the next run arm, does not come.
            self.addSystemEventTrigger("during", "startup", self._now_running)
        self._started = False
        self.running = False
        self._stopped = True
        self._stop_requested = False

    def _end(self) -> None:
        # The event has taken our triggers: the next run needs others. Loops of somebody else's extend crash().
        self._armed = []
        self.running = False
        self.crash()

    def sigInt(self, number: int, frame: FrameType | None = None) -> None:
        """Stop because of SIGINT."""
        self._signalled("SIGINT", number)

    def sigBreak(self, number: int, frame: FrameType | None = None) -> None:
        """Stop because of SIGBREAK."""
        self._signalled("SIGBREAK", number)

    def sigTerm(self, number: int, frame: FrameType | None = None) -> None:
        """Stop because of SIGTERM."""
        self._signalled("SIGTERM", number)

    def _signalled(self, name: str, number: int) -> None:
        _log.info("Received {signal}, shutting down.", signal=name)
        self._exitSignal = number
        self.callFromThread(self._stop_for_signal)

    def _stop_for_signal(self) -> None:
        # A second signal while we stop changes nothing.
        if not self._stopped:
            self.stop()

    def _install_signals(self) -> None:
        self._running_signals = Signals({"SIGINT": self.sigInt, "SIGTERM": self.sigTerm, "SIGBREAK": self.sigBreak})
        self._running_signals.install(self._signal_waker.o if self._signal_waker is not None else -1)

    def _restore_signals(self) -> None:
        signals, self._running_signals = self._running_signals, None
        if signals is not None:
            signals.restore()

    def disconnectAll(self) -> None:
        """Tell everything that is watched that its connection is lost."""
        for stream in self.removeAll():
            try:
                stream.connectionLost(Failure(main.CONNECTION_LOST))
            except BaseException:
                _log.failure("while disconnecting {stream}", stream=stream)

    # Events

    def fireSystemEvent(self, eventType: str) -> None:
        """Have the triggers of an event called."""
        event = self._events.get(eventType)
        if event is not None:
            event.fireEvent()

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> _SystemEventID:
        """Have *callable* called when *eventType* happens. See `IReactorCore`."""
        assert _callable(callable), f"{callable} is not callable"
        event = self._events.get(eventType)
        if event is None:
            event = self._events[eventType] = _ThreePhaseEvent()
        return _SystemEventID((eventType, event.addTrigger(phase, callable, *args, **kwargs)))

    def removeSystemEventTrigger(self, triggerID: _SystemEventID) -> None:
        """Remove a trigger."""
        eventType, handle = triggerID
        self._events[eventType].removeTrigger(handle)

    def callWhenRunning(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> _SystemEventID | None:
        """Call *callable* now if the reactor runs, else when it has started. Gives a trigger's id in that case."""
        if self._started:
            callable(*args, **kwargs)
            return None
        return self.addSystemEventTrigger("after", "startup", callable, *args, **kwargs)

    # Time

    def callLater(self, delay: float, callable: Callable[..., Any], *args: object, **kw: object) -> DelayedCall:
        """
        Call *callable* after *delay* seconds, in a copy of the context variables of now.

        Raises:
            AssertionError: *callable* is not callable, or *delay* is less than 0.
        """
        assert _callable(callable), f"{callable} is not callable"
        assert delay >= 0, f"{delay} is not greater than or equal to 0 seconds"
        timers = self._timers
        call: QueuedCall = QueuedCall()
        call.time = self.seconds() + delay
        call.func = callable
        call.args = args
        call.kw = kw
        call._past = 0
        call.delayed_time = 0.0
        call._key = -1
        call._queue = timers
        call._context = copy_context()
        if call.debug:
            call._remember_creator(2)
        timers.new.append(call)
        return call

    def getDelayedCalls(self) -> Sequence[IDelayedCall]:
        """Give the calls that are still to come."""
        return [*(call for call in self._due if call.active()), *self._timers.all()]

    # Threads

    def wakeUp(self) -> None:
        """Make the loop turn, if it waits. Safe in every thread."""
        if self.waker is not None:
            self.waker.wakeUp()

    def callFromThread(  # type: ignore[override]  # the promised names differ from the interface's
        self, f: Callable[..., Any], *args: object, **kwargs: object
    ) -> None:
        """Have *f* called in the reactor's thread. Safe in every thread and in signal handlers."""
        assert _callable(f), f"{f} is not callable"
        self.threadCallQueue.append((f, args, kwargs, copy_context()))
        if self._asleep:
            self.wakeUp()

    def callInThread(  # type: ignore[override]  # the promised names differ from the interface's
        self, _callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> None:
        """Have a function called in a thread of the pool. What it raises is logged."""
        self.getThreadPool().callInThread(_callable, *args, **kwargs)

    def getThreadPool(self) -> ThreadPool:
        """Give the pool. It runs while the reactor does."""
        if self.threadpool is None:
            from twisted.python import threadpool

            self.threadpool = threadpool.ThreadPool(0, 10, "twisted.internet.reactor")
            self.callWhenRunning(self.threadpool.start)
            self.threadpoolShutdownID = self.addSystemEventTrigger("during", "shutdown", self._stopThreadPool)
        return self.threadpool

    def _stopThreadPool(self) -> None:
        pool, self.threadpool = self.threadpool, None
        trigger, self.threadpoolShutdownID = self.threadpoolShutdownID, None
        if trigger is not None:
            try:
                self.removeSystemEventTrigger(trigger)
            except (KeyError, ValueError):
                # It is the event that calls us.
                trigger = None
        if pool is not None:
            pool.stop()

    def suggestThreadPoolSize(self, size: int) -> None:
        """Set the most threads that the pool should have."""
        self.getThreadPool().adjustPoolsize(maxthreads=size)

    # Processes

    def beforeDaemonize(self) -> None:
        """Called before a fork whose child goes on with this reactor."""

    def afterDaemonize(self) -> None:
        """Called in the child of a fork that goes on with this reactor: what cannot be shared is opened anew."""
        self._owner = os.getpid()

    # Names

    def resolve(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """Look a host's IPv4 address up; the Deferred fails with `DNSLookupError`."""
        return resolve_simply(self, name, timeout)
