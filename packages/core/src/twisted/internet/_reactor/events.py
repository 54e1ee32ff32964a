"""
Startup and shutdown: events in three phases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NewType

from twisted.internet.defer import Deferred, DeferredList
from twisted.logger import Logger

_log = Logger("twisted.internet.base")

# A trigger: its function and arguments. Any: what it returns may be waited for.
_Trigger = tuple[Callable[..., Any], tuple[object, ...], dict[str, object]]
_SystemEventID = NewType(
    "_SystemEventID", tuple[str, tuple[str, Callable[..., Any], tuple[object, ...], dict[str, object]]]
)

_PHASES = ("before", "during", "after")


class _ThreePhaseEvent:
    """
    An event with triggers before, during and after it.

    Those of the first phase may return Deferreds, and all of these have to fire before the others are called. A
    trigger that fails is logged, and stops no other.
    """

    def __init__(self) -> None:
        self.before: list[_Trigger] = []
        self.during: list[_Trigger] = []
        self.after: list[_Trigger] = []
        self._done_before: list[_Trigger] | None = None

    def addTrigger(self, phase: str, callable: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """Add a trigger to a phase; give what `removeTrigger` takes. Raises `KeyError` for an unknown phase."""
        if phase not in _PHASES:
            raise KeyError("invalid phase")
        getattr(self, phase).append((callable, args, kwargs))
        return phase, callable, args, kwargs

    def removeTrigger(self, handle: Any) -> None:
        """
        Remove a trigger.

        Raises:
            KeyError: Its phase is none.
            ValueError: There is no such trigger, or it was called already.
        """
        phase, function, args, kwargs = handle
        if phase not in _PHASES:
            raise KeyError("invalid phase")
        trigger = (function, args, kwargs)
        if phase == "before" and self._done_before is not None and trigger in self._done_before:
            import warnings

            warnings.warn(
                "Removing already-fired system event triggers will raise an exception in a future version of Twisted.",
                category=DeprecationWarning,
                stacklevel=3,
            )
            return
        getattr(self, phase).remove(trigger)

    def fireEvent(self) -> None:
        """Call the triggers of the first phase, and the others when those are through."""
        self._done_before = []
        waiting: list[Deferred[Any]] = []
        while self.before:
            function, args, kwargs = trigger = self.before.pop(0)
            self._done_before.append(trigger)
            try:
                result = function(*args, **kwargs)
            except BaseException:
                _log.failure("while firing {phase} triggers: {trigger}", phase="before", trigger=function)
            else:
                if isinstance(result, Deferred):
                    waiting.append(result)
        DeferredList(waiting).addCallback(self._finish)

    def _finish(self, _: object) -> None:
        self._done_before = None
        for phase in (self.during, self.after):
            while phase:
                function, args, kwargs = phase.pop(0)
                try:
                    function(*args, **kwargs)
                except BaseException:
                    _log.failure("while firing system event triggers: {trigger}", trigger=function)
