"""
``twist inetd``: start programs for connections, as an ``inetd.conf`` says.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.application import internet
from twisted.application.service import MultiService
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger
from twisted.python import usage
from twisted.runner import inetd, inetdconf

__all__ = ["Options", "makeService", "protocolDict"]

_log = Logger()

# The numbers of the protocols.
protocolDict = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}


class Options(usage.Options):
    """The command line of ``inetd``."""

    optParameters = [
        ["rpc", "r", "/etc/rpc", "Not used any more: services of RPC are left out."],
        ["file", "f", "/etc/inetd.conf", "The file that names the services."],
    ]

    optFlags = [["nointernal", "i", "Leave out the services that need no program."]]

    compData = usage.Completions(optActions={"file": usage.CompleteFiles("*.conf")})


def makeService(config: Options) -> MultiService:
    """
    Make a server for each line of the file that can be served; what cannot is logged.

    Raises:
        RuntimeError: A service is of UDP, which is not served.
    """
    made = MultiService()
    file = inetdconf.InetdConf()
    with open(config["file"]) as lines:
        file.parseFile(lines)
    for service in file.services:
        if str(service.protocol).startswith("rpc/"):
            _log.warn("Skipping rpc service {name}: programs of RPC are not served", name=service.name)
            continue
        if service.protocol != "tcp":
            raise RuntimeError("not supporting UDP")
        factory = _internal(service, config) if service.program == "internal" else _external(service)
        if factory is not None:
            internet.TCPServer(service.port, factory).setServiceParent(made)
    return made


def _internal(service: inetdconf.InetdService, config: Options) -> ServerFactory[Any] | None:
    if config["nointernal"]:
        return None
    protocol = inetd.internalProtocols.get(str(service.name))
    if protocol is None:
        _log.warn("Unknown internal service: {name}", name=service.name)
        return None
    made: ServerFactory[Any] = ServerFactory()
    made.protocol = protocol
    return made


def _external(service: inetdconf.InetdService) -> inetd.InetdFactory | None:
    import grp
    import pwd

    try:
        uid, own = _numbers(pwd.getpwnam, pwd.getpwuid, service.user)[2:4]
    except KeyError:
        _log.warn("Unknown user: {user}", user=service.user)
        return None
    service.user = uid
    if service.group is None:
        service.group = own
        return inetd.InetdFactory(service)
    try:
        service.group = _numbers(grp.getgrnam, grp.getgrgid, service.group)[2]
    except KeyError:
        _log.warn("Unknown group: {group}", group=service.group)
        return None
    return inetd.InetdFactory(service)


def _numbers(by_name: Callable[[str], Any], by_number: Callable[[int], Any], given: str | int | None) -> Any:
    # Any: an entry of the password or of the group file, whose third field is the number in both.
    try:
        return by_name(str(given))
    except KeyError:
        if not str(given).isdigit():
            raise
        return by_number(int(str(given)))
