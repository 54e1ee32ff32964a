"""
Files with one entry a line: ``inetd.conf(5)`` and ``services(5)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import IO, Any

__all__ = [
    "InetdConf",
    "InetdService",
    "InvalidConfError",
    "InvalidInetdConfError",
    "InvalidServicesConfError",
    "ServicesConf",
    "SimpleConfFile",
    "UnknownService",
]


class InvalidConfError(Exception):
    """A line of a configuration file makes no sense."""


class InvalidInetdConfError(InvalidConfError):
    """A line of ``inetd.conf`` makes no sense."""


class InvalidServicesConfError(InvalidConfError):
    """A line of ``services`` makes no sense."""


class UnknownService(Exception):
    """A service that has a name and no port."""


class SimpleConfFile:
    """
    A file whose lines are fields with blanks between them. What follows `commentChar` does not count.

    Attributes:
        commentChar: What begins a comment.
        defaultFilename: The file that is read when none is given.
    """

    commentChar = "#"
    defaultFilename: str | None = None

    def parseFile(self, file: IO[str] | None = None) -> None:
        """
        Read a file.

        Args:
            file: The file, which stays open. Without one, that of `defaultFilename` is read, if there is a name.

        Raises:
            InvalidConfError: A line makes no sense.
        """
        if file is None and self.defaultFilename is None:
            raise ValueError(f"{type(self).__name__} has no default file: give one")
        with nullcontext(file) if file is not None else open(str(self.defaultFilename)) as lines:
            for line in lines:
                text = line.partition(self.commentChar)[0].strip()
                if text:
                    self.parseLine(text)

    def parseLine(self, line: str) -> None:
        """Take a line without comment apart."""
        self.parseFields(*line.split())

    def parseFields(self, *fields: str) -> None:
        """Take the fields of a line. Here they are dropped: subclasses keep them."""


class InetdService:
    """
    A line of ``inetd.conf``.

    Attributes:
        name: The service's name.
        port: Its port, or `None` for one of RPC's.
        socketType: ``stream`` or ``dgram``.
        protocol: ``tcp`` or ``udp``.
        wait: ``wait`` or ``nowait``, as it stands there.
        user: The user that the program runs as: a name, or a number.
        group: The group, likewise, or `None` for the user's own.
        program: The program's file, or ``internal``.
        programArgs: Its arguments, beginning with its name.
    """

    name: str | None = None
    port: int | None = None
    socketType: str | None = None
    protocol: str | None = None
    # Any: a flag or the word, as whoever made it likes.
    wait: Any = None
    user: str | int | None = None
    group: str | int | None = None
    program: str | None = None
    programArgs: Sequence[str] | None = None

    def __init__(
        self,
        name: str,
        port: int | None,
        socketType: str,
        protocol: str,
        wait: Any,
        user: str | int,
        group: str | int | None,
        program: str,
        programArgs: Sequence[str],
    ) -> None:
        self.name = name
        self.port = port
        self.socketType = socketType
        self.protocol = protocol
        self.wait = wait
        self.user = user
        self.group = group
        self.program = program
        self.programArgs = programArgs


class ServicesConf(SimpleConfFile):
    """
    The ports of services by name.

    Attributes:
        services: The ports, by pairs of name and protocol.
    """

    defaultFilename = "/etc/services"

    def __init__(self) -> None:
        self.services: dict[tuple[str, str], int] = {}

    def parseFields(self, name: str = "", portAndProtocol: str = "", *aliases: str) -> None:
        """
        Take a line.

        Args:
            name: The service's name.
            portAndProtocol: ``80/tcp``, for example.
            aliases: Its other names.
        """
        number, _, protocol = portAndProtocol.partition("/")
        try:
            port = int(number)
        except ValueError:
            port = -1
        if not protocol or "/" in protocol or port < 0:
            raise InvalidServicesConfError(f"Invalid port/protocol: {portAndProtocol!r}")
        for each in (name, *aliases):
            self.services[each, protocol] = port


class InetdConf(SimpleConfFile):
    """
    The services of an inetd.

    Args:
        knownServices: The ports of services; those of ``/etc/services`` if it is left out.

    Attributes:
        services: The services, in order.
    """

    defaultFilename = "/etc/inetd.conf"

    def __init__(self, knownServices: ServicesConf | None = None) -> None:
        self.services: list[InetdService] = []
        if knownServices is None:
            knownServices = ServicesConf()
            knownServices.parseFile()
        self.knownServices = knownServices

    def parseFields(
        self,
        serviceName: str = "",
        socketType: str = "",
        protocol: str = "",
        wait: str = "",
        user: str = "",
        program: str = "",
        *programArgs: str,
    ) -> None:
        """
        Take a line.

        Args:
            serviceName: A name, or a port.
            socketType: ``stream`` or ``dgram``.
            protocol: ``tcp`` or ``udp``; ``rpc/`` before it for services of RPC.
            wait: ``wait`` or ``nowait``.
            user: The user, and perhaps ``.`` and the group.
            program: The program's file, or ``internal``.
            programArgs: Its arguments, beginning with its name.

        Raises:
            InvalidInetdConfError: Fields are missing.
            UnknownService: No port belongs to the name.
        """
        if not program:
            line = " ".join(filter(None, (serviceName, socketType, protocol, wait, user)))
            raise InvalidInetdConfError(
                f"a line needs name, socket type, protocol, wait, user and program, and this one has less: {line!r}"
            )
        user, dot, group = user.partition(".")
        name, port = serviceName, None
        if not protocol.startswith("rpc/"):
            name, port = self._known(serviceName, protocol)
        self.services.append(
            InetdService(name, port, socketType, protocol, wait, user, group if dot else None, program, programArgs)
        )

    def _known(self, name: str, protocol: str) -> tuple[str, int]:
        known = self.knownServices.services
        if (name, protocol) in known:
            return name, known[name, protocol]
        try:
            port = int(name)
        except ValueError:
            raise UnknownService(f"Unknown service: {name} ({protocol})") from None
        for (other, spoken), number in known.items():
            if (number, spoken) == (port, protocol):
                return other, port
        return "unknown", port
