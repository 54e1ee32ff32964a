"""
A server that starts a program for each connection, which has the connection as its input and output.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ProcessProtocol, Protocol, ServerFactory
from twisted.logger import Logger
from twisted.protocols import wire

if TYPE_CHECKING:
    from twisted.runner.inetdconf import InetdService

__all__ = ["InetdFactory", "InetdProtocol", "internalProtocols"]

_log = Logger()

# The services that need no program.
internalProtocols = {
    "echo": wire.Echo,
    "chargen": wire.Chargen,
    "discard": wire.Discard,
    "daytime": wire.Daytime,
    "time": wire.Time,
}


class _Program(ProcessProtocol):
    """Nothing of the program's comes here: it speaks to the client."""


def _unless(wanted: str | int | None, have: int) -> str | int | None:
    # Changing to what we are needs privileges too, and is worth a warning: not where the client can read it.
    return None if wanted == have else wanted


class InetdProtocol(Protocol):
    """
    Hands its connection to a program.

    From then on the program, and what it starts in turn, are alone in holding it: when the last of them has closed it,
    or has ended, the client sees the end.
    """

    def connectionMade(self) -> None:
        """Start the program, and let go of the connection."""
        transport: Any = self.transport  # Any: a transport with a descriptor, which no interface names
        factory: Any = self.factory
        service: InetdService = factory.service
        program = str(service.program)
        reactor: Any = getattr(transport, "reactor", None)
        if reactor is None:
            from twisted.internet import reactor
        connection = transport.fileno()
        stderr = connection if factory.stderrFile is None else factory.stderrFile.fileno()
        # Not one byte may be read here that was meant for the program.
        reactor.removeReader(transport)
        reactor.removeWriter(transport)
        try:
            # Found out here, or the child would find it out and complain to the client.
            if shutil.which(program) is None:
                raise FileNotFoundError(f"there is no program {program!r}")
            # The system waits for room in the connection as it would for a pipe; programs expect that.
            os.set_blocking(connection, True)
            reactor.spawnProcess(
                _Program(),
                program,
                list(service.programArgs or [program]),
                env=None,
                uid=_unless(service.user, os.geteuid()),
                gid=_unless(service.group, os.getegid()),
                childFDs={0: connection, 1: connection, 2: stderr},
            )
        except Exception:
            _log.failure("{program} cannot be started for service {name}", program=program, name=service.name)
        else:
            # To close a connection is to end it for all who hold it. Put something else in the descriptor's place.
            nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            os.dup2(nothing, connection, inheritable=False)
            os.close(nothing)
        transport.loseConnection()


class InetdFactory(ServerFactory["InetdProtocol"]):
    """
    Starts a service's program for each connection.

    Args:
        service: The service; its user and group are numbers, or `None` to stay what this process is.

    Attributes:
        stderrFile: An open file for what programs complain of; the connection, if it is `None`.
    """

    protocol = InetdProtocol
    # Any: something with a descriptor
    stderrFile: Any = None

    def __init__(self, service: InetdService) -> None:
        self.service = service
