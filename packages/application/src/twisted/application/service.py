"""
Services: things that are started and stopped, alone or as a tree.

A program is a tree of services. Its leaves listen, connect, or do something from time to time
(`twisted.application.internet`); `MultiService` holds others. Starting or stopping the root does the same to all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface, implementer

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.plugin import IPlugin
from twisted.python.components import Componentized
from twisted.python.reflect import namedAny

if TYPE_CHECKING:
    from twisted.python.usage import Options

__all__ = [
    "Application",
    "IProcess",
    "IService",
    "IServiceCollection",
    "IServiceMaker",
    "MultiService",
    "Process",
    "Service",
    "ServiceMaker",
    "loadApplication",
]


class IServiceMaker(Interface):
    """A plugin that makes a service from a command line: what ``twist NAME`` finds."""

    tapname = Attribute("The word on the command line.")
    description = Attribute("A line about it, for ``--help``.")
    options = Attribute("Called without arguments, it gives a `twisted.python.usage.Options`.")

    def makeService(options: Options) -> IService:
        """
        Make the service.

        Args:
            options: What ``options()`` gave, after it parsed its part of the command line.
        """


@implementer(IPlugin, IServiceMaker)
class ServiceMaker:
    """
    A plugin whose module is imported when the service is asked for, and not to list it.

    Args:
        name: A longer name, for people.
        module: The dotted name of a module with ``Options`` and ``makeService``.
        description: A line about the service.
        tapname: The word on the command line.
    """

    def __init__(self, name: str, module: str, description: str, tapname: str) -> None:
        self.name = name
        self.module = module
        self.description = description
        self.tapname = tapname

    @property
    def options(self) -> Any:  # Any: whatever the module calls Options
        """The module's ``Options``."""
        return namedAny(self.module).Options

    @property
    def makeService(self) -> Any:  # Any: whatever the module calls makeService
        """The module's ``makeService``."""
        return namedAny(self.module).makeService


class IService(Interface):
    """Something that is started and stopped."""

    name = Attribute("A name, unique among the children of its parent, or `None`.")
    running = Attribute("True from `startService` to `stopService`.")
    parent = Attribute("The `IServiceCollection` it belongs to, or `None`.")

    def setName(name: str) -> None:
        """
        Give the service a name.

        Raises:
            RuntimeError: It has a parent already, which knows it by its old name.
        """

    def setServiceParent(parent: IServiceCollection) -> None:
        """
        Make the service a child of *parent*, leaving the parent it had. If the new parent runs, the service is started.

        Raises:
            RuntimeError: *parent* has a child of that name.
        """

    def disownServiceParent() -> Deferred[Any] | None:
        """Leave the parent, and stop if it runs. A Deferred tells when that is done."""

    def startService() -> None:
        """Begin. A service that needs time to begin does not say when it has."""

    def stopService() -> Deferred[Any] | None:
        """End. A Deferred tells when that is done; `None` means that it is."""

    def privilegedStartService() -> None:
        """Do what has to be done before the process gives up root: bind ports below 1024, for example."""


class IServiceCollection(Interface):
    """Something that has services as children."""

    def getServiceNamed(name: str) -> IService:
        """
        Give the child of that name.

        Raises:
            KeyError: There is none.
        """

    def __iter__() -> Iterator[IService]:
        """Go through the children, in the order they came."""

    def addService(service: IService) -> None:
        """
        Add a child. Only `IService.setServiceParent` should call this.

        Raises:
            RuntimeError: There is a child of that name.
        """

    def removeService(service: IService) -> Deferred[Any] | None:
        """
        Remove a child, and stop it if this runs. Only `IService.disownServiceParent` should call this.

        Raises:
            ValueError: It is no child of this.
        """


@implementer(IService)
class Service:
    """
    A service that does nothing: the base of those that do.

    Subclasses extend `startService` and `stopService`, and call these.
    """

    running = 0
    name: str | None = None
    parent: IServiceCollection | None = None

    def __getstate__(self) -> dict[str, Any]:
        """A pickle does not hold whether it was running."""
        state = dict(vars(self))
        state.pop("running", None)
        return state

    def setName(self, name: str) -> None:
        """Give the service a name, before it has a parent."""
        if self.parent is not None:
            raise RuntimeError("cannot change name when parent exists")
        self.name = name

    def setServiceParent(self, parent: IServiceCollection) -> None:
        """Make the service a child of *parent*, or of what adapts it to `IServiceCollection`: an application, say."""
        if self.parent is not None:
            self.disownServiceParent()
        collection = IServiceCollection(parent, parent)
        self.parent = collection
        collection.addService(self)

    def disownServiceParent(self) -> Deferred[Any] | None:
        """Leave the parent; it stops the service if it runs."""
        if self.parent is None:
            raise RuntimeError(f"{self!r} has no parent to leave")
        leaving: Deferred[Any] | None = self.parent.removeService(self)
        self.parent = None
        return leaving

    def privilegedStartService(self) -> None:
        """Nothing needs root here."""

    def startService(self) -> None:
        """Note that it runs."""
        self.running = 1

    def stopService(self) -> Deferred[Any] | None:
        """Note that it runs no longer."""
        self.running = 0
        return None


