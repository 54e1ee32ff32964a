"""
Deferreds of asyncio's futures, and futures of Deferreds.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from twisted.internet._defer.deferred import Deferred
from twisted.internet._defer.world import BothCancelled, in_both_worlds
from twisted.python.failure import Failure

_T = TypeVar("_T")


def from_future(future: asyncio.Future[_T]) -> Deferred[_T]:
    """See `Deferred.fromFuture`."""

    def cancel(cancelled: Deferred[_T]) -> None:
        if future.cancel():
            # The future says so in a later turn. Whoever cancels a Deferred hears it at once.
            cancelled.errback(Failure(BothCancelled()))

    def arrived(finished: asyncio.Future[_T]) -> None:
        if deferred._called:
            # It was cancelled, and said so. Look at the outcome, or asyncio complains that nobody did.
            if not finished.cancelled():
                finished.exception()
            return
        try:
            result = finished.result()
        except asyncio.CancelledError as error:
            deferred.errback(in_both_worlds(Failure(error)))
        except BaseException as error:
            deferred.errback(Failure(error))
        else:
            deferred.callback(result)

    deferred: Deferred[_T] = Deferred(cancel)
    future.add_done_callback(arrived)
    return deferred


def as_future(deferred: Deferred[_T], loop: asyncio.AbstractEventLoop) -> asyncio.Future[_T]:
    """See `Deferred.asFuture`."""
    future: asyncio.Future[_T] = loop.create_future()

    def succeeded(result: _T) -> None:
        if not future.done():
            future.set_result(result)

    def failed(failure: Failure) -> None:
        if not future.done():
            # Also a CancelledError: that of asyncio would say that whoever waits for the future was cancelled.
            future.set_exception(failure.value)

    def cancelled(finished: asyncio.Future[_T]) -> None:
        if finished.cancelled():
            deferred.cancel()

    future.add_done_callback(cancelled)
    deferred.addCallbacks(succeeded, failed)
    return future
