"""
The test case whose tests end when their method returns.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import ParamSpec

from twisted.python.failure import Failure
from twisted.trial._unittest import attributes
from twisted.trial._unittest.assertions import Assertions
from twisted.trial._unittest.course import Course
from twisted.trial._unittest.logged import announcing, observer
from twisted.trial._unittest.outcomes import Todo, makeTodo
from twisted.trial._unittest.results import reporter_of
from twisted.trial._unittest.warned import Collecting, Warned

if TYPE_CHECKING:
    from twisted.python.monkey import MonkeyPatcher

_P = ParamSpec("_P")


class SynchronousTestCase(Assertions):
    """
    A test case without a reactor: whatever is left when its method returns, nobody waits for.

    A test fails, beyond what its assertions say, with errors that are logged while it runs and that it does not flush,
    and Deferreds whose failure nobody handles are such errors. It can be skipped, or expected to fail, by attributes
    ``skip`` and ``todo`` of its method, its class or its module. Warnings that match its ``suppress`` are ignored.
    """

    #: Any: whatever a program writes there, if anything.
    skip: Any

    # What the standard one has for clean-ups, and any for its own subclasses.
    _cleanups: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]]
    _trial_course: ClassVar[type[Course]] = Course

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._passed = False
        self._warnings: list[Warned] = []

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash((type(self), self._testMethodName))

    def runTest(self) -> None:
        """What is run if nobody says which test; overridden by a case that has only one."""

    def shortDescription(self) -> str:
        """Give the first line of the test's docstring, or else the method's name."""
        return super().shortDescription() or self._testMethodName

    # What is known about the test

    def getSkip(self) -> tuple[bool, str | None]:
        """Tell whether the test is not to be run, and why not."""
        return attributes.reason_to_skip(self)

    def getTodo(self) -> Todo | None:
        """Give the expectation that the test fails, or `None`."""
        todo = attributes.read(self, "todo")
        return None if todo is attributes.MISSING else makeTodo(todo)

    def _getSuppress(self) -> Any:  # Any: a sequence of what `twisted.trial.util.suppress` makes
        suppress = attributes.read(self, "suppress")
        return [] if suppress is attributes.MISSING else suppress

    # Running it

    def run(self, result: Any) -> None:  # type: ignore[override]
        """
        Run the test.

        Args:
            result: Hears what becomes of it: a `twisted.trial.itrial.IReporter`, or a result of the standard
                `unittest`. (Any: those have no class in common.)
        """
        reporter = reporter_of(result)
        reporter.startTest(self)
        announcing.begins(self.id())
        skipped, reason = self.getSkip()
        if skipped:
            reporter.addSkip(self, reason)
            reporter.stopTest(self)
            return
        self._passed = False
        self._warnings = []
        with observer.watching(), Collecting(self._warnings.append):
            for arguments, keywords in self._getSuppress():
                warnings.filterwarnings(*arguments, **keywords)
            self._trial_course(self, reporter).run()
        for warned in self.flushWarnings():
            try:
                warnings.warn_explicit(**warned)
            except Warning:
                reporter.addError(self, Failure())
        reporter.stopTest(self)

    # What tests call

    def addCleanup(  # type: ignore[override]  # its first parameter has a name of its own
        self, f: Callable[_P, object], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        """
        Have something called when the test method is done, last added first called, before ``tearDown``.

        Args:
            f: What to call, with the remaining arguments.
        """
        super().addCleanup(f, *args, **kwargs)

    def patch(self, obj: object, attribute: str, value: Any) -> MonkeyPatcher:
        """
        Give an attribute of an object another value until the test ends.

        Args:
            obj: A module, a class, or another object.
            attribute: The attribute's name. It must be there.
            value: Its value for the time being. (Any: it can be anything.)

        Returns:
            What can end it sooner, by its ``restore``.
        """
        from twisted.python.monkey import MonkeyPatcher

        patcher = MonkeyPatcher((obj, attribute, value))
        patcher.patch()
        self.addCleanup(patcher.restore)
        return patcher

    def mktemp(self) -> str:
        """
        Give the path of a file or directory that this test may make: nobody else has it, and its directory is there.

        The path is relative to the current directory, and names the test's module, class and method. It is not removed.
        """
        place = os.path.join(
            *(part[:32] for part in (type(self).__module__, type(self).__name__, self._testMethodName))
        )
        os.makedirs(place, exist_ok=True)
        # Newer versions of mkdtemp give an absolute path.
        return os.path.join(place, os.path.basename(tempfile.mkdtemp("", "", place)), "temp")

    def flushLoggedErrors(self, *errorTypes: type[BaseException] | str) -> list[Failure]:
        """
        Give the errors that were logged since the test began, and let it not fail with them.

        Args:
            errorTypes: Only errors with these exceptions (classes, or their dotted names); all if there are none.
        """
        return observer.flushErrors(*errorTypes)
