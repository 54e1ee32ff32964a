"""Programs that are run for their output or their exit code."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from twisted.internet import utils
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.python.failure import Failure


class Child:
    """A process's transport that writes down what is done to it."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def closeStdin(self) -> None:
        self.done.append("stdin closed")

    def loseConnection(self) -> None:
        self.done.append("closed")


class Spawning:
    """A reactor that starts nothing."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.child = Child()
        self.protocol: Any = None

    def spawnProcess(self, protocol: Any, *words: Any) -> None:
        self.started.append(words)
        self.protocol = protocol
        protocol.makeConnection(self.child)

    def say(self, data: bytes, descriptor: int = 1) -> None:
        self.protocol.childDataReceived(descriptor, data)

    def end(self, code: int | None = 0, signal: int | None = None) -> None:
        ended = ProcessTerminated(code, signal) if code or signal else ProcessDone(0)
        self.protocol.processEnded(Failure(ended))


@pytest.fixture
def reactor() -> Spawning:
    return Spawning()


def outcome(deferred: Deferred[Any]) -> list[Any]:
    """What it fires with, once it does: a failure's value."""
    found: list[Any] = []
    deferred.addCallbacks(found.append, lambda reason: found.append(reason.value))
    return found


def values_of(deferred: Deferred[Any]) -> list[Any]:
    """The same for what fails with something that is no exception."""
    found: list[Any] = []
    deferred.addCallbacks(found.append, found.append)
    return found


@pytest.mark.parametrize(
    "run", [utils.getProcessOutput, utils.getProcessValue, utils.getProcessOutputAndValue], ids=lambda run: run.__name__
)
def test_a_program_is_started_with_its_name_and_an_empty_environment(run: Any, reactor: Spawning) -> None:
    run("cat", ["a", "b"], reactor=reactor)
    run("cat", env={"A": "b"}, path="/tmp", reactor=reactor)

    assert reactor.started == [("cat", ("cat", "a", "b"), {}, None), ("cat", ("cat",), {"A": "b"}, "/tmp")]


def test_output_is_there_when_the_program_has_ended(reactor: Spawning) -> None:
    found = outcome(utils.getProcessOutput("cat", reactor=reactor))
    reactor.say(b"one ")
    reactor.say(b"two")
    assert found == []
    reactor.end(code=3)

    assert found == [b"one two"] and reactor.child.done == []


def test_errors_belong_to_the_output_if_that_is_wanted(reactor: Spawning) -> None:
    found = outcome(utils.getProcessOutput("cat", reactor=reactor, errortoo=True))
    reactor.say(b"one ")
    reactor.say(b"no! ", 2)
    reactor.say(b"two")
    reactor.end()

    assert found == [b"one no! two"]


def test_otherwise_they_are_a_failure_that_tells_of_the_end(reactor: Spawning) -> None:
    found = outcome(utils.getProcessOutput("cat", reactor=reactor))
    reactor.say(b"one ")
    reactor.say(b"no!", 2)
    reactor.say(b"and more", 2)
    (error,) = found
    assert isinstance(error, OSError) and str(error) == "got stderr: b'no!'" and reactor.child.done == ["closed"]
    ended = values_of(error.processEnded)  # type: ignore[attr-defined]
    assert ended == []
    reactor.end(code=1)

    assert ended[0].check(ProcessTerminated) and found == [error]


@pytest.mark.parametrize(("code", "signal", "value"), [(0, None, 0), (7, None, 7), (None, 9, None)])
def test_the_value_is_the_exit_code(reactor: Spawning, code: Any, signal: Any, value: Any) -> None:
    found = outcome(utils.getProcessValue("cat", reactor=reactor))
    reactor.say(b"ignored")
    reactor.say(b"ignored", 2)
    reactor.end(code, signal)

    assert found == [value]


def test_all_of_it_comes_together(reactor: Spawning) -> None:
    found = outcome(utils.getProcessOutputAndValue("cat", reactor=reactor))
    for number, data in ((1, b"a"), (2, b"x"), (1, b"b"), (2, b"y")):
        reactor.say(data, number)
    reactor.end(code=5)

    assert found == [(b"ab", b"xy", 5)] and reactor.child.done == []


def test_a_signal_is_a_failure_with_the_outputs(reactor: Spawning) -> None:
    found = values_of(utils.getProcessOutputAndValue("cat", reactor=reactor))
    reactor.say(b"a")
    reactor.end(None, 15)

    assert found[0].value == (b"a", b"", 15)


@pytest.mark.parametrize("given", [b"", b"input"])
def test_input_is_given_and_ended(reactor: Spawning, given: bytes) -> None:
    utils.getProcessOutputAndValue("cat", reactor=reactor, stdinBytes=given)

    assert reactor.child.done == [given, "stdin closed"]


IGNORING = (("ignore", ".*known.*"), {"category": UserWarning})


def warn() -> str:
    warnings.warn("a known thing", UserWarning, stacklevel=2)
    warnings.warn("another thing", UserWarning, stacklevel=2)
    return "done"


def test_warnings_are_suppressed_while_a_function_runs() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert utils.runWithWarningsSuppressed([IGNORING], warn) == "done"
        assert utils.suppressWarnings(warn, IGNORING)() == "done"
        assert [str(one.message) for one in seen] == ["another thing"] * 2
        warn()

    assert len(seen) == 4


def test_they_are_suppressed_until_a_deferred_fires() -> None:
    waiting: Deferred[str] = Deferred()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = outcome(utils.runWithWarningsSuppressed([IGNORING], lambda: waiting))
        warn()
        assert [str(one.message) for one in seen] == ["another thing"]
        waiting.callback("done")
        warn()

    assert found == ["done"] and len(seen) == 3


def test_they_are_no_longer_suppressed_after_an_error() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with pytest.raises(ZeroDivisionError):
            utils.runWithWarningsSuppressed([IGNORING], broken)
        warn()

    assert len(seen) == 2
