"""
Running tests in several processes, with one reporter.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from twisted.python import log as classic_log
from twisted.trial._reporter.results import UncleanWarningsReporterWrapper
from twisted.trial._runner.folders import working_in
from twisted.trial._runner.holders import NOT_IN_TEST, TestHolder
from twisted.trial._runner.running import ExitWrapper, logging_to
from twisted.trial._runner.suites import cases_of

if TYPE_CHECKING:
    from twisted.trial._jobs.pool import Pool, PoolConfig
    from twisted.trial._jobs.telling import Call

# The rooms beside this one are imported when tests are run: the command is there for one process, too.


class DistTrialRunner:
    """
    Runs tests in several processes, and lets a reporter tell of them.

    Attributes:
        stream: Where the reporter writes.
    """

    # Any: reporters, streams, reactors and tests are whatever does their work.
    def __init__(
        self,
        reporterFactory: Callable[..., Any],
        maxWorkers: int,
        workerArguments: Sequence[str],
        exitFirst: bool = False,
        reactor: Any = None,
        stream: Any = None,
        tracebackFormat: str = "default",
        realTimeErrors: bool = False,
        uncleanWarnings: bool = False,
        logfile: str = "test.log",
        workingDirectory: str = "_trial_temp",
        workerPoolFactory: Callable[[PoolConfig], Pool] | None = None,
    ) -> None:
        """
        Args:
            reporterFactory: Makes the reporter: given *stream*, *tracebackFormat*, *realTimeErrors* and the log's
                publisher.
            maxWorkers: How many processes there are at most; never more than tests.
            workerArguments: Arguments of the trial command that they heed.
            exitFirst: Begin no more tests when one has gone wrong.
            reactor: What starts processes and waits for them; the process's by default.
            stream: Where the reporter writes; standard output by default.
            tracebackFormat: ``default``, ``brief`` or ``verbose``.
            realTimeErrors: Tell of errors at once, too.
            uncleanWarnings: Only warn of a reactor that is left unclean.
            logfile: The name of the log in each process's directory, and in the one around these.
            workingDirectory: Where the processes have their directories; made anew.
            workerPoolFactory: Makes the pool of processes; `Pool` by default.
        """
        self._reporter_factory = reporterFactory
        self._max_workers = maxWorkers
        self._arguments = tuple(workerArguments)
        self._exit_first = exitFirst
        self._reactor = reactor
        self.stream = sys.stdout if stream is None else stream
        self._tbformat = tracebackFormat
        self._rterrors = realTimeErrors
        self._unclean_warnings = uncleanWarnings
        self._logfile = logfile
        self._folder = workingDirectory
        self._make_pool = workerPoolFactory
        self._interrupt: Callable[[], None] | None = None

    def __eq__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, DistTrialRunner) else vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # its stream may change

    def _make_result(self) -> Any:
        result = self._reporter_factory(self.stream, self._tbformat, self._rterrors, classic_log.theLogPublisher)
        if self._exit_first:
            result = ExitWrapper(result)
        if self._unclean_warnings:
            result = UncleanWarningsReporterWrapper(result)
        return result

    def writeResults(self, result: Any) -> None:
        """Let the reporter write its end."""
        result.done()

    async def runAsync(self, suite: Any, untilFailure: bool = False) -> Any:
        """
        Run a test or a suite. The reactor must be running, or begin to.

        Args:
            suite: The tests.
            untilFailure: Run them again and again, until something goes wrong.

        Returns:
            The reporter, which has heard all.
        """
        from twisted.trial._jobs.naming import describe
        from twisted.trial._jobs.pool import Pool, PoolConfig

        tests = list(cases_of(suite))
        with working_in(self._folder) as folder, logging_to(self._logfile):
            remote = [test for test in tests if describe(test) is not None]
            # What could not be loaded, and what no other process could find.
            local = [test for test in tests if describe(test) is None]
            count = min(self._max_workers, len(remote))
            pool = (self._make_pool or Pool)(PoolConfig(count, folder, self._arguments, self._logfile))
            pool.start(self._the_reactor())
            try:
                passes = 0
                while True:
                    passes += 1
                    if untilFailure:
                        self.stream.write(f"Test Pass {passes}\n")
                    result = self._make_result()
                    self._say_count(len(remote))
                    await self._run_once(pool, local, remote, result)
                    last = not untilFailure or result.shouldStop or not result.wasSuccessful()
                    if last:
                        # Workers may have errors to tell of at the very end.
                        await pool.finish()
                    self.writeResults(result)
                    if last:
                        return result
            except BaseException:
                pool.kill()
                raise
            finally:
                self._interrupt = None

    def _say_count(self, count: int) -> None:
        self.stream.write(f"Running {count} tests.\n")

    async def _run_once(self, pool: Pool, local: list[Any], remote: list[Any], result: Any) -> None:
        from twisted.trial._jobs.telling import Narrator, pack, stop
        from twisted.trial._reporter.results import _failure_of

        narrator = Narrator(result, time.time())

        def tell(test: Any, story: list[Call], seconds: float | None) -> None:
            narrator.tell(test, story, seconds)

        def interrupt() -> None:
            stop(result)
            pool.kill()

        self._interrupt = interrupt
        pool.listen(tell, lambda: bool(result.shouldStop), _warn)
        for test in local:
            if result.shouldStop:
                break
            test.run(result)
        try:
            await pool.run(remote)
        except Exception as error:
            # The pool has given up: that is an error of the run.
            holder = TestHolder(NOT_IN_TEST)
            narrator.tell(
                holder, [["startTest", holder.id()], ["addError", holder.id(), pack(_failure_of(_info(error)))]]
            )
            stop(result)

    def _the_reactor(self) -> Any:
        if self._reactor is None:
            from twisted.internet import reactor

            self._reactor = reactor
        return self._reactor

    def run(self, test: Any) -> Any:
        """
        Run a test or a suite, and the reactor while it takes.

        Returns:
            The result, which has heard all.
        """
        return self._run(test, untilFailure=False)

    def runUntilFailure(self, test: Any) -> Any:
        """
        Run a test or a suite again and again, until a run goes wrong, and the reactor while it takes.

        Returns:
            The last run's result.
        """
        return self._run(test, untilFailure=True)

    def _run(self, test: Any, untilFailure: bool) -> Any:
        from twisted.internet.defer import Deferred, ensureDeferred

        reactor = self._the_reactor()
        outcome: list[Any] = []
        over: Deferred[None] = Deferred()
        interrupted = False

        def begin() -> None:
            ensureDeferred(self.runAsync(test, untilFailure)).addBoth(end)

        def end(result: Any) -> None:
            outcome.append(result)
            over.callback(None)
            if not interrupted:
                reactor.stop()

        def shut_down() -> Any:
            nonlocal interrupted
            if outcome:
                return None
            # Somebody is at the keyboard: what has run is still worth telling.
            interrupted = True
            if self._interrupt is not None:
                self._interrupt()
            return over

        reactor.callWhenRunning(begin)
        reactor.addSystemEventTrigger("before", "shutdown", shut_down)
        reactor.run()
        (result,) = outcome
        if hasattr(result, "raiseException"):
            result.raiseException()
        return result


def _info(error: BaseException) -> Any:
    return (type(error), error, error.__traceback__)


def _warn(event: dict[str, Any]) -> None:
    """Make an event of a worker's warning: reporters look at these."""
    classic_log.msg(format="%(filename)s:%(lineno)s: %(category)s: %(warning)s", **event)
