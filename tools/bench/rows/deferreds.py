"""Deferreds, coroutines, timers, threads, processes: loops that time themselves."""

from tools.bench.model import Candidate, Goal, Kind, Row, Runs, alike


def _row(work: str, title: str, goal: Goal, peer: bool = True, barest: Candidate | None = None) -> Row:
    others: tuple[Candidate, ...] = (
        (
            Candidate("asyncio", Runs.PEERS, "asyncio_deferred.py", (work,)),
            Candidate("uvloop", Runs.PEERS, "asyncio_deferred.py", (work, "uvloop")),
        )
        if peer
        else ()
    )
    if barest:
        others += (barest,)
    return Row(work, title, Kind.TIMED, (*alike("twisted_deferred.py", work), *others), goal)


def _starting(work: str) -> Candidate:
    return Candidate("bare epoll loop", Runs.PEERS, "epoll_spawn.py", (work,))


def _waiting(work: str) -> Candidate:
    return Candidate("barest", Runs.PEERS, "bare_waiting.py", (work,))


ROWS = [
    _row("chain", "a callback in a chain of ten, Deferred included", Goal(1.8, (("uvloop", 1.0),))),
    _row("gather", "gatherResults of ten, each", Goal(2.0, (("uvloop", 1.0),))),
    _row("inline", "inlineCallbacks: six Deferreds", Goal(2.5), peer=False, barest=_waiting("inline")),
    _row("coroutine", "coroutine: six Deferreds", Goal(1.6)),
    _row("later-cancel-10", "callLater and cancel, 10 waiting", Goal(2.4), barest=_waiting("later-cancel")),
    _row("later-cancel-100k", "callLater and cancel, 100,000 waiting", Goal(2.2), barest=_waiting("later-cancel")),
    _row("later-fire-10", "callLater that fires, 10 waiting", Goal(2.2)),
    _row("later-fire-100k", "callLater that fires, 100,000 waiting", Goal(2.2)),
    _row("looping", "LoopingCall, ten at once", Goal(2.7), peer=False),
    _row("from-thread", "callFromThread", Goal(9)),
    _row("to-thread", "deferToThread", Goal(1.25)),
    _row("spawn", "spawnProcess of /bin/true", Goal(1.5), barest=_starting("spawn")),
    _row("spawn-whole", "the same, with what the child costs", Goal(1.0), barest=_starting("spawn-whole")),
]
