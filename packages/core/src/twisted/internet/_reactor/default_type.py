"""
What type checkers take ``twisted.internet.reactor`` for. Nothing imports this while a program runs.

It is a class that can do what reactors of this system can, for those who call its methods; and it has the interfaces as
bases, for those who pass it on, because a checker without zope's plugin knows no other way to provide them.
"""

from __future__ import annotations

from twisted.internet import interfaces
from twisted.internet._reactor.readiness import ReadinessReactor


class DefaultReactor(  # type: ignore[misc]  # Interfaces have no self, which is what a checker sees as a difference.
    ReadinessReactor,
    interfaces.IReactorCore,
    interfaces.IReactorTime,
    interfaces.IReactorThreads,
    interfaces.IReactorFDSet,
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUDP,
    interfaces.IReactorMulticast,
    interfaces.IReactorUNIX,
    interfaces.IReactorUNIXDatagram,
    interfaces.IReactorProcess,
    interfaces.IReactorSocket,
    interfaces.IReactorPluggableNameResolver,
    interfaces.IReactorPluggableResolver,
):
    """The process's default reactor."""
