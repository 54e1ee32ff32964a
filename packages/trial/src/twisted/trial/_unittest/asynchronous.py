"""
The test case whose tests end when what their method returns, a Deferred or a coroutine, is done.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from typing_extensions import ParamSpec
from zope.interface import implementer

from twisted.trial._unittest import attributes
from twisted.trial._unittest.synchronous import SynchronousTestCase
from twisted.trial._unittest.waiting import wait_for
from twisted.trial._unittest.waiting_course import WaitingCourse
from twisted.trial.itrial import ITestCase
from twisted.trial.util import DEFAULT_TIMEOUT, DEFAULT_TIMEOUT_DURATION

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure
    from twisted.trial._unittest.course import Course

_P = ParamSpec("_P")
_T = TypeVar("_T")


@implementer(ITestCase)
class TestCase(SynchronousTestCase):
    """
    A test case whose methods, ``setUp``, ``tearDown`` and clean-ups may return Deferreds, or be coroutines.

    Each of them has ``timeout`` seconds: an attribute of the method, the class or the module, 120 by default.
    A test that leaves delayed calls or open sockets in the reactor fails for it.
    """

    _trial_course: ClassVar[type[Course]] = WaitingCourse

    def __call__(self, *args: Any, **kwds: Any) -> None:
        """Do what `run` does."""
        self.run(*args, **kwds)

    def getTimeout(self) -> float:
        """Give the seconds that the test has, and each of its fixtures."""
        timeout = attributes.read(self, "timeout")
        if timeout is attributes.MISSING or timeout is DEFAULT_TIMEOUT:
            return DEFAULT_TIMEOUT_DURATION
        try:
            return float(timeout)
        except (ValueError, TypeError):
            warnings.warn("'timeout' attribute needs to be a number.", category=DeprecationWarning, stacklevel=2)
            return DEFAULT_TIMEOUT_DURATION

    def getSuppress(self) -> Any:
        """Give the warnings that are ignored: a sequence of what `twisted.trial.util.suppress` makes."""
        return self._getSuppress()

    def assertFailure(self, deferred: Deferred[_T], *expectedFailures: type[BaseException]) -> Deferred[_T]:
        """
        Have a Deferred's failure be its success, and its success be a failure of the test.

        Args:
            deferred: The Deferred. Its result becomes the exception.
            expectedFailures: The exceptions of which it must be one.
        """

        def succeeded(result: object) -> Any:
            raise self.failureException(f"did not catch an error, instead got {result!r}")

        def failed(failure: Failure) -> Any:
            if failure.check(*expectedFailures):
                return failure.value
            raise self.failureException(f"\nExpected: {expectedFailures!r}\nGot:\n{failure}")

        return deferred.addCallbacks(succeeded, failed)

    failUnlessFailure = assertFailure

    def addCleanup(  # type: ignore[override]  # see there
        self, f: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        """
        Have something called when the test method is done, last added first called, before ``tearDown``.

        Args:
            f: What to call, with the remaining arguments. If it returns a Deferred or a coroutine, that is waited for
                before the next is called.
        """
        super().addCleanup(f, *args, **kwargs)

    def _wait(self, deferred: Deferred[Any]) -> None:
        # A few programs know it by this name.
        wait_for(deferred)
