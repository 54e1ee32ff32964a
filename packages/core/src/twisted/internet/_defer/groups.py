"""
Waiting for several Deferreds: for all of them, or for the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

from twisted.internet._defer.deferred import _NO_KEYWORDS, Deferred
from twisted.internet._defer.errors import FailureGroup, FirstError
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    # What the whole fires with, which the flags decide.
    _R = TypeVarWithDefault("_R", default=Any)
else:
    _R = TypeVar("_R")

_T = TypeVar("_T")
_SelfResultT = TypeVar("_SelfResultT")

SUCCESS: Literal[True] = True
FAILURE: Literal[False] = False


class DeferredList(Deferred[_R]):
    """
    The results of several Deferreds, as a list of pairs: whether it succeeded, and the value or `Failure`.

    Attributes:
        resultList: The pairs that are there already, `None` in the place of others.
        finishedCount: How many are there.
    """

    fireOnOneCallback = False
    fireOnOneErrback = False

    @overload
    def __init__(
        self: DeferredList[list[tuple[bool, _SelfResultT]]],
        deferredList: Iterable[Deferred[_SelfResultT]],
        fireOnOneCallback: Literal[False] = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None: ...
    @overload
    def __init__(
        self: DeferredList[tuple[_SelfResultT, int]],
        deferredList: Iterable[Deferred[_SelfResultT]],
        fireOnOneCallback: Literal[True],
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None: ...
    @overload
    def __init__(
        self,
        deferredList: Iterable[Deferred[_SelfResultT]],
        fireOnOneCallback: bool = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None: ...
    def __init__(
        self,
        deferredList: Iterable[Deferred[_SelfResultT]],
        fireOnOneCallback: bool = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None:
        """
        Args:
            deferredList: What to wait for. They may be used further; their results are passed on.
            fireOnOneCallback: Fire as soon as one succeeds, with its value and its index.
            fireOnOneErrback: Fail as soon as one fails, with `FirstError`.
            consumeErrors: Replace failures by `None` in the single Deferreds, so that nobody reports them.
        """
        Deferred.__init__(self)
        self._deferredList = list(deferredList)
        self.resultList: list[Any] = [None] * len(self._deferredList)
        self.fireOnOneCallback = fireOnOneCallback
        self.fireOnOneErrback = fireOnOneErrback
        self.consumeErrors = consumeErrors
        self.finishedCount = 0
        if not self._deferredList and not fireOnOneCallback:
            self.callback(cast("_R", self.resultList))
        arrived = self._arrived
        for index, deferred in enumerate(self._deferredList):
            deferred.addBoth(arrived, index)

    def _arrived(self, result: Any, index: int) -> Any:
        succeeded = not isinstance(result, Failure)
        self.resultList[index] = (succeeded, result)
        self.finishedCount += 1
        if not self._called:
            if succeeded and self.fireOnOneCallback:
                self.callback(cast("_R", (result, index)))
            elif not succeeded and self.fireOnOneErrback:
                self.errback(Failure(FirstError(result, index)))
            elif self.finishedCount == len(self.resultList):
                self.callback(cast("_R", self.resultList))
        if not succeeded and self.consumeErrors:
            return None
        return result

    def cancel(self) -> None:
        """Cancel each Deferred that is waited for, unless there is a result."""
        if self._called:
            Deferred.cancel(self)
            return
        for deferred in self._deferredList:
            try:
                deferred.cancel()
            except BaseException:
                from twisted.logger import Logger

                Logger("twisted.internet.defer").failure("Exception raised from user supplied canceller")


class _Gathered(DeferredList):
    """All values as a list, or the first failure."""

    def __init__(self, deferreds: Iterable[Deferred[Any]], consumeErrors: bool) -> None:
        Deferred.__init__(self)
        waiting = self._deferredList = list(deferreds)
        self.resultList = [None] * len(waiting)
        self.fireOnOneErrback = True
        self.consumeErrors = consumeErrors
        self.finishedCount = 0
        if not waiting:
            self.callback(self.resultList)
        succeeded, failed = self._succeeded, self._failed
        for index, deferred in enumerate(waiting):
            place = (index,)
            if type(deferred) is Deferred:
                # What addCallbacks does, for the many that are nothing special.
                link = (succeeded, place, _NO_KEYWORDS, failed, place, _NO_KEYWORDS)
                if deferred._links is None:
                    deferred._links = [link]
                else:
                    deferred._list_of_links().append(link)
                if deferred._idle:
                    deferred._run()
            else:
                deferred.addCallbacks(succeeded, failed, place, None, place, None)

    def _succeeded(self, result: Any, index: int) -> Any:
        results = self.resultList
        results[index] = result
        self.finishedCount = finished = self.finishedCount + 1
        if finished == len(results) and not self._called:
            self.callback(results)
        return result

    def _failed(self, failure: Failure, index: int) -> Failure | None:
        self.finishedCount += 1
        if not self._called:
            self.errback(Failure(FirstError(failure, index)))
        return None if self.consumeErrors else failure


def gatherResults(deferredList: Iterable[Deferred[_T]], consumeErrors: bool = False) -> Deferred[list[_T]]:
    """
    Wait for the values of all.

    Args:
        deferredList: What to wait for.
        consumeErrors: Replace failures by `None` in the single Deferreds, so that nobody reports them.

    Returns:
        A Deferred with the values in their order; or it fails with `FirstError` as soon as one fails.
    """
    return _Gathered(deferredList, consumeErrors)


def race(ds: Sequence[Deferred[_T]]) -> Deferred[tuple[int, _T]]:
    """
    Wait for the first that succeeds, and cancel the others.

    Returns:
        A Deferred with the index of the winner and its value; if all fail, it fails with `FailureGroup`.
    """
    failures: list[Failure | None] = [None] * len(ds)
    left = len(ds)
    winner: int | None = None

    def cancel_all(_result: Deferred[tuple[int, _T]]) -> None:
        for deferred in list(ds):
            deferred.cancel()

    final: Deferred[tuple[int, _T]] = Deferred(cancel_all)

    def succeeded(value: _T, index: int) -> None:
        nonlocal winner
        if winner is not None:
            return
        winner = index
        for other, deferred in enumerate(list(ds)):
            if other != index:
                deferred.cancel()
        final.callback((index, value))

    def failed(failure: Failure, index: int) -> None:
        nonlocal left
        failures[index] = failure
        left -= 1
        if winner is None and not left and not final._called:
            final.errback(Failure(FailureGroup(cast("list[Failure]", failures))))

    for index, deferred in enumerate(ds):
        deferred.addCallbacks(succeeded, failed, (index,), {}, (index,), {})
    return final
