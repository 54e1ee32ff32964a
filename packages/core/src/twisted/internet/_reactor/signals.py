"""
Signals while a reactor runs.

Python runs signal handlers between two instructions of the main thread, which may be asleep in a system call. The
waker's descriptor is therefore registered to be written to when a signal comes. Whatever was there before is put
back when the reactor stops.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_Handler = Callable[[int, "FrameType | None"], Any]


class Signals:
    """
    Handlers for the signals that stop a program.

    Args:
        handlers: What is called for each signal, by its name. A signal that the platform lacks is left out.
    """

    def __init__(self, handlers: dict[str, _Handler]) -> None:
        self._handlers = {getattr(signal, name): call for name, call in handlers.items() if hasattr(signal, name)}
        self._before: dict[int, Any] = {}
        self._wakeup: int | None = None

    def install(self, wakeup: int) -> None:
        """
        Put the handlers in place, in the main thread; elsewhere nothing can be done, and nothing is.

        A handler of the program's own for interrupts stays.

        Args:
            wakeup: The descriptor to write to when a signal comes.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        for number, call in self._handlers.items():
            if number == signal.SIGINT and signal.getsignal(number) is not signal.default_int_handler:
                continue
            self._before[number] = signal.signal(number, call)
        if wakeup < 0:
            return
        try:
            self._wakeup = signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        except ValueError:
            # The main thread of a subinterpreter: signals arrive, only later.
            self._wakeup = None

    def wake_by(self, wakeup: int) -> None:
        """Write to another descriptor from now on: after a fork."""
        if self._wakeup is not None:
            signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)

    def restore(self) -> None:
        """Put everything back as it was."""
        for number, handler in self._before.items():
            # Somebody else's handler that came after ours stays.
            if signal.getsignal(number) == self._handlers[signal.Signals(number)]:
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        self._before.clear()
        if self._wakeup is not None:
            signal.set_wakeup_fd(self._wakeup)
            self._wakeup = None
