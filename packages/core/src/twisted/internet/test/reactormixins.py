"""
Running one suite of tests on each reactor there is.

Subclass `ReactorBuilder`, and put ``globals().update(MyTests.makeTestCaseClasses())`` behind it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, ClassVar
from unittest import SkipTest

from twisted.python._require import require

__all__ = ["ReactorBuilder", "TestTimeoutError", "needsRunningReactor"]


class TestTimeoutError(Exception):
    """The reactor ran for longer than the test allows."""

    __test__ = False


def needsRunningReactor(reactor: Any, thunk: Callable[[], object]) -> None:
    """Call something once the reactor runs."""
    reactor.callWhenRunning(thunk)


def stopOnError(case: Any, reactor: Any, publisher: Any = None) -> None:
    """
    Stop the reactor as soon as an error is logged.

    Args:
        case: The test case, whose end ends this.
        reactor: The reactor. (Any, as all here: a reactor of any kind, a case of any framework.)
        publisher: Where errors are logged; the classic log by default.
    """
    if publisher is None:
        from twisted.python import log as publisher
    running = [True]

    def look(event: dict[str, Any]) -> None:
        if event.get("isError") and running:
            running.clear()
            reactor.stop()

    publisher.addObserver(look)
    case.addCleanup(publisher.removeObserver, look)


def close_reactor(reactor: Any) -> None:
    """Close what a reactor has open, itself included: it cannot run again. An asyncio loop is its maker's to close."""
    for call in list(reactor.getDelayedCalls()):
        if call.active():
            call.cancel()
    stop_threads = getattr(reactor, "_stopThreadPool", None)
    if stop_threads is not None:
        stop_threads()
    reactor.fireSystemEvent("shutdown")
    for descriptor in reactor.removeAll():
        close = getattr(descriptor, "connectionLost", None)
        if close is not None and getattr(descriptor, "connected", False):
            from twisted.internet.error import ConnectionDone
            from twisted.python.failure import Failure

            close(Failure(ConnectionDone()))
    for reader in list(getattr(reactor, "_internalReaders", ())):
        reactor.removeReader(reader)
        reader.connectionLost(None)
    if hasattr(reactor, "_internalReaders"):
        reactor._internalReaders.clear()
    poller = getattr(reactor, "_poller", None)
    if poller is not None and hasattr(poller, "close"):
        poller.close()


class ReactorBuilder:
    """
    Tests of a reactor: ``self.buildReactor()`` makes one, ``self.runReactor(reactor)`` runs it.

    Attributes:
        reactorFactory: What makes a reactor; set in the classes that `makeTestCaseClasses` makes.
        requiredInterfaces: The interfaces that the reactor must provide, or the test is skipped.
        skippedReactors: Reasons to skip, by the reactor's short name.
    """

    reactorFactory: Any = None
    requiredInterfaces: Any = None
    skippedReactors: ClassVar[dict[str, str]] = {}

    # The names of the reactors to be tested. What cannot be imported here becomes a skipped class.
    _reactors: ClassVar[list[str]] = [
        "twisted.internet.selectreactor.SelectReactor",
        "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    ]
    if sys.platform == "darwin" or "bsd" in sys.platform:
        _reactors.append("twisted.internet.kqreactor.KQueueReactor")
    if sys.platform != "win32":
        _reactors.append("twisted.internet.pollreactor.PollReactor")
    if sys.platform.startswith("linux"):
        _reactors.append("twisted.internet.epollreactor.EPollReactor")

    def buildReactor(self) -> Any:
        """
        Make a reactor, which is taken apart when the test ends.

        Raises:
            unittest.SkipTest: There is no such reactor here, or it does not provide what is required.
        """
        try:
            reactor = self.reactorFactory()
        except Exception as error:
            raise SkipTest(f"no reactor of this kind can be made here: {error}") from error
        if self.requiredInterfaces is not None:
            lacking = [wanted for wanted in self.requiredInterfaces if not wanted.providedBy(reactor)]
            if lacking:
                self._unbuildReactor(reactor)
                raise SkipTest(
                    f"{type(reactor).__name__} does not provide {', '.join(wanted.__name__ for wanted in lacking)}"
                )
        add_cleanup: Any = getattr(self, "addCleanup")  # noqa: B009  # from the TestCase it is mixed into
        add_cleanup(self._unbuildReactor, reactor)
        return reactor

    def _unbuildReactor(self, reactor: Any) -> None:
        close_reactor(reactor)

    def getTimeout(self) -> float:
        """Tell how long a test may run, in seconds."""
        return float(os.environ.get("TWISTED_REACTOR_TEST_TIMEOUT", "120"))

    def runReactor(self, reactor: Any, timeout: float | None = None) -> None:
        """
        Run a reactor until the test stops it.

        Args:
            reactor: The reactor.
            timeout: For how long at most, in seconds; `getTimeout` says by default.

        Raises:
            TestTimeoutError: It was still running.
        """
        limit = self.getTimeout() if timeout is None else timeout
        late = []

        def stop() -> None:
            late.append(True)
            reactor.stop()

        call = reactor.callLater(limit, stop)
        reactor.run()
        if late:
            raise TestTimeoutError(f"reactor still running after {limit} seconds")
        if call.active():
            call.cancel()

    @classmethod
    def makeTestCaseClasses(cls) -> dict[str, Any]:
        """
        Make a test case class for each reactor.

        Returns:
            The classes by their names, for ``globals().update``.

        Raises:
            ModuleNotFoundError: There is no `twisted.trial`; the message says what to install.
        """
        unittest = require(
            "twisted.trial.unittest", install="twisted-trial", purpose="ReactorBuilder.makeTestCaseClasses"
        )
        made = {}
        for path in cls._reactors:
            short_name = path.rsplit(".", 1)[1]
            name = f"{cls.__name__}_{short_name}".replace(".", "_")

            class ForOneReactor(cls, unittest.SynchronousTestCase):  # type: ignore[misc, valid-type, name-defined]
                __module__ = cls.__module__
                if short_name in cls.skippedReactors:
                    skip = cls.skippedReactors[short_name]
                try:
                    reactorFactory = staticmethod(_named(path))
                except (ImportError, AttributeError) as error:
                    skip = f"there is no {path} here: {error}"

            ForOneReactor.__name__ = name
            ForOneReactor.__qualname__ = ".".join([*cls.__qualname__.split(".")[:-1], name])
            made[name] = ForOneReactor
        return made


def _named(path: str) -> Any:
    from importlib import import_module

    module, name = path.rsplit(".", 1)
    return getattr(import_module(module), name)
