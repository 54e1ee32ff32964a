"""
The course of a test: set up, test, clean up, tear down, and saying what became of it.

All of that is one generator, `Course.steps`. It yields where it has to wait for something, which a synchronous test
never does. It stands apart from the test case because every attribute of that may be a subclass's.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Generator
from types import CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from twisted.python import failure as failures
from twisted.python.failure import Failure
from twisted.trial._unittest.logged import observer
from twisted.trial._unittest.outcomes import FailTest, SkipTest, Todo

if TYPE_CHECKING:
    from typing import TypeAlias

    from twisted.internet.defer import Deferred
    from twisted.trial._unittest.synchronous import SynchronousTestCase

    #: Yields what has to fire before it can go on; gives what went wrong.
    Phase: TypeAlias = Generator[Deferred[None], None, Failure | None]

# The standard unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True


class Course:
    """The course of one run of a synchronous test."""

    def __init__(self, case: SynchronousTestCase, reporter: Any) -> None:
        """
        Args:
            case: The test.
            reporter: Hears what becomes of it. (Any: it does what an `IReporter` does, more or less.)
        """
        self.case = case
        self.reporter = reporter

    def run(self) -> None:
        """Do everything, but for the warnings that are left over."""
        failed_before = failures.count
        self.go()
        self.settle(quiet=failures.count == failed_before)

    def go(self) -> None:
        """Take all steps."""
        for awaited in self.steps():
            raise RuntimeError(f"a synchronous test cannot wait for {awaited!r}")

    def steps(self) -> Generator[Deferred[None], None, None]:
        """From set up to the last clean-up. Once the test has run, its ``_passed`` says whether all went well."""
        case = self.case
        trouble = yield from self.perform(case.setUp, "setUp")
        if trouble is not None:
            self.tell_of_set_up(trouble)
            yield from self.clean_up()
            return
        trouble = yield from self.perform(getattr(case, case._testMethodName), case._testMethodName)
        todo = case.getTodo()
        if trouble is not None:
            self.tell(trouble, todo)
        elif todo is not None:
            self.reporter.addUnexpectedSuccess(case, todo)
        # Clean-ups and tearDown look here: they may have more to say about a test that failed.
        case._passed = trouble is None and todo is None
        if case._cleanups:
            yield from self.clean_up()
        trouble = yield from self.perform(case.tearDown, "tearDown")
        if trouble is not None:
            self.tell_of_tear_down(trouble)
            case._passed = False
        if case._cleanups:
            # What tearDown itself has added.
            yield from self.clean_up()

    def clean_up(self) -> Generator[Deferred[None], None, None]:
        """Call what is to be called, last added first. If anything goes wrong, the test has not passed."""
        clean = True
        cleanups = self.case._cleanups
        while cleanups:
            function, arguments, keywords = cleanups.pop()
            name = getattr(function, "__name__", function)
            trouble = yield from self.perform(function, f"cleanup function {name}", *arguments, **keywords)
            if trouble is not None:
                self.tell_of_error(trouble)
                clean = False
        if not clean:
            self.case._passed = False

    def perform(self, function: Callable[..., object], name: str, /, *args: Any, **kwargs: Any) -> Phase:
        """Do one thing of those that a test consists of. *name* is for messages."""
        try:
            outcome = function(*args, **kwargs)
        except BaseException:
            return failure_below()
        return None if outcome is None else never_run(function, outcome)
        yield  # A generator it is, like those that do wait.

    # Saying what became of it

    def settle(self, quiet: bool) -> None:
        """
        Say what is to be said when all was done.

        Args:
            quiet: Nothing failed, so that no Deferred can hold a failure which nobody handles.
        """
        if not quiet:
            # Those that refer to themselves say so only now. They are young.
            gc.collect(1)
        for error in observer.flushErrors():
            self.case._passed = False
            self.reporter.addError(self.case, error)
        if self.case._passed:
            self.reporter.addSuccess(self.case)

    def tell(self, trouble: Failure, todo: Todo | None) -> None:
        """Say that the test, or something that counts as it, did not go well."""
        _take_for_exception(trouble)
        if todo is not None and todo.expected(trouble):
            self.reporter.addExpectedFailure(self.case, trouble, todo)
        elif trouble.check(self.case.failureException, FailTest):
            self.reporter.addFailure(self.case, trouble)
        elif trouble.check(SkipTest):
            self.reporter.addSkip(self.case, reason_of(trouble.value))
        else:
            self.tell_of_error(trouble)

    def tell_of_error(self, trouble: Failure) -> None:
        """Say that there was an error; after the interrupt key no more tests are run."""
        _take_for_exception(trouble)
        self.reporter.addError(self.case, trouble)
        if trouble.check(KeyboardInterrupt):
            stop = getattr(self.reporter, "stop", None)
            if stop is not None:
                stop()

    def tell_of_set_up(self, trouble: Failure) -> None:
        """Say that ``setUp`` did not go well."""
        self.tell(trouble, None)

    def tell_of_tear_down(self, trouble: Failure) -> None:
        """Say that ``tearDown`` did not go well."""
        self.tell(trouble, None)


def _take_for_exception(failure: Failure) -> None:
    # pytest, where it is told failures without our plugin, looks for the traceback where exceptions have it.
    failure.__traceback__ = failure.tb


def failure_below() -> Failure:
    """Give the exception being handled, without the frame of who handles it, which is no news to anybody."""
    failure = Failure()
    if failure.tb is not None and failure.tb.tb_next is not None:
        failure.tb = failure.tb.tb_next
    return failure


def never_run(function: Callable[..., object], outcome: object) -> Failure | None:
    """Give an error if what a function returned is its own body, not yet run."""
    code = getattr(function, "__code__", None)
    if isinstance(outcome, GeneratorType) and outcome.gi_code is code:
        kind = "generator"
    elif isinstance(outcome, CoroutineType) and outcome.cr_code is code:
        outcome.close()
        kind = "coroutine"
    else:
        return None
    return Failure(TypeError(f"{function!r} is a {kind} function and therefore will never run"))


def reason_of(skip: BaseException) -> Any:  # Any: a reason is whatever was raised for it
    """Give the reason that was raised for a skip."""
    if skip.args:
        return skip.args[0]
    warnings.warn(
        "Do not raise unittest.SkipTest with no arguments! Give a reason for skipping tests!",
        category=DeprecationWarning,
        stacklevel=2,
    )
    return skip
