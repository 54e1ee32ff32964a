"""
A child process, as the transport of its protocol.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet._process.launch import Text, arrange, launch
from twisted.internet._process.pipes import ProcessReader, ProcessWriter
from twisted.internet._process.reaping import track, untrack
from twisted.internet._stdio.address import PipeAddress
from twisted.internet.interfaces import IProcessTransport
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger("twisted.internet.process")

# Somebody else waited for the child, or it was never ours to wait for: how it ended is not known.
_UNKNOWN_STATUS = 255 << 8


class BaseProcess:
    """
    What a process with pipes and one at a terminal have in common: they are told when it ends.

    Attributes:
        pid: Its number, until it has ended.
        status: How it ended, in the encoding of `os.waitpid`.
        lostProcess: How many of the signs of its end were seen.
        proto: Who is told, until everything was.
    """

    pid: int | None = None
    status: int | None = None
    lostProcess = 0
    proto: Any = None  # IProcessProtocol

    def __init__(self, protocol: Any) -> None:
        self.proto = protocol

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} pid={self.pid} status={self.status}>"

    def reapProcess(self) -> None:
        """Look whether the child has ended, and take note of it if so."""
        pid = self.pid
        if pid is None:
            return
        try:
            ended, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended, status = pid, _UNKNOWN_STATUS
        if ended:
            untrack(pid)
            self.processEnded(status)

    def processEnded(self, status: int) -> None:
        """Take note of the end of the child."""
        self.lostProcess += 1
        self.status = status
        self.pid = None
        if self.proto is not None:
            try:
                self.proto.processExited(self._reason(status))
            except BaseException:
                _log.failure("unexpected error in processExited")
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol that all is over, if it is."""
        proto = self.proto
        if proto is not None:
            self.proto = None
            assert self.status is not None
            try:
                proto.processEnded(self._reason(self.status))
            except BaseException:
                _log.failure("unexpected error in processEnded")

    def signalProcess(self, signalID: str | int) -> None:
        """
        Send a signal to the child.

        Args:
            signalID: Its number, or its name without ``SIG``.

        Raises:
            ProcessExitedAlready: The child has ended.
            ValueError: There is no signal of that name.
        """
        if isinstance(signalID, str):
            name = signalID.removeprefix("SIG")
            try:
                signalID = signal.Signals[f"SIG{name}"]
            except KeyError:
                raise ValueError(f"{signalID!r} is no signal; name one as in 'TERM', or give its number") from None
        if self.pid is None:
            raise error.ProcessExitedAlready()
        try:
            os.kill(self.pid, signalID)
        except ProcessLookupError:
            raise error.ProcessExitedAlready() from None

    def _reason(self, status: int) -> Failure:
        code = number = None
        if os.WIFEXITED(status):
            code = os.WEXITSTATUS(status)
        else:
            number = os.WTERMSIG(status)
        if code == 0:
            return Failure(error.ProcessDone(status))
        return Failure(error.ProcessTerminated(code, number, status))


