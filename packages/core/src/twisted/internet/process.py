"""
Child processes (POSIX).

Programs reach this through ``reactor.spawnProcess``. `_process.launch` starts programs, `_process.reaping` learns
that they have ended, `_process.transport` and `_process.terminal` are what protocols talk to.
"""

from twisted.internet._process.launch import open_descriptors
from twisted.internet._process.pipes import ProcessReader, ProcessWriter
from twisted.internet._process.reaping import (
    reapAllProcesses,
    reapProcessHandlers,
    registerReapProcessHandler,
    unregisterReapProcessHandler,
)
from twisted.internet._process.terminal import PTYProcess
from twisted.internet._process.transport import BaseProcess, Process
from twisted.internet.error import ProcessExitedAlready
from twisted.python._facade import publish

__all__ = [
    "BaseProcess",
    "PTYProcess",
    "Process",
    "ProcessExitedAlready",
    "ProcessReader",
    "ProcessWriter",
    "detector",
    "reapAllProcesses",
    "reapProcessHandlers",
    "registerReapProcessHandler",
    "unregisterReapProcessHandler",
]


class _OpenDescriptors:
    """Knows which descriptors are open."""

    listOpenFDs = staticmethod(open_descriptors)


detector = _OpenDescriptors()
publish(__name__, __all__)
