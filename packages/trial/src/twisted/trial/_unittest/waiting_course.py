"""
The course of a test that may wait.

It runs straight on as long as nothing needs waiting for; then the process's reactor runs until the test is over.
"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from types import AsyncGeneratorType, CoroutineType
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, TimeoutError
from twisted.python.failure import Failure
from twisted.trial._unittest.course import Course, failure_below, never_run
from twisted.trial._unittest.leftovers import Leftovers
from twisted.trial._unittest.outcomes import SkipTest
from twisted.trial._unittest.waiting import drive, loaded_reactor, process_reactor

if TYPE_CHECKING:
    from twisted.trial._unittest.asynchronous import TestCase
    from twisted.trial._unittest.course import Phase

# The standard unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True
_CO_COROUTINE = 0x80  # as inspect has it


class WaitingCourse(Course):
    """The course of one run of a test whose parts may return Deferreds or be coroutines."""

    case: TestCase
    # Made anew by each run.
    leftovers: Leftovers

    def run(self) -> None:
        """Do everything, but for the warnings that are left over."""
        self.leftovers = Leftovers()
        super().run()

    def go(self) -> None:
        """Take all steps, in a context of their own: what a test sets there is of no concern to the next."""
        contextvars.copy_context().run(self.take_steps)

    def take_steps(self) -> None:
        """Take all steps. If the interrupt key is pressed, leave at once, but nothing behind."""
        try:
            drive(self.steps())
        except KeyboardInterrupt:
            self.leave_clean()
            self.drop_open()
            raise

    def perform(self, function: Callable[..., object], name: str, /, *args: Any, **kwargs: Any) -> Phase:
        """Do one thing of those that a test consists of, and wait until it is done."""
        if _is_coroutine_function(function) and _under_idle_asyncio():
            # A coroutine may ask for the running loop at once, which runs only after the reactor's startup.
            started: Deferred[None] = Deferred()
            process_reactor().callFromThread(started.callback, None)
            yield started
        if hasattr(function, "hypothesis"):
            self.wait_for_examples(function.hypothesis, name)
        try:
            outcome = function(*args, **kwargs)
        except BaseException:
            return failure_below()
        if outcome is None:
            return None
        if isinstance(outcome, CoroutineType):
            return (yield from self.outcome(Deferred.fromCoroutine(outcome), name, ours=True))
        if isinstance(outcome, Deferred):
            return (yield from self.outcome(outcome, name, ours=False))
        if isinstance(outcome, AsyncGeneratorType):
            return Failure(
                TypeError(f"{function!r} is an asynchronous generator function and therefore will never run")
            )
        return never_run(function, outcome)

    def wait_for_examples(self, handle: Any, name: str) -> None:
        """
        Have hypothesis, which knows nothing of Deferreds, wait until each example is done.

        Args:
            handle: Its handle of a test function. (Any: hypothesis need not be installed.)
            name: The function's name, for messages.
        """
        inner = getattr(handle.inner_test, "_waits_for", handle.inner_test)

        def example(*args: Any, **kwargs: Any) -> None:
            trouble = drive(self.perform(inner, name, *args, **kwargs))
            if trouble is not None:
                raise trouble.value.with_traceback(trouble.tb)

        functools.update_wrapper(example, inner)
        example._waits_for = inner  # type: ignore[attr-defined]
        handle.inner_test = example

    def outcome(self, deferred: Deferred[Any], name: str, ours: bool) -> Phase:
        """
        Wait until a Deferred fires, or it is too late.

        Args:
            deferred: The Deferred.
            name: What it came from, for messages.
            ours: It is a coroutine's, and nobody else has it.
        """
        outcomes: list[Failure | None] = []
        settled: Deferred[None] = Deferred()

        def settle(outcome: object) -> None:
            if not outcomes:
                outcomes.append(outcome if isinstance(outcome, Failure) else None)
                settled.callback(None)

        deferred.addBoth(settle)
        if not outcomes:

            def too_late() -> None:
                late = Failure(TimeoutError(f"{self.case!r} ({name}) still running at {timeout} secs"))
                if not ours and not deferred.called:
                    # Its errbacks hear of it, and may even save the test.
                    deferred.errback(late)
                settle(late)
                # A coroutine leaves its blocks; a Deferred that waits for another lets go of it.
                deferred.cancel()

            timeout = self.case.getTimeout()
            call = process_reactor().callLater(timeout, too_late)
            try:
                yield settled
            finally:
                if call.active():
                    call.cancel()
        return outcomes[0]

    def settle(self, quiet: bool) -> None:
        """Say what is to be said when all was done, also about what was left in the reactor."""
        if not self.leave_clean():
            self.case._passed = False
        super().settle(quiet)
        self.drop_open()

    def tell_of_set_up(self, trouble: Failure) -> None:
        """Say that ``setUp`` did not go well: an error, unless it skips the test."""
        if trouble.check(SkipTest):
            self.tell(trouble, None)
        else:
            self.tell_of_error(trouble)

    def tell_of_tear_down(self, trouble: Failure) -> None:
        """Say that ``tearDown`` did not go well: an error in any case."""
        self.tell_of_error(trouble)

    # What is left in the reactor

    def leave_clean(self) -> bool:
        """Cancel the delayed calls that there are still; tell whether there were none."""
        return self.was_clean(self.leftovers.cancel_calls())

    def drop_open(self) -> bool:
        """Drop the sockets that are open still; tell whether there were none."""
        return self.was_clean(self.leftovers.drop_selectables())

    def was_clean(self, trouble: Failure | None) -> bool:
        """Say what was left, if anything."""
        if trouble is not None:
            self.reporter.addError(self.case, trouble)
        return trouble is None


def _is_coroutine_function(function: Any) -> bool:  # Any: what can be called
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def _under_idle_asyncio() -> bool:
    reactor = loaded_reactor()
    return getattr(reactor, "_asyncioEventloop", None) is not None and not reactor.running
