"""
``twist procmon``: keep one program running.
"""

from __future__ import annotations

from twisted.python import usage
from twisted.runner.procmon import ProcessMonitor

__all__ = ["Options", "makeService"]


class Options(usage.Options):
    """The command line of ``procmon``: options, then the program's own."""

    synopsis = "[procmon options] commandline"

    optParameters = [
        ["threshold", "t", 1, "How many seconds a program has to run, or it has died instantly.", float],
        ["killtime", "k", 5, "How many seconds a program may take to end before it is killed.", float],
        ["minrestartdelay", "m", 1, "How many seconds to wait after the first instant death.", float],
        ["maxrestartdelay", "M", 3600, "How many seconds to wait at most.", float],
    ]

    optFlags: list[list[str]] = []

    longdesc = """\
procmon runs a program, logs what it writes, and starts it again when it ends.

A program that ends at once (in less than a second, if you do not say otherwise)
is started again after a pause, and each further time the pause is twice as
long. One run that lasts makes the pause short again.

For example: twist procmon sleep 10"""

    def parseArgs(self, *args: str) -> None:
        """Take what follows the options as the program's command line."""
        self["args"] = args

    def postOptions(self) -> None:
        """Raise `usage.UsageError` if there is no program."""
        if not self["args"]:
            raise usage.UsageError("Please specify a process commandline")


def makeService(config: Options) -> ProcessMonitor:
    """Make a monitor of the one program."""
    made = ProcessMonitor()
    made.threshold = config["threshold"]
    made.killTime = config["killtime"]
    made.minRestartDelay = config["minrestartdelay"]
    made.maxRestartDelay = config["maxrestartdelay"]
    args = config["args"]
    made.addProcess(" ".join(args), args)
    return made
