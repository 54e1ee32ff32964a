"""
Reactors by name: what ``--reactor`` chooses from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from zope.interface import Attribute, Interface, implementer

from twisted.internet.interfaces import IReactorCore
from twisted.plugin import IPlugin, getPlugins
from twisted.python.reflect import namedAny

__all__ = ["IReactorInstaller", "NoSuchReactor", "Reactor", "getReactorTypes", "installReactor"]


class IReactorInstaller(Interface):
    """A plugin that installs a kind of reactor."""

    shortName = Attribute("The word on the command line.")
    description = Attribute("A line about this kind of reactor.")

    def install() -> None:
        """
        Make a reactor of this kind the process's default.

        Raises:
            ImportError: This platform, or what is installed here, does not have what it takes.
        """


class NoSuchReactor(KeyError):
    """No plugin offers a reactor of this name."""


@implementer(IPlugin, IReactorInstaller)
class Reactor:
    """
    A plugin whose module is imported when its reactor is chosen.

    Args:
        shortName: The word on the command line.
        moduleName: The dotted name of a module with an ``install`` function.
        description: A line about this kind of reactor.
    """

    def __init__(self, shortName: str, moduleName: str, description: str) -> None:
        self.shortName = shortName
        self.moduleName = moduleName
        self.description = description

    def install(self) -> None:
        """Call the module's ``install``."""
        namedAny(self.moduleName).install()


def getReactorTypes() -> Iterable[IReactorInstaller]:
    """Give the kinds of reactors that all installed packages offer."""
    kinds: Iterable[IReactorInstaller] = getPlugins(IReactorInstaller)
    return kinds


def installReactor(shortName: str) -> IReactorCore:
    """
    Install a reactor by its short name, and give it.

    Raises:
        NoSuchReactor: No plugin has this name.
        ReactorAlreadyInstalledError: Another was installed before.
    """
    for installer in getReactorTypes():
        if installer.shortName == shortName:
            installer.install()
            from twisted.internet import reactor

            return cast(IReactorCore, reactor)
    raise NoSuchReactor(shortName)
