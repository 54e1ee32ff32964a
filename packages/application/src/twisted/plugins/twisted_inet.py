"""
``inetd``, which starts programs for connections.
"""

from twisted.application.service import ServiceMaker

__all__ = ["TwistedINETD"]

TwistedINETD = ServiceMaker(
    "Internet super-server", "twisted.runner.inetdtap", "Starts a program for each connection, as inetd(8).", "inetd"
)
