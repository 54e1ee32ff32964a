"""
What can go wrong on the network, and with reactors.

The text of most errors is their class's first sentence, followed by what they were given.
"""

from __future__ import annotations

import socket
from errno import (
    ECONNREFUSED,
    ENETUNREACH,
    ETIMEDOUT,
)
from typing import Any

__all__ = [
    "AlreadyCalled",
    "AlreadyCancelled",
    "AlreadyListened",
    "BadFileError",
    "BindError",
    "CannotListenError",
    "CertificateError",
    "ConnectBindError",
    "ConnectError",
    "ConnectInProgressError",
    "ConnectingCancelledError",
    "ConnectionAborted",
    "ConnectionClosed",
    "ConnectionDone",
    "ConnectionFdescWentAway",
    "ConnectionLost",
    "ConnectionRefusedError",
    "DNSLookupError",
    "FileDescriptorOverrun",
    "InvalidAddressError",
    "MessageLengthError",
    "MulticastJoinError",
    "NoProtocol",
    "NoRouteError",
    "NotConnectingError",
    "NotListeningError",
    "PeerVerifyError",
    "ProcessDone",
    "ProcessExitedAlready",
    "ProcessTerminated",
    "ReactorAlreadyInstalledError",
    "ReactorAlreadyRunning",
    "ReactorNotRestartable",
    "ReactorNotRunning",
    "SSLError",
    "ServiceNameUnknownError",
    "TCPTimedOutError",
    "TimeoutError",
    "UnknownHostError",
    "UnsupportedAddressFamily",
    "UnsupportedSocketType",
    "UserError",
    "VerifyError",
    "errnoMapping",
    "getConnectError",
]


class _Told(Exception):
    """An error whose text is a fixed sentence, then whatever it was given."""

    MESSAGE = ""

    def __str__(self) -> str:
        told = " ".join(self.args)
        return f"{self.MESSAGE}: {told}." if told else f"{self.MESSAGE}."


class BindError(_Told):
    """A local address could not be used."""

    MESSAGE = "An error occurred binding to an interface"


class CannotListenError(BindError):
    """
    A port cannot be listened on.

    Attributes:
        interface: The local address; empty or `None` for all.
        port: The port, or the path of a UNIX socket.
        socketError: What the operating system said.
    """

    def __init__(self, interface: Any, port: Any, socketError: Any) -> None:
        super().__init__(interface, port, socketError)
        self.interface = interface
        self.port = port
        self.socketError = socketError

    def __str__(self) -> str:
        return f"Couldn't listen on {self.interface or 'any'}:{self.port}: {self.socketError}."


class MulticastJoinError(Exception):
    """A multicast group could not be joined or left."""


class MessageLengthError(_Told):
    """A datagram is longer than the network takes."""

    MESSAGE = "Message is too long to send"


class DNSLookupError(OSError):
    """A host name could not be looked up."""

    MESSAGE = "DNS lookup failed"

    def __str__(self) -> str:
        told = " ".join(self.args)
        return f"{self.MESSAGE}: {told}." if told else f"{self.MESSAGE}."


class ConnectInProgressError(Exception):
    """A connection was asked for while it was being made."""


class ConnectError(Exception):
    """
    A connection could not be made.

    Attributes:
        osError: The number of the operating system's error, or `None`.
    """

    MESSAGE = "An error occurred while connecting"

    def __init__(self, osError: Any = None, string: str = "") -> None:
        self.osError = osError
        super().__init__(string)

    def __str__(self) -> str:
        parts = [self.MESSAGE]
        if self.osError:
            parts.append(str(self.osError))
        if self.args[0]:
            parts.append(str(self.args[0]))
        return ": ".join(parts) + "."

    def __reduce__(self) -> Any:
        return type(self), (self.osError, *self.args), vars(self)


class ConnectBindError(ConnectError):
    """The local address asked for could not be used."""

    MESSAGE = "Couldn't bind"


class UnknownHostError(ConnectError):
    """There is no such host."""

    MESSAGE = "Hostname couldn't be looked up"


class NoRouteError(ConnectError):
    """There is no way to the host's network."""

    MESSAGE = "No route to host"


class ConnectionRefusedError(ConnectError):
    """The host said that nobody listens there."""

    MESSAGE = "Connection was refused by other side"


class TCPTimedOutError(ConnectError):
    """The operating system gave up waiting for the host."""

    MESSAGE = "TCP connection timed out"


class BadFileError(ConnectError):
    """The file of a UNIX socket is not one."""

    MESSAGE = "File used for UNIX socket is no good"


class ServiceNameUnknownError(ConnectError):
    """A port was given by a name that nobody knows."""

    MESSAGE = "Service name given as port is unknown"


class UserError(ConnectError):
    """The program itself gave up connecting."""

    MESSAGE = "User aborted connection"


class TimeoutError(UserError):
    """The time that the program gave for connecting is over."""

    MESSAGE = "User timeout caused connection failure"


class SSLError(ConnectError):
    """The TLS library refused."""

    MESSAGE = "An SSL error occurred"


class VerifyError(Exception):
    """A certificate could not be verified."""

    MESSAGE = "A certificate could not be verified"


class PeerVerifyError(VerifyError):
    """The peer's certificate was refused."""

    MESSAGE = "The peer's certificate was refused"


class CertificateError(Exception):
    """There is something wrong with a certificate."""

    MESSAGE = "There is something wrong with a certificate"


