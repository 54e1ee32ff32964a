"""
How a test says what became of it: exceptions that skip or fail it, and the expectation that it fails.

What skips a test is the standard `unittest`'s own exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from unittest import SkipTest

from twisted.python.failure import Failure

__all__ = ["FailTest", "SkipTest", "Todo", "UnsupportedTrialFeature", "makeTodo"]


class FailTest(AssertionError):
    """Raised by a failed assertion."""


class UnsupportedTrialFeature(Exception):
    """Something happened for which the results of the standard `unittest` have no word."""


class Todo:
    """
    The expectation that a test fails.

    Attributes:
        reason: Why it does.
        errors: The exceptions with which it is expected to fail, or `None` for any.
    """

    def __init__(self, reason: str, errors: Iterable[type[BaseException]] | None = None) -> None:
        self.reason = reason
        self.errors = errors

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Todo):
            return NotImplemented
        return (self.reason, self.errors) == (other.reason, other.errors)

    def __hash__(self) -> int:
        # What is equal hashes equal; errors may well be a list.
        return hash((Todo, self.reason))

    def __repr__(self) -> str:
        return f"<Todo reason={self.reason!r} errors={self.errors!r}>"

    def expected(self, failure: Failure) -> bool:
        """Tell whether *failure* is one that was expected."""
        return self.errors is None or any(failure.check(error) for error in self.errors)


def makeTodo(value: str | tuple[type[BaseException] | Iterable[type[BaseException]], str]) -> Todo:
    """
    Make a `Todo` of what stands in a ``todo`` attribute.

    Args:
        value: A reason, or a tuple of an exception (or several) and a reason.

    Returns:
        The expectation. Nothing is expected of any other value: the result is `None` then.
    """
    if isinstance(value, str):
        return Todo(reason=value)
    if isinstance(value, tuple):
        errors, reason = value
        if isinstance(errors, type):
            errors = [errors]
        return Todo(reason=reason, errors=errors)
    return None  # programs do write ``todo = None``
