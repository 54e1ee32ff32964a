"""
Doing things again and again, a little at a time, or at a time that tests decide.
"""

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
    _theCooperator,
    coiterate,
    cooperate,
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
publish(__name__, [name for name in __all__ if name != "_theCooperator"])
