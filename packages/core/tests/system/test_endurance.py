"""What happens again and again, a hundred thousand times, leaves descriptors, objects and memory as they were."""

from __future__ import annotations

import gc
import os
import resource
import select
import sys
from typing import Any

import pytest

from twisted.internet import endpoints, error, protocol

from .running import run

# Begun, and given up in the same turn or in the next, in which the system has connected them: then each uses up a local
# port for a while, of which there are fewer.
_TIMES = {"same": 100_000, "next": 6_000}
_AT_ONCE = 100
_WARM = 2_000


def _state() -> tuple[int, int]:
    gc.collect()
    return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")), len(gc.get_objects())


def _peak() -> int:
    """The most memory used so far, in KiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most


@pytest.mark.parametrize("turn", ["same", "next"])
def test_attempts_that_are_given_up_leave_nothing(turn: str) -> None:
    if hasattr(select, "epoll"):
        from twisted.internet.epollreactor import EPollReactor as Kind
    else:
        from twisted.internet.selectreactor import SelectReactor as Kind  # type: ignore[assignment]
    reactor: Any = Kind()
    target = reactor.listenTCP(0, protocol.Factory.forProtocol(protocol.Protocol), interface="127.0.0.1")
    place = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", target.getHost().port)
    factory = protocol.Factory.forProtocol(protocol.Protocol)
    outcomes: dict[Any, int] = {}
    states: list[tuple[int, int]] = []
    peaks: list[int] = []
    left = times = _TIMES[turn]

    def count(reason: Any) -> None:
        outcomes[reason.type] = outcomes.get(reason.type, 0) + 1

    def begin() -> None:
        nonlocal left
        if left in (times - _WARM, 0):
            states.append(_state())
            peaks.append(_peak())
        if not left:
            reactor.stop()
            return
        attempts = [place.connect(factory).addErrback(count) for _ in range(_AT_ONCE)]
        left -= _AT_ONCE
        if turn == "next":
            reactor.callLater(0, give_up, attempts)
        else:
            give_up(attempts)

    def give_up(attempts: list[Any]) -> None:
        for attempt in attempts:
            attempt.cancel()
        reactor.callLater(0, begin)

    reactor.callWhenRunning(begin)
    run(reactor)
    target.stopListening()

    assert outcomes == {error.ConnectingCancelledError: times}
    (descriptors, objects), (descriptors_after, objects_after) = states
    assert descriptors_after <= descriptors and objects_after - objects < 1_000
    assert peaks[1] - peaks[0] < 2048
