"""
Assertions. Those of the standard `unittest` are all there; these are named, answer or read differently, or are our own.

An assertion gives back what it was asked about, so that it can stand in the middle of an expression.
"""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable, Coroutine, Generator
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from twisted.python.failure import Failure
from twisted.python.reflect import fullyQualifiedName
from twisted.trial._unittest.outcomes import FailTest
from twisted.trial._unittest.warned import Collecting, Warned, points_into

if TYPE_CHECKING:
    from typing import TypeAlias

    from twisted.internet.defer import Deferred

    _Exceptions: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]

# The standard unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True
_T = TypeVar("_T")


class Raises:
    """
    What ``with self.assertRaises(...) as raised`` gives.

    Attributes:
        exception: The exception, once it was raised.
    """

    exception: Any  # Any: the class that was asked for, which may be several

    def __init__(self, case: unittest.TestCase, expected: _Exceptions) -> None:
        self._case = case
        self._expected = expected

    def __enter__(self) -> Raises:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if value is None:
            self.not_raised(None)
        self.take(value)
        return True

    def take(self, raised: BaseException) -> None:
        self.exception = raised
        if not isinstance(raised, self._expected):
            raise self._case.failureException(
                f"{fullyQualifiedName(type(raised))} raised instead of {self._name}:\n {Failure(raised).getTraceback()}"
            ) from None

    def not_raised(self, returned: object) -> NoReturn:
        raise self._case.failureException(f"{self._name} not raised ({returned!r} returned)")

    @property
    def _name(self) -> str:
        return getattr(self._expected, "__name__", None) or str(self._expected)


