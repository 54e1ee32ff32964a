"""
The service ``portforward``: what connects to a port here is connected to a port there.
"""

from __future__ import annotations

from typing import Any

from twisted.application import strports
from twisted.application.service import IService
from twisted.protocols import portforward
from twisted.python import usage


class Options(usage.Options):
    """Where to listen, and where to connect to."""

    synopsis = "[options]"
    longdesc = "Forwards each connection to a port here to a port of another host."
    optParameters = [
        ["port", "p", "tcp:6666", "Where to listen: a port's number, or the description of an endpoint."],
        ["host", "h", "localhost", "The host to connect to."],
        ["dest_port", "d", 6665, "The port to connect to."],
    ]
    compData = usage.Completions(optActions={"host": usage.CompleteHostnames()})


def makeService(config: Any) -> IService:
    """
    Make the service.

    Args:
        config: The options, which may come from a command line as text.
    """
    factory: Any = portforward.ProxyFactory(config["host"], int(config["dest_port"]))
    made: IService = strports.service(config["port"], factory)
    return made
