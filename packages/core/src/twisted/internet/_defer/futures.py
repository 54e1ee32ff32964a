"""
Deferreds from asyncio's futures, and back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet._defer.errors import CancelledError
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet._defer.deferred import Deferred

_T = TypeVar("_T")


def from_future(future: asyncio.Future[_T]) -> Deferred[_T]:
    """A Deferred with the result of *future*; cancelling it cancels the future."""
    from twisted.internet._defer.deferred import Deferred
    from twisted.internet._defer.world import BothCancelled

    def cancel(cancelled: Deferred[_T]) -> None:
        if future.cancel():
            # The future says so in a later turn. Whoever cancels a Deferred hears it at once.
            cancelled.errback(Failure(BothCancelled()))

    deferred: Deferred[_T] = Deferred(cancel)

    def done(finished: asyncio.Future[_T]) -> None:
        if deferred.called:
            # It was cancelled, and said so at once.
            if not finished.cancelled():
                finished.exception()
            return
        try:
            result = finished.result()
        except asyncio.CancelledError as error:
            both = BothCancelled(*error.args)
            both.__cause__ = error
            deferred.errback(Failure(both))
        except BaseException as error:
            deferred.errback(Failure(error))
        else:
            deferred.callback(result)

    future.add_done_callback(done)
    return deferred


def as_future(deferred: Deferred[_T], loop: asyncio.AbstractEventLoop) -> asyncio.Future[_T]:
    """An asyncio future with the result of *deferred*; cancelling it cancels the Deferred."""
    future: asyncio.Future[_T] = loop.create_future()

    def done(result: Any) -> None:
        if future.done():
            return
        if not isinstance(result, Failure):
            future.set_result(result)
        elif result.check(CancelledError):
            future.cancel()
        else:
            future.set_exception(result.value)

    def cancelled(finished: asyncio.Future[_T]) -> None:
        if finished.cancelled() and not deferred.called:
            deferred.cancel()

    future.add_done_callback(cancelled)
    deferred.addBoth(done)
    return future