# What the operating system calls an error, and what it is called here.
errnoMapping: dict[int, type[ConnectError]] = {
    ENETUNREACH: NoRouteError,
    ECONNREFUSED: ConnectionRefusedError,
    ETIMEDOUT: TCPTimedOutError,
}
for _name, _kind in (("WSAECONNREFUSED", ConnectionRefusedError), ("WSAENETUNREACH", NoRouteError)):
    # Windows has numbers of its own.
    import errno as _errno

    if hasattr(_errno, _name):
        errnoMapping[getattr(_errno, _name)] = _kind


def getConnectError(e: Any) -> ConnectError:
    """
    Turn an operating system's error, or its number and text, into one of ours.

    Args:
        e: An `OSError`, or a sequence of a number and a text; anything else becomes a plain `ConnectError`.
    """
    arguments = e.args if isinstance(e, Exception) else e
    try:
        number, text = arguments
    except ValueError:
        return ConnectError(string=e)
    if isinstance(e, socket.gaierror):
        return UnknownHostError(number, text)
    return errnoMapping.get(number, ConnectError)(number, text)


class ConnectionClosed(Exception):
    """A connection is no more, whatever the reason."""


class ConnectionLost(ConnectionClosed):
    """A connection ended in another way than both sides closing it."""

    MESSAGE = "Connection to the other side was lost in a non-clean fashion"

    def __str__(self) -> str:
        told = " ".join(self.args)
        return f"{self.MESSAGE}: {told}." if told else f"{self.MESSAGE}."


class ConnectionAborted(ConnectionLost):
    """This side ended the connection at once."""

    MESSAGE = "Connection was aborted locally using ITCPTransport.abortConnection"


class ConnectionDone(ConnectionClosed):
    """A connection ended as it should."""

    MESSAGE = "Connection was closed cleanly"

    def __str__(self) -> str:
        told = " ".join(self.args)
        return f"{self.MESSAGE}: {told}." if told else f"{self.MESSAGE}."


class FileDescriptorOverrun(ConnectionLost):
    """More descriptors than bytes were sent over a UNIX socket, so some could not travel."""

    MESSAGE = "A mis-use of IUNIXTransport.sendFileDescriptor caused the connection to be closed."


class ConnectionFdescWentAway(ConnectionLost):
    """Somebody closed the descriptor of a connection behind its back."""

    MESSAGE = "Uh"


class AlreadyCalled(_Told, ValueError):
    """A delayed call was to be cancelled or moved after it was made."""

    MESSAGE = "Tried to cancel an already-called event"


class AlreadyCancelled(_Told, ValueError):
    """A delayed call was to be cancelled or moved after it was cancelled."""

    MESSAGE = "Tried to cancel an already-cancelled event"


class ProcessDone(ConnectionDone):
    """
    A program ended with exit code 0.

    Attributes:
        exitCode, signal, status: 0, `None`, and what wait(2) gave.
    """

    MESSAGE = "A process has ended without apparent errors"

    def __init__(self, status: Any) -> None:
        super().__init__("process finished with exit code 0")
        self.exitCode = 0
        self.signal = None
        self.status = status

    def __reduce__(self) -> Any:
        return type(self), (self.status,)


class ProcessTerminated(ConnectionLost):
    """
    A program ended with another exit code than 0, or by a signal.

    Attributes:
        exitCode: The exit code, or `None`.
        signal: The number of the signal, or `None`.
        status: What wait(2) gave.
    """

    MESSAGE = "A process has ended with a probable error condition"

    def __init__(self, exitCode: Any = None, signal: Any = None, status: Any = None) -> None:
        told = "process ended"
        if exitCode is not None:
            told += f" with exit code {exitCode}"
        if signal is not None:
            told += f" by signal {signal}"
        super().__init__(told)
        self.exitCode = exitCode
        self.signal = signal
        self.status = status

    def __reduce__(self) -> Any:
        return type(self), (self.exitCode, self.signal, self.status)


class ProcessExitedAlready(Exception):
    """A program was to be signalled or written to after its end."""


class NotConnectingError(_Told, RuntimeError):
    """A connector was to give up, and was not connecting."""

    MESSAGE = "The Connector was not connecting when it was asked to stop connecting"


class NotListeningError(_Told, RuntimeError):
    """A port was to stop listening, and was not."""

    MESSAGE = "The Port was not listening when it was asked to stop listening"


class ReactorNotRunning(RuntimeError):
    """A reactor was to stop, and was not running."""


class ReactorNotRestartable(RuntimeError):
    """A reactor cannot be run again. Those of this engine can; others may raise it."""


class ReactorAlreadyRunning(RuntimeError):
    """A reactor was to run, and did already."""


class ReactorAlreadyInstalledError(AssertionError):
    """A default reactor was to be installed, and there is one."""


class ConnectingCancelledError(Exception):
    """
    An endpoint's attempt was cancelled.

    Attributes:
        address: What it was connecting to.
    """

    def __init__(self, address: Any) -> None:
        super().__init__(address)
        self.address = address


class NoProtocol(Exception):
    """A factory gave `None` where an endpoint needed a protocol."""


class UnsupportedAddressFamily(Exception):
    """A socket of this address family cannot be used here."""


class UnsupportedSocketType(Exception):
    """A socket of this type cannot be used here."""


class AlreadyListened(Exception):
    """An endpoint that can be listened on once was to be listened on again."""


class InvalidAddressError(ValueError):
    """
    Something that should be an IP address is not.

    Attributes:
        address: What was given.
        message: What is wrong with it.
    """

    def __init__(self, address: Any, message: str) -> None:
        super().__init__(address, message)
        self.address = address
        self.message = message