class Assertions(unittest.TestCase):
    """
    A test case's assertions.

    Attributes:
        failureException: What a failed assertion raises.
    """

    failureException: type[BaseException] = FailTest

    _warnings: list[Warned]

    def fail(self, msg: object | None = None) -> NoReturn:
        """Fail, with *msg* for the reason."""
        raise self.failureException(msg)

    # Truth

    def assertTrue(self, condition: _T, msg: object = None) -> _T:  # gives it back
        """Fail if *condition* is not true; *msg* is said besides."""
        super().assertTrue(condition, msg)
        return condition

    def assertFalse(self, condition: _T, msg: object = None) -> _T:
        """Fail if *condition* is true; *msg* is said besides."""
        super().assertFalse(condition, msg)
        return condition

    # Equality and identity

    def assertEqual(self, first: _T, second: object, msg: object = None) -> _T:
        """Fail unless the two are equal; *msg* is said besides how they differ."""
        super().assertEqual(first, second, msg)
        return first

    def assertNotEqual(self, first: _T, second: object, msg: object = None) -> _T:
        """Fail if the two are equal; *msg* is said instead of which they are."""
        if not first != second:
            raise self.failureException(msg or f"{first!r} == {second!r}")
        return first

    def assertIs(self, first: _T, second: object, msg: object = None) -> _T:  # type: ignore[override]
        """Fail unless the two are one object; *msg* is said instead of which they are."""
        if first is not second:
            raise self.failureException(msg or f"{first!r} is not {second!r}")
        return first

    def assertIsNot(self, first: _T, second: object, msg: object = None) -> _T:  # type: ignore[override]
        """Fail if the two are one object; *msg* is said instead of which it is."""
        if first is second:
            raise self.failureException(msg or f"{first!r} is {second!r}")
        return first

    def assertIsInstance(  # the last parameter has a name of its own
        self, instance: object, classOrTuple: Any, message: object = None
    ) -> None:
        """Fail unless *instance* is of a class, or of one of several; *message* is said besides."""
        if not isinstance(instance, classOrTuple):
            suffix = "" if message is None else f": {message}"
            self.fail(f"{instance!r} is not an instance of {classOrTuple}{suffix}")

    def assertNotIsInstance(self, instance: object, classOrTuple: Any) -> None:  # type: ignore[override]
        """Fail if *instance* is of a class, or of one of several."""
        if isinstance(instance, classOrTuple):
            self.fail(f"{instance!r} is an instance of {classOrTuple}")

    # Containers. Any: what has ``in`` has not always a type that says so.

    def assertIn(self, containee: _T, container: Any, msg: object = None) -> _T:
        """Fail unless *containee* is in *container*; *msg* is said instead of what they are."""
        if containee not in container:
            raise self.failureException(msg or f"{containee!r} not in {container!r}")
        return containee

    def assertNotIn(self, containee: _T, container: Any, msg: object = None) -> _T:
        """Fail if *containee* is in *container*; *msg* is said instead of what they are."""
        if containee in container:
            raise self.failureException(msg or f"{containee!r} in {container!r}")
        return containee

    def assertSubstring(self, substring: _T, astring: Any, msg: object = None) -> _T:
        """Fail unless *substring* is in *astring*; *msg* is said instead of what they are."""
        return self.assertIn(substring, astring, msg)

    def assertNotSubstring(self, substring: _T, astring: Any, msg: object = None) -> _T:
        """Fail if *substring* is in *astring*; *msg* is said instead of what they are."""
        return self.assertNotIn(substring, astring, msg)

    # Numbers, or whatever can be subtracted: Any.

    def assertAlmostEqual(  # type: ignore[override]
        self, first: Any, second: Any, places: int = 7, msg: object = None, delta: Any = None
    ) -> Any:
        """Fail unless the two are equal to so many decimal *places*, or differ by at most *delta* if that is given."""
        if not _are_close(first, second, places, delta):
            raise self.failureException(msg or f"{first!r} != {second!r} {_nearness(places, delta)}")
        return first

    def assertNotAlmostEqual(  # type: ignore[override]
        self, first: Any, second: Any, places: int = 7, msg: object = None, delta: Any = None
    ) -> Any:
        """Fail if the two are equal to so many decimal *places*, or differ by at most *delta* if that is given."""
        if _are_close(first, second, places, delta):
            raise self.failureException(msg or f"{first!r} == {second!r} {_nearness(places, delta)}")
        return first

    def assertApproximates(self, first: Any, second: Any, tolerance: Any, msg: object = None) -> Any:
        """Fail if the two differ by more than *tolerance*; *msg* is said instead of what they are."""
        if abs(first - second) > tolerance:
            raise self.failureException(msg or f"{first} ~== {second}")
        return first

    # Exceptions

    def assertRaises(  # type: ignore[override]
        self, exception: _Exceptions, f: Callable[..., object] | None = None, *args: Any, **kwargs: Any
    ) -> Any:  # Any: the exception, of which the caller knows the class, or a context manager
        """
        Fail unless a call raises an exception.

        Args:
            exception: The class of the exception, or several of them.
            f: What to call, with the remaining arguments. Without it, what is in the ``with`` block is watched.

        Returns:
            The exception; or a context manager that has it as ``exception`` afterwards.
        """
        raises = Raises(self, exception)
        if f is None:
            return raises
        try:
            returned = f(*args, **kwargs)
        except BaseException as raised:
            # Without our own frame, in which the exception is: it would keep itself alive.
            raises.take(raised.with_traceback(raised.__traceback__ and raised.__traceback__.tb_next))
            return raises.exception
        raises.not_raised(returned)

    # Deferreds, or coroutines that are started to be asked

    def successResultOf(
        self, deferred: Coroutine[Deferred[Any], Any, _T] | Generator[Deferred[Any], Any, _T] | Deferred[_T]
    ) -> _T:
        """Give the result that a Deferred has now; fail if it has none, or a failure."""
        deferred, results = _ask(deferred)
        if not results:
            self.fail(f"Success result expected on {deferred!r}, found no result instead")
        result = results[0]
        if isinstance(result, Failure):
            self.fail(
                f"Success result expected on {deferred!r}, found failure result instead:\n{result.getTraceback()}"
            )
        value: _T = result
        return value

    def failureResultOf(self, deferred: Any, *expectedExceptionTypes: type[BaseException]) -> Failure:
        """
        Give the failure that a Deferred has now; fail if it has none, or another result.

        Args:
            deferred: The Deferred. (Any: of any type, or a coroutine.)
            expectedExceptionTypes: Fail if the failure is of none of these; without any, it may be of any.
        """
        deferred, results = _ask(deferred)
        if not results:
            self.fail(f"Failure result expected on {deferred!r}, found no result instead")
        result = results[0]
        if not isinstance(result, Failure):
            self.fail(f"Failure result expected on {deferred!r}, found success result ({result!r}) instead")
        if expectedExceptionTypes and not result.check(*expectedExceptionTypes):
            expected = " or ".join(map(fullyQualifiedName, expectedExceptionTypes))
            self.fail(
                f"Failure of type ({expected}) expected on {deferred!r}, found type {result.type!r} instead: "
                f"{result.getTraceback()}"
            )
        return result

    def assertNoResult(self, deferred: Any) -> None:
        """Fail if a Deferred (of any type, or a coroutine's) has a result by now; it may still get one later."""
        from twisted.internet.defer import ensureDeferred

        deferred = ensureDeferred(deferred)
        results: list[object] = []

        def look(result: object) -> object:
            if asking:
                results.append(result)
                # A failure was heard of, and is not to be reported as unhandled besides.
                return None if isinstance(result, Failure) else result
            return result

        asking = True
        deferred.addBoth(look)
        asking = False
        if results:
            self.fail(f"No result expected on {deferred!r}, found {results[0]!r} instead")

    # Warnings

    def flushWarnings(self, offendingFunctions: Any = None) -> list[dict[str, Any]]:
        """
        Give the warnings that were issued since the test began, and forget them.

        Args:
            offendingFunctions: Only those that point at a line of one of these functions. (Any: what has code.)

        Returns:
            For each its ``message``, as text, its ``category``, ``filename`` and ``lineno``.
        """
        flushed: list[Warned] = []
        kept: list[Warned] = []
        for warned in self._warnings:
            wanted = offendingFunctions is None or points_into(warned, offendingFunctions)
            (flushed if wanted else kept).append(warned)
        self._warnings[:] = kept
        return [warned._asdict() for warned in flushed]

    def assertWarns(  # type: ignore[override]  # the standard one has the category only
        self,
        category: Any,
        message: Any = None,
        filename: Any = None,
        f: Callable[..., Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """
        Fail unless a call issues one warning, once or more often, and no other.

        It can also be used as the standard one is: with a *category* alone (or several) as a context manager, or with
        a function to call and its arguments behind it.

        Args:
            category: The warning's class. (Any, like all here: there are two ways of calling this.)
            message: Its text.
            filename: The file that it points at.
            f: What to call, with the remaining arguments.

        Returns:
            What *f* returns.
        """
        if f is None:
            if message is None:
                return super().assertWarns(category, **kwargs)
            arguments = (message, *([] if filename is None else [filename]))
            return super().assertWarns(category, *arguments, *args, **kwargs)
        if callable(message):
            return super().assertWarns(category, message, filename, f, *args, **kwargs)
        issued: list[Warned] = []
        with Collecting(issued.append):
            result = f(*args, **kwargs)
        if not issued:
            self.fail("No warnings emitted")
        first = issued[0]
        if any((other.message, other.category) != (first.message, first.category) for other in issued):
            self.fail("Can't handle different warnings")
        self.assertEqual(first.message, message)
        self.assertIs(first.category, category)
        # A compiled module's file has a letter more than its source's.
        self.assertTrue(filename.startswith(first.filename), f"Warning in {first.filename!r}, expected {filename!r}")
        return result

    def callDeprecated(self, version: Any, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Call something deprecated, and fail unless it warns about just that.

        Args:
            version: The version in which it was deprecated, or a tuple of that and its replacement (the thing itself or
                its name). (Any: of a type of `incremental`'s.)
            f: What to call, with the remaining arguments. (Any, like what it gives: a function of any kind.)

        Returns:
            What *f* returns.
        """
        from twisted.python.deprecate import getDeprecationWarningString

        result = f(*args, **kwargs)
        warned = self.flushWarnings([self.callDeprecated])
        if not warned:
            self.fail(f"{f!r} is not deprecated.")
        version, replacement = version if isinstance(version, tuple) else (version, None)
        self.assertEqual(getDeprecationWarningString(f, version, replacement=replacement), warned[0]["message"])
        return result

    def getDeprecatedModuleAttribute(self, moduleName: str, name: str, version: Any, message: str | None = None) -> Any:
        """
        Get a deprecated attribute of a module, and fail unless that warns about just that.

        Args:
            moduleName: The module's dotted name.
            name: The attribute's name.
            version: The version in which it was deprecated. (Any: of a type of `incremental`'s.)
            message: What the warning says besides.

        Returns:
            The attribute. (Any: it can be anything.)
        """
        from incremental import getVersionString

        import_module(moduleName)
        result = getattr(sys.modules[moduleName], name)
        warned = self.flushWarnings([self.getDeprecatedModuleAttribute])
        if not warned:
            self.fail(f"{moduleName}.{name} is not deprecated.")
        expected = f"{moduleName}.{name} was deprecated in {getVersionString(version)}"
        if message is not None:
            expected += f": {message}"
        said = warned[0]["message"]
        self.assertTrue(said.startswith(expected), f"Expected {said!r} to start with {expected!r}")
        return result

    # Other names that programs know. Python 3.12 has dropped some of its own.

    assert_ = failUnless = failUnlessTrue = assertTrue  # type: ignore[assignment]
    assertNot = failIf = failUnlessFalse = assertFalse  # type: ignore[assignment]
    assertEquals = failUnlessEqual = failUnlessEquals = assertEqual
    assertNotEquals = failIfEqual = failIfEquals = assertNotEqual
    assertIdentical = failUnlessIdentical = assertIs
    assertNotIdentical = failIfIdentical = assertIsNot
    failUnlessIsInstance = assertIsInstance
    failIfIsInstance = assertNotIsInstance
    failUnlessIn = assertIn
    failIfIn = assertNotIn
    failUnlessSubstring = assertSubstring
    failIfSubstring = assertNotSubstring
    assertAlmostEquals = failUnlessAlmostEqual = assertAlmostEqual  # type: ignore[assignment]
    assertNotAlmostEquals = failIfAlmostEqual = failIfAlmostEquals = assertNotAlmostEqual  # type: ignore[assignment]
    failUnlessApproximates = assertApproximates
    failUnlessRaises = assertRaises  # type: ignore[assignment]
    failUnlessWarns = assertWarns


def _are_close(first: Any, second: Any, places: int, delta: Any) -> bool:
    if delta is not None:
        return bool(abs(second - first) <= delta)
    return bool(first == second or round(second - first, places) == 0)


def _nearness(places: int, delta: object) -> str:
    return f"within {places!r} places" if delta is None else f"within {delta!r} delta"


def _ask(deferred: Any) -> tuple[Any, list[Any]]:  # Any: Deferreds and results of all types
    """Take the result of a Deferred, if it has one by now."""
    from twisted.internet.defer import ensureDeferred

    deferred = ensureDeferred(deferred)
    results: list[Any] = []
    deferred.addBoth(results.append)
    return deferred, results