@implementer(IServiceCollection)
class MultiService(Service):
    """
    A service made of others. They start in the order they were added, and stop in reverse.

    If one of them cannot start, those that were started before it are stopped again, and the error goes on.

    Attributes:
        services: The children, in order.
        namedServices: Those that have a name, by it.
    """

    def __init__(self) -> None:
        self.services: list[IService] = []
        self.namedServices: dict[str, IService] = {}
        self.parent = None

    def privilegedStartService(self) -> None:
        """Let each child do what needs root."""
        Service.privilegedStartService(self)
        for service in self.services:
            service.privilegedStartService()

    def startService(self) -> None:
        """Start the children, all or none."""
        Service.startService(self)
        started: list[IService] = []
        try:
            # A service that starts may add others beside it: addService starts those.
            for service in list(self.services):
                if not service.running or service not in started:
                    service.startService()
                    started.append(service)
        except BaseException:
            Service.stopService(self)
            for service in reversed(started):
                maybeDeferred(service.stopService).addErrback(_report, service)
            raise

    def stopService(self) -> Deferred[Any]:
        """Stop the children; the Deferred fires when all have stopped, whether well or not."""
        Service.stopService(self)
        stopping = [maybeDeferred(service.stopService) for service in reversed(list(self.services))]
        return DeferredList(stopping)

    def getServiceNamed(self, name: str) -> IService:
        """Give the child of that name."""
        return self.namedServices[name]

    def __iter__(self) -> Iterator[IService]:
        return iter(self.services)

    def addService(self, service: IService) -> None:
        """Add a child, and start it if this runs."""
        if service.name is not None:
            if service.name in self.namedServices:
                raise RuntimeError(f"cannot have two services with same name '{service.name}'")
            self.namedServices[service.name] = service
        self.services.append(service)
        if self.running:
            # Too late for doing it first and as root: a service that needs that will say so.
            service.privilegedStartService()
            service.startService()

    def removeService(self, service: IService) -> Deferred[Any] | None:
        """Remove a child, and stop it if this runs."""
        if service not in self.services:
            raise ValueError(f"{service!r} is not a child of {self!r}")
        if service.name:
            del self.namedServices[service.name]
        self.services.remove(service)
        # With nothing to stop there is nothing to wait for.
        return maybeDeferred(service.stopService) if self.running else None


def _report(failure: Any, service: IService) -> None:
    from twisted.logger import Logger

    Logger("twisted.application.service").failure(
        "{service!r} could not be stopped again", failure=failure, service=service
    )


class IProcess(Interface):
    """What a process should be called, and whose it should be."""

    processName = Attribute("A name for the process, or `None` to leave it.")
    uid = Attribute("The user id to run as, or `None`.")
    gid = Attribute("The group id to run as, or `None`.")


@implementer(IProcess)
class Process:
    """A process's name, user and group: nothing else, and only a wish."""

    processName: str | None = None

    def __init__(self, uid: int | None = None, gid: int | None = None) -> None:
        self.uid = uid
        self.gid = gid


def Application(name: str, uid: int | None = None, gid: int | None = None) -> Componentized:
    """
    Make the root of a program: what a ``.tac`` file calls ``application``.

    Args:
        name: The program's name.
        uid: The user to run as.
        gid: The group to run as.

    Returns:
        An object that can be asked for `IService`, `IServiceCollection`, `IProcess` and
        `twisted.persisted.sob.IPersistable`.
    """
    from twisted.persisted import sob

    application = Componentized()
    root = MultiService()
    for component in (root, Process(uid, gid), sob.Persistent(application, name)):
        application.addComponent(component, ignoreClass=1)
    root.setName(name)
    return application


def loadApplication(filename: str, kind: str, passphrase: str | None = None) -> Any:
    """
    Load an application from a file.

    Args:
        filename: The file's path.
        kind: ``python`` for a file that defines ``application``, ``pickle`` or ``source`` for a stored one.
        passphrase: For a file that was stored encrypted.
    """
    from twisted.persisted import sob

    if kind == "python":
        return sob.loadValueFromFile(filename, "application")
    return sob.load(filename, kind)
