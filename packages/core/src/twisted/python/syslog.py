"""Log events to the system's log."""

from __future__ import annotations

import syslog
from collections.abc import Callable

from twisted.python import log

__all__ = ["DEFAULT_FACILITY", "DEFAULT_OPTIONS", "SyslogObserver", "startLogging"]

DEFAULT_OPTIONS = 0
DEFAULT_FACILITY = syslog.LOG_USER


class SyslogObserver:
    """
    Hand events to the system's log, line by line: errors as alerts, others with their ``syslogPriority`` if they have
    one, in the facility ``syslogFacility`` if they have that.
    """

    openlog: Callable[..., object] = staticmethod(syslog.openlog)
    syslog: Callable[..., object] = staticmethod(syslog.syslog)

    def __init__(self, prefix: str, options: int = DEFAULT_OPTIONS, facility: int = DEFAULT_FACILITY) -> None:
        """
        Args:
            prefix: What each line begins with.
            options: As for `syslog.openlog`.
            facility: As for `syslog.openlog`.
        """
        self.openlog(prefix, options, facility)

    def emit(self, eventDict: log.EventDict) -> None:
        """Hand an event on. Further lines of it are indented by a tab."""
        text = log.textFromEventDict(eventDict)
        if text is None:
            return
        priority = syslog.LOG_ALERT if eventDict["isError"] else syslog.LOG_INFO
        if "syslogPriority" in eventDict:
            priority = int(eventDict["syslogPriority"])
        facility = int(eventDict.get("syslogFacility", 0))
        indent = ""
        for line in text.split("\n"):
            if line:
                self.syslog(priority | facility, f"[{eventDict['system']}] {indent}{line}")
            indent = "\t"


def startLogging(
    prefix: str = "Twisted",
    options: int = DEFAULT_OPTIONS,
    facility: int = DEFAULT_FACILITY,
    setStdout: int = 1,
) -> None:
    """
    Log to the system's log from now on.

    Args:
        prefix: What each line begins with.
        options: As for `syslog.openlog`.
        facility: As for `syslog.openlog`.
        setStdout: Whether to make events of what is printed.
    """
    log.startLoggingWithObserver(SyslogObserver(prefix, options, facility).emit, setStdout)
