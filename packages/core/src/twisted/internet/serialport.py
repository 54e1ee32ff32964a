"""
Serial ports, as transports.

The library pyserial does the settings; it is imported when a port is made, or when one of its names is asked for here.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from twisted.internet import abstract, fdesc
from twisted.python._require import require

if TYPE_CHECKING:
    from twisted.python.failure import Failure

# What pyserial calls them, so that nothing needs to be imported for a default.
_EIGHT_BITS = 8
_NO_PARITY = "N"
_ONE_STOP_BIT = 1

_FROM_PYSERIAL = (
    "EIGHTBITS",
    "FIVEBITS",
    "PARITY_EVEN",
    "PARITY_NONE",
    "PARITY_ODD",
    "SEVENBITS",
    "SIXBITS",
    "STOPBITS_ONE",
    "STOPBITS_TWO",
)

__all__ = ["BaseSerialPort", "SerialPort", "serial", *_FROM_PYSERIAL]  # noqa: F822 - __getattr__ has the others


def _pyserial() -> ModuleType:
    return require("serial", install="twisted-core[serial]", purpose="twisted.internet.serialport")


def __getattr__(name: str) -> Any:  # Any: a module, numbers and texts.
    if name == "serial":
        return _pyserial()
    if name in _FROM_PYSERIAL:
        return getattr(_pyserial(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class BaseSerialPort:
    """The lines and settings of a serial port."""

    _serial: Any = None  # A serial.Serial; pyserial has no types.

    def setBaudRate(self, baudrate: int) -> None:
        """Set the speed, in bits per second."""
        self._serial.baudrate = baudrate

    def inWaiting(self) -> int:
        """Return how many bytes have come in and were not read yet."""
        return int(self._serial.in_waiting)

    def flushInput(self) -> None:
        """Drop what has come in and was not read yet."""
        self._serial.reset_input_buffer()

    def flushOutput(self) -> None:
        """Drop what the system was given and has not sent yet."""
        self._serial.reset_output_buffer()

    def sendBreak(self) -> None:
        """Hold the line down for a quarter of a second."""
        self._serial.send_break()

    def getDSR(self) -> bool:
        """Tell whether the other side is there (data set ready)."""
        return bool(self._serial.dsr)

    def getCD(self) -> bool:
        """Tell whether a carrier is detected."""
        return bool(self._serial.cd)

    def getRI(self) -> bool:
        """Tell whether it rings."""
        return bool(self._serial.ri)

    def getCTS(self) -> bool:
        """Tell whether the other side lets us send (clear to send)."""
        return bool(self._serial.cts)

    def setDTR(self, on: int = 1) -> None:
        """Say that we are there (data terminal ready), or not."""
        self._serial.dtr = bool(on)

    def setRTS(self, on: int = 1) -> None:
        """Let the other side send (request to send), or not."""
        self._serial.rts = bool(on)


class SerialPort(BaseSerialPort, abstract.FileDescriptor):
    """
    A serial port as the transport of a protocol.

    Args:
        protocol: Who is connected, at once.
        deviceNameOrPortNumber: Such as ``/dev/ttyUSB0``.
        reactor: Who watches it.
        baudrate: Bits per second.
        bytesize: Data bits, 5 to 8.
        parity: ``"N"``, ``"E"`` or ``"O"``.
        stopbits: 1 or 2.
        timeout: Handed to pyserial; reads never wait here.
        xonxoff: Whether flow is controlled by characters.
        rtscts: Whether flow is controlled by lines.
    """

    connected = 1

    def __init__(
        self,
        protocol: Any,
        deviceNameOrPortNumber: str | int,
        reactor: Any,
        baudrate: int = 9600,
        bytesize: int = _EIGHT_BITS,
        parity: str = _NO_PARITY,
        stopbits: int = _ONE_STOP_BIT,
        timeout: float | None = 0,
        xonxoff: int = 0,
        rtscts: int = 0,
    ) -> None:
        abstract.FileDescriptor.__init__(self, reactor)
        self._serial = _pyserial().Serial(
            deviceNameOrPortNumber,
            baudrate=baudrate,
            bytesize=bytesize,
            parity=parity,
            stopbits=stopbits,
            timeout=timeout,
            xonxoff=xonxoff,
            rtscts=rtscts,
        )
        self.reactor = reactor
        self.flushInput()
        self.flushOutput()
        self.protocol = protocol
        self.protocol.makeConnection(self)
        self.startReading()

    def fileno(self) -> int:
        """Return the port's descriptor."""
        return int(self._serial.fd)

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what the port takes now."""
        return fdesc.writeToFD(self.fileno(), data)

    def doRead(self) -> Any:  # None, or what ends the connection
        """Read once and pass it on."""
        return fdesc.readFromFD(self.fileno(), self.protocol.dataReceived)

    def connectionLost(self, reason: Failure) -> None:
        """Close the port and tell the protocol."""
        abstract.FileDescriptor.connectionLost(self, reason)
        self._serial.close()
        self.protocol.connectionLost(reason)
