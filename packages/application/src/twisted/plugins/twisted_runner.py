"""
``procmon``, which keeps a program running.
"""

from twisted.application.service import ServiceMaker

__all__ = ["TwistedProcmon"]

TwistedProcmon = ServiceMaker(
    "Process monitor", "twisted.runner.procmontap", "Keeps a program running: starts it again when it ends.", "procmon"
)
