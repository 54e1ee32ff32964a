"""
Services and ports from endpoint strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from twisted.application.internet import StreamServerEndpointService
from twisted.internet.endpoints import serverFromString

if TYPE_CHECKING:
    from twisted.internet import interfaces

__all__ = ["listen", "service"]


def service(
    description: str, factory: interfaces.IProtocolFactory, reactor: interfaces.IReactorCore | None = None
) -> StreamServerEndpointService:
    """
    Make a service that listens.

    Args:
        description: Where: an endpoint string, ``tcp:8080`` for example.
        factory: What is served.
        reactor: Whose sockets; the default reactor if none is given.

    Returns:
        A service which is not started. If it cannot listen when it is, it says so at once.
    """
    if reactor is None:
        from twisted.internet import reactor as default

        reactor = cast("interfaces.IReactorCore", default)
    made = StreamServerEndpointService(serverFromString(reactor, description), factory)
    made._raiseSynchronously = True
    return made


def listen(description: str, factory: interfaces.IProtocolFactory) -> interfaces.IListeningPort:
    """
    Listen at once.

    Args:
        description: An endpoint string whose kind needs no time to listen.
        factory: What is served.

    Raises:
        CannotListenError: The port is in use, or not ours to use.
    """
    from twisted.internet import reactor

    answers: list[object] = []
    serverFromString(reactor, description).listen(factory).addBoth(answers.append)
    from twisted.python.failure import Failure

    if not answers:
        raise RuntimeError(f"{description!r} does not listen at once: use strports.service")
    if isinstance(answers[0], Failure):
        answers[0].raiseException()
    return cast("interfaces.IListeningPort", answers[0])
