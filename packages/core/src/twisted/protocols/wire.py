"""
The small services of old: echo, discard, chargen, qotd, daytime, time and who.
"""

from __future__ import annotations

import struct
import time

from zope.interface import implementer

from twisted.internet.interfaces import IProducer
from twisted.internet.protocol import Protocol

__all__ = ["QOTD", "Chargen", "Daytime", "Discard", "Echo", "Time", "Who"]


class Echo(Protocol):
    """Sends back what it receives (RFC 862)."""

    def dataReceived(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


class Discard(Protocol):
    """Forgets what it receives (RFC 863)."""

    def dataReceived(self, data: bytes) -> None:
        """Forget it."""


@implementer(IProducer)
class Chargen(Protocol):
    """
    Sends without end, as fast as the peer takes it (RFC 864).

    Attributes:
        noise: What it sends, again and again.
    """

    noise: bytes = b'@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~ !"#$%&?'

    def connectionMade(self) -> None:
        """Begin."""
        self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Send some more."""
        self.transport.write(self.noise)

    def pauseProducing(self) -> None:
        """Do nothing: it sends only when it is asked to."""

    def stopProducing(self) -> None:
        """Do nothing: it is asked no more."""


class QOTD(Protocol):
    """Sends a quotation and hangs up (RFC 865)."""

    def connectionMade(self) -> None:
        """Send it."""
        self.transport.write(self.getQuote())
        self.transport.loseConnection()

    def getQuote(self) -> bytes:
        """Hook: return the quotation."""
        return b"An apple a day keeps the doctor away.\r\n"


class Who(Protocol):
    """Sends who is logged in, and hangs up (RFC 866)."""

    def connectionMade(self) -> None:
        """Send it."""
        self.transport.write(self.getUsers())
        self.transport.loseConnection()

    def getUsers(self) -> bytes:
        """Hook: return the users."""
        return b"root\r\n"


class Daytime(Protocol):
    """Sends the time as text, in UTC, and hangs up (RFC 867)."""

    def connectionMade(self) -> None:
        """Send it."""
        self.transport.write(time.asctime(time.gmtime(time.time())).encode("ascii") + b"\r\n")
        self.transport.loseConnection()


# Of the years from 1900 to 1970, in which this protocol counts and Python does not.
_SEVENTY_YEARS = 2_208_988_800


class Time(Protocol):
    """Sends the seconds since 1900 as four bytes, and hangs up (RFC 868)."""

    def connectionMade(self) -> None:
        """Send it."""
        # Four bytes are full in 2036; RFC 868 has nothing to say about it. Begin again, as NTP does.
        self.transport.write(struct.pack("!I", (int(time.time()) + _SEVENTY_YEARS) % 2**32))
        self.transport.loseConnection()
