"""Endpoints that are a process: a child's pipes, or our own standard input and output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constantly import NamedConstant, Names
from zope.interface import implementer

from twisted.internet._endpoints.wrapping import attempt
from twisted.internet.defer import Deferred, execute, fail
from twisted.internet.error import ProcessDone
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint, ITransport
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

_ERRORS = 2


class StandardErrorBehavior(Names):  # type: ignore[misc]  # constantly has no types.
    """
    What becomes of what a child writes to its standard error.

    Attributes:
        LOG: It is logged.
        DROP: It is thrown away.
    """

    LOG = NamedConstant()
    DROP = NamedConstant()


@implementer(IStreamServerEndpoint)
class StandardIOEndpoint:
    """Serve one connection, over this process's standard input and output."""

    def __init__(self, reactor: Any) -> None:
        """
        Args:
            reactor: Watches them.
        """
        self._reactor = reactor

    def listen(self, stdioProtocolFactory: Any) -> Deferred[Any]:
        """Connect a protocol; fires with the `StandardIO` that connects it."""
        from twisted.internet.stdio import PipeAddress, StandardIO

        return execute(StandardIO, stdioProtocolFactory.buildProtocol(PipeAddress()), reactor=self._reactor)


@implementer(ITransport)
class _ChildTransport:
    """A child as a stream: what it reads and writes, without its standard error."""

    disconnecting = False

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send to the child's standard input."""
        self._transport.writeToChild(0, data)

    def writeSequence(self, iovec: Any) -> None:
        """Send to the child's standard input."""
        self._transport.writeToChild(0, b"".join(iovec))

    def loseConnection(self) -> None:
        """Close the child's pipes."""
        self._transport.loseConnection()

    def getHost(self) -> Any:
        """Where a process is has no address."""
        from twisted.internet.stdio import PipeAddress

        return PipeAddress()

    getPeer = getHost


class _Child(ProcessProtocol):
    """Hand what a child says to a stream protocol."""

    def __init__(self, protocol: Any, executable: Any, errors: NamedConstant) -> None:
        self.protocol = protocol
        self.executable = executable
        self.errFlag = errors

    def connectionMade(self) -> None:
        self.protocol.makeConnection(_ChildTransport(self.transport))

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        if childFD == 1:
            self.protocol.dataReceived(data)
        elif childFD == _ERRORS and self.errFlag is StandardErrorBehavior.LOG:
            from twisted.logger import Logger

            Logger("twisted.internet.endpoints").warn(
                "Process {executable!r} wrote stderr unhandled by {protocol}: {data}",
                data=data,
                executable=self.executable,
                protocol=self.protocol,
                protocolClass=type(self.protocol),
            )

    def processEnded(self, reason: Failure) -> None:
        from twisted.internet.error import ConnectionDone

        if reason.check(ProcessDone) == ProcessDone and reason.value.exitCode == 0:
            reason = Failure(ConnectionDone())
        self.protocol.connectionLost(reason)


@implementer(IStreamClientEndpoint)
class ProcessEndpoint:
    """Start a child, and be connected to its standard input and output."""

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Sequence[Any] = (),
        env: Mapping[Any, Any] | None = {},
        path: Any = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: int = 0,
        childFDs: Mapping[int, int | str] | None = None,
        errFlag: NamedConstant = StandardErrorBehavior.LOG,
    ) -> None:
        """
        Args:
            reactor: Provides `IReactorProcess`.
            executable: The program's path.
            args: Its arguments, its own name included.
            env: Its environment; ours if `None`, an empty one unless told.
            path: Where it is started; here if `None`.
            uid: The user it runs as.
            gid: The group it runs as.
            usePTY: Whether it gets a terminal.
            childFDs: Its descriptors, as for `IReactorProcess.spawnProcess`.
            errFlag: What becomes of its standard error.
        """
        self._reactor = reactor
        self._executable = executable
        self._args = args
        self._env = env
        self._path = path
        self._uid = uid
        self._gid = gid
        self._usePTY = usePTY
        self._childFDs = childFDs
        self._errFlag = errFlag
        self._spawnProcess = reactor.spawnProcess

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Start the child; fires with the protocol."""

        def spawn(factory: Any) -> None:
            from twisted.internet.stdio import PipeAddress

            protocol = factory.buildProtocol(PipeAddress())
            if protocol is None:
                return
            self._spawnProcess(
                _Child(protocol, self._executable, self._errFlag),
                self._executable,
                self._args,
                self._env,
                self._path,
                self._uid,
                self._gid,
                self._usePTY,
                self._childFDs,
            )

        try:
            return attempt(protocolFactory, spawn)
        except Exception:
            return fail()
