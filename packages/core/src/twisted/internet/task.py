"""
Doing things again and again, a little at a time, or at a time that tests decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet._task.clock import Clock
from twisted.internet._task.cooperating import (
    CooperativeTask,
    Cooperator,
    NotPaused,
    SchedulerError,
    SchedulerStopped,
    TaskDone,
    TaskFailed,
    TaskFinished,
    TaskStopped,
    _TaskIteratorT,
)
from twisted.internet._task.looping import LoopingCall
from twisted.internet._task.once import deferLater, react
from twisted.python._facade import publish

__all__ = [
    "Clock",
    "CooperativeTask",
    "Cooperator",
    "LoopingCall",
    "NotPaused",
    "SchedulerError",
    "SchedulerStopped",
    "TaskDone",
    "TaskFailed",
    "TaskFinished",
    "TaskStopped",
    "_theCooperator",
    "coiterate",
    "cooperate",
    "deferLater",
    "react",
]
if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

# Here, and looked up when it is used: there are programs that put one of their own in its place.
_theCooperator = Cooperator()


def coiterate(iterator: _TaskIteratorT) -> Deferred[_TaskIteratorT]:
    """Work through an iterator, on the process's cooperator. See `Cooperator.coiterate`."""
    return _theCooperator.coiterate(iterator)


def cooperate(iterator: _TaskIteratorT) -> CooperativeTask[_TaskIteratorT]:
    """Work through an iterator, on the process's cooperator. See `Cooperator.cooperate`."""
    return _theCooperator.cooperate(iterator)


publish(__name__, [name for name in __all__ if name != "_theCooperator"])
