"""Running a reactor until a test is through with it."""

from __future__ import annotations

from typing import Any

# How long a test may take, in seconds.
_TIME = 20


def run(reactor: Any) -> None:
    """Run until somebody stops the reactor; too long is an error."""
    late: list[bool] = []

    def too_late() -> None:
        late.append(True)
        reactor.stop()

    waiting = reactor.callLater(_TIME, too_late)
    reactor.run(installSignalHandlers=False)
    if waiting.active():
        waiting.cancel()
    assert not late, "nobody stopped the reactor in time"
