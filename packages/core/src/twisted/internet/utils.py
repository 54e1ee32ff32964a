"""
Running a program for its output, and calling a function with some warnings turned off.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

__all__ = [
    "getProcessOutput",
    "getProcessOutputAndValue",
    "getProcessValue",
    "runWithWarningsSuppressed",
    "suppressWarnings",
]

_P = ParamSpec("_P")
_T = TypeVar("_T")
# Arguments for warnings.filterwarnings, positional and by name.
_Filter = tuple[Sequence[Any], Mapping[str, Any]]


class _UnexpectedErrorOutput(IOError):
    """
    The program wrote to its standard error.

    Attributes:
        processEnded: A Deferred that fires when the program has ended.
    """

    def __init__(self, text: bytes, process_ended: Deferred[Failure]) -> None:
        super().__init__(f"got stderr: {text!r}")
        self.processEnded = process_ended


class _Output(ProcessProtocol):
    """Collects standard output; standard error is part of it, or an error."""

    def __init__(self, result: Deferred[bytes], with_errors: bool) -> None:
        self._result: Deferred[bytes] | None = result
        self._with_errors = with_errors
        self._pieces: list[bytes] = []
        self._ended: Deferred[Failure] | None = None

    def outReceived(self, data: bytes) -> None:
        self._pieces.append(data)

    def errReceived(self, data: bytes) -> None:
        if self._with_errors:
            self._pieces.append(data)
        elif self._result is not None:
            result, self._result = self._result, None
            self._ended = Deferred()
            result.errback(Failure(_UnexpectedErrorOutput(data, self._ended)))
            self.transport.loseConnection()

    def processEnded(self, reason: Failure) -> None:
        if self._result is not None:
            self._result.callback(b"".join(self._pieces))
        elif self._ended is not None:
            self._ended.callback(reason)


class _Value(ProcessProtocol):
    """Waits for the exit code."""

    def __init__(self, result: Deferred[int]) -> None:
        self._result = result

    def processEnded(self, reason: Failure) -> None:
        self._result.callback(reason.value.exitCode)


class _Everything(ProcessProtocol):
    """Collects standard output and standard error, and waits for the exit code."""

    def __init__(self, result: Deferred[tuple[bytes, bytes, int]], stdin: bytes | None) -> None:
        self._result = result
        self._stdin = stdin
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self.outReceived = self._out.append  # type: ignore[method-assign,assignment]
        self.errReceived = self._err.append  # type: ignore[method-assign,assignment]

    def connectionMade(self) -> None:
        if self._stdin is not None:
            self.transport.write(self._stdin)
            self.transport.closeStdin()

    def processEnded(self, reason: Failure) -> None:
        ending: Any = reason.value  # ProcessDone or ProcessTerminated
        out, err = b"".join(self._out), b"".join(self._err)
        if ending.signal:
            self._result.errback((out, err, ending.signal))  # type: ignore[arg-type]  # As users know it.
        else:
            self._result.callback((out, err, ending.exitCode))


def _start(protocol: ProcessProtocol, executable: Any, args: Any, env: Any, path: Any, reactor: Any) -> None:
    if reactor is None:
        from twisted.internet._reactor.choice import current_reactor

        reactor = current_reactor()
    reactor.spawnProcess(protocol, executable, (executable, *args), env, path)


def getProcessOutput(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},
    path: str | bytes | None = None,
    reactor: Any = None,
    errortoo: int = 0,
) -> Deferred[bytes]:
    """
    Run a program for what it writes to standard output.

    Args:
        executable: A path, or a name to look for in ``PATH``.
        args: Its arguments, without its name.
        env: Its whole environment; `None` for ours.
        path: The folder to start in.
        reactor: Who runs it.
        errortoo: Whether what it writes to standard error belongs to the output. Otherwise that is a failure: an
        `OSError` with an
            attribute ``processEnded``, a Deferred.
    """
    result: Deferred[bytes] = Deferred()
    _start(_Output(result, bool(errortoo)), executable, args, env, path, reactor)
    return result


def getProcessValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},
    path: str | bytes | None = None,
    reactor: Any = None,
) -> Deferred[int]:
    """Run a program for its exit code (`None` if a signal ended it). Arguments as in `getProcessOutput`."""
    result: Deferred[int] = Deferred()
    _start(_Value(result), executable, args, env, path, reactor)
    return result


def getProcessOutputAndValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},
    path: str | bytes | None = None,
    reactor: Any = None,
    stdinBytes: bytes | None = None,
) -> Deferred[tuple[bytes, bytes, int]]:
    """
    Run a program for standard output, standard error and exit code. Arguments as in `getProcessOutput`.

    Args:
        executable: A path, or a name to look for in ``PATH``.
        args: Its arguments, without its name.
        env: Its whole environment; `None` for ours.
        path: The folder to start in.
        reactor: Who runs it.
        stdinBytes: What it reads from standard input, which then ends.

    Returns:
        A Deferred that fires with the three. Did a signal end the program, it fails with the two outputs and the
        signal's number.
    """
    result: Deferred[tuple[bytes, bytes, int]] = Deferred()
    _start(_Everything(result, stdinBytes), executable, args, env, path, reactor)
    return result


def runWithWarningsSuppressed(
    suppressedWarnings: Sequence[_Filter], f: Callable[_P, _T], *a: _P.args, **kw: _P.kwargs
) -> _T:
    """
    Call a function with warning filters in place; where it returns a Deferred, until that fires.

    Args:
        suppressedWarnings: Each a pair: positional and named arguments for `warnings.filterwarnings`.
        f: What to call.
        a: Its arguments.
        kw: Its named arguments.
    """
    caught = warnings.catch_warnings()
    caught.__enter__()
    try:
        for args, named in suppressedWarnings:
            warnings.filterwarnings(*args, **named)
        result = f(*a, **kw)
    except BaseException:
        caught.__exit__(None, None, None)
        raise
    if isinstance(result, Deferred):

        def restore(outcome: object) -> object:
            caught.__exit__(None, None, None)
            return outcome

        result.addBoth(restore)
    else:
        caught.__exit__(None, None, None)
    return result


def suppressWarnings(f: Callable[_P, _T], *suppressedWarnings: _Filter) -> Callable[_P, _T]:
    """Return a function that does what *f* does, with warning filters in place as in `runWithWarningsSuppressed`."""

    @wraps(f)
    def quiet(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return runWithWarningsSuppressed(suppressedWarnings, f, *args, **kwargs)

    return quiet