@implementer(IProcessTransport)
class Process(BaseProcess):
    """
    A child with pipes.

    Attributes:
        pipes: The parent's ends, by the child's descriptor numbers.
    """

    debug = False
    debug_child = False
    status = -1
    pid = None
    processWriterFactory = ProcessWriter
    processReaderFactory = ProcessReader

    def __init__(
        self,
        reactor: Any,
        executable: Text,
        args: Sequence[Text],
        environment: Mapping[Any, Any] | None,
        path: Text | None,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> None:
        """
        Start the program.

        Args:
            reactor: Who watches it.
            executable: A path, or a name to look for in ``PATH``.
            args: Its arguments, the first one being its name.
            environment: Its whole environment; `None` for ours.
            path: The folder to start in.
            proto: An `IProcessProtocol`.
            uid: The user to run as.
            gid: The group to run as.
            childFDs: For each descriptor of the child, ``"w"`` (we write), ``"r"`` (we read), or the number of one of
                ours. By default three pipes. It has no others.

        Raises:
            OSError: The program cannot be started.
        """
        BaseProcess.__init__(self, proto)
        self.reactor = reactor
        self.pipes: dict[int | str, Any] = {}  # What the factories made, users' own included.
        if childFDs is None:
            childFDs = {0: "w", 1: "r", 2: "r"}
        theirs: list[int] = []
        ours: list[tuple[int, str, int]] = []
        wanted: dict[int, int] = {}
        try:
            for number, target in childFDs.items():
                if target not in ("r", "w"):
                    if not isinstance(target, int):
                        raise ValueError(f"childFDs[{number!r}] is {target!r}: say 'r', 'w' or a descriptor")
                    wanted[number] = target
                    continue
                reading, writing = os.pipe()
                child_end, our_end = (writing, reading) if target == "r" else (reading, writing)
                theirs.append(child_end)
                ours.append((number, target, our_end))
                wanted[number] = child_end
            overridden = type(self)._setupChild is not Process._setupChild
            arranging = self._setupChild if overridden else None
            self.pid = launch(executable, args, environment, path, uid, gid, wanted, arranging=arranging)
        except BaseException:
            for _, _, descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        for number, target, descriptor in ours:
            if target == "w":
                self.pipes[number] = self.processWriterFactory(reactor, self, number, descriptor, forceReadHack=True)
            else:
                self.pipes[number] = self.processReaderFactory(reactor, self, number, descriptor)
        track(self.pid, self, reactor)
        try:
            if self.proto is not None:
                self.proto.makeConnection(self)
        except BaseException:
            _log.failure("Unhandled Error")

    def _setupChild(self, fdmap: dict[int, int]) -> None:
        """
        Called in the child, if a subclass overrides it, to give descriptors their numbers and close all others.

        There are programs that do something more there, such as making the child the leader of a group.
        """
        arrange(fdmap)

    def closeStdin(self) -> None:
        """Close the child's standard input when what was written to it is sent."""
        self.closeChildFD(0)

    def closeStdout(self) -> None:
        """Close our end of the child's standard output."""
        self.closeChildFD(1)

    def closeStderr(self) -> None:
        """Close our end of the child's standard error."""
        self.closeChildFD(2)

    def closeChildFD(self, childFD: int) -> None:
        """Close our end of one of the child's descriptors; nothing happens if it is closed."""
        if childFD in self.pipes:
            self.pipes[childFD].loseConnection()

    def pauseProducing(self) -> None:
        """Read nothing from the child for now: its writes will block."""
        for pipe in self.pipes.values():
            if isinstance(pipe, ProcessReader):
                pipe.stopReading()

    def resumeProducing(self) -> None:
        """Read from the child again."""
        for pipe in self.pipes.values():
            if isinstance(pipe, ProcessReader) and not pipe.disconnecting:
                pipe.startReading()

    def stopProducing(self) -> None:
        """Close the pipes."""
        self.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let a producer write to the child's standard input, at the speed at which the child reads."""
        if 0 in self.pipes:
            self.pipes[0].registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """End what `registerProducer` began."""
        if 0 in self.pipes:
            self.pipes[0].unregisterProducer()

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to one of the child's descriptors.

        Raises:
            KeyError: It is closed, or never was a pipe.
        """
        self.pipes[childFD].write(data)

    def write(self, data: bytes) -> None:
        """Write to the child's standard input; nothing happens if it is closed."""
        if 0 in self.pipes:
            self.pipes[0].write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Write several pieces to the child's standard input."""
        if 0 in self.pipes:
            self.pipes[0].writeSequence(seq)

    def loseConnection(self) -> None:
        """Close standard input, output and error."""
        self.closeStdin()
        self.closeStderr()
        self.closeStdout()

    def getHost(self) -> PipeAddress:
        """Return an address: pipes have no better one."""
        return PipeAddress()

    def getPeer(self) -> PipeAddress:
        """Return an address: pipes have no better one."""
        return PipeAddress()

    def childDataReceived(self, name: int, data: bytes) -> None:
        """Pass on what the child wrote."""
        if self.proto is not None:
            self.proto.childDataReceived(name, data)

    def childConnectionLost(self, childFD: int, reason: Failure) -> None:
        """Take note that a pipe is closed, by whom so ever."""
        self.pipes.pop(childFD, None)
        if self.proto is not None:
            try:
                self.proto.childConnectionLost(childFD)
            except BaseException:
                _log.failure("unexpected error in childConnectionLost")
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol that all is over, when the child has ended and all it wrote was read."""
        if self.lostProcess and not self.pipes:
            BaseProcess.maybeCallProcessEnded(self)
