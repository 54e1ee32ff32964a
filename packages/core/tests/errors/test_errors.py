"""Errors say what went wrong in texts that programs and their logs know."""

from __future__ import annotations

import errno
import pickle
import socket

import pytest

from twisted.internet import error

SENTENCES = {
    error.BindError: "An error occurred binding to an interface",
    error.MessageLengthError: "Message is too long to send",
    error.DNSLookupError: "DNS lookup failed",
    error.ConnectionLost: "Connection to the other side was lost in a non-clean fashion",
    error.ConnectionAborted: "Connection was aborted locally using ITCPTransport.abortConnection",
    error.ConnectionDone: "Connection was closed cleanly",
    error.ConnectionFdescWentAway: "Uh",
    error.AlreadyCalled: "Tried to cancel an already-called event",
    error.AlreadyCancelled: "Tried to cancel an already-cancelled event",
    error.NotConnectingError: "The Connector was not connecting when it was asked to stop connecting",
    error.NotListeningError: "The Port was not listening when it was asked to stop listening",
}
CONNECT_SENTENCES = {
    error.ConnectError: "An error occurred while connecting",
    error.ConnectBindError: "Couldn't bind",
    error.UnknownHostError: "Hostname couldn't be looked up",
    error.NoRouteError: "No route to host",
    error.ConnectionRefusedError: "Connection was refused by other side",
    error.TCPTimedOutError: "TCP connection timed out",
    error.BadFileError: "File used for UNIX socket is no good",
    error.ServiceNameUnknownError: "Service name given as port is unknown",
    error.UserError: "User aborted connection",
    error.TimeoutError: "User timeout caused connection failure",
    error.SSLError: "An SSL error occurred",
}


@pytest.mark.parametrize(("kind", "sentence"), SENTENCES.items())
def test_an_error_says_its_sentence_and_what_it_was_given(kind: type[Exception], sentence: str) -> None:
    assert str(kind()) == f"{sentence}."
    assert str(kind("this")) == f"{sentence}: this."
    assert str(kind("this", "that")) == f"{sentence}: this that."
    assert sentence in (getattr(kind, "MESSAGE"),)  # noqa: B009  # not every class declares it to mypy


@pytest.mark.parametrize(("kind", "sentence"), CONNECT_SENTENCES.items())
def test_a_connect_error_says_number_and_text(kind: type[error.ConnectError], sentence: str) -> None:
    assert str(kind()) == f"{sentence}."
    assert str(kind(5)) == f"{sentence}: 5."
    assert str(kind(string="text")) == f"{sentence}: text."
    assert str(kind(5, "text")) == f"{sentence}: 5: text."
    assert kind(5, "text").osError == 5
    assert kind().osError is None
    assert sentence == kind.MESSAGE


@pytest.mark.parametrize("kind", [error.ConnectError, error.TimeoutError, error.NoRouteError])
def test_connect_errors_survive_pickling(kind: type[error.ConnectError]) -> None:
    again = pickle.loads(pickle.dumps(kind(5, "text")))

    assert type(again) is kind
    assert (again.osError, again.args) == (5, ("text",))


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (error.CannotListenError, error.BindError),
        (error.DNSLookupError, OSError),
        (error.UnknownHostError, error.ConnectError),
        (error.TimeoutError, error.UserError),
        (error.UserError, error.ConnectError),
        (error.PeerVerifyError, error.VerifyError),
        (error.ConnectionLost, error.ConnectionClosed),
        (error.ConnectionAborted, error.ConnectionLost),
        (error.ConnectionDone, error.ConnectionClosed),
        (error.ConnectionFdescWentAway, error.ConnectionLost),
        (error.FileDescriptorOverrun, error.ConnectionLost),
        (error.AlreadyCalled, ValueError),
        (error.AlreadyCancelled, ValueError),
        (error.ProcessDone, error.ConnectionDone),
        (error.ProcessTerminated, error.ConnectionLost),
        (error.NotConnectingError, RuntimeError),
        (error.NotListeningError, RuntimeError),
        (error.ReactorNotRunning, RuntimeError),
        (error.ReactorNotRestartable, RuntimeError),
        (error.ReactorAlreadyRunning, RuntimeError),
        (error.ReactorAlreadyInstalledError, AssertionError),
        (error.InvalidAddressError, ValueError),
    ],
)
def test_the_hierarchy(kind: type[Exception], base: type[Exception]) -> None:
    assert issubclass(kind, base)


@pytest.mark.parametrize(("interface", "shown"), [("", "any"), (None, "any"), ("::1", "::1")])
def test_cannot_listen_says_where_and_why(interface: str | None, shown: str) -> None:
    failed = error.CannotListenError(interface, 80, OSError(98, "in use"))

    assert str(failed) == f"Couldn't listen on {shown}:80: [Errno 98] in use."
    assert (failed.interface, failed.port, failed.socketError.args) == (interface, 80, (98, "in use"))
    assert failed.args == (interface, 80, failed.socketError)


def test_process_done() -> None:
    done = error.ProcessDone(7)

    assert str(done) == "A process has ended without apparent errors: process finished with exit code 0."
    assert (done.exitCode, done.signal, done.status) == (0, None, 7)
    assert pickle.loads(pickle.dumps(done)).status == 7


@pytest.mark.parametrize(
    ("code", "signal", "told"),
    [
        (None, None, "process ended"),
        (0, None, "process ended with exit code 0"),
        (1, None, "process ended with exit code 1"),
        (None, 9, "process ended by signal 9"),
        (1, 9, "process ended with exit code 1 by signal 9"),
    ],
)
def test_process_terminated_says_how(code: int | None, signal: int | None, told: str) -> None:
    ended = error.ProcessTerminated(code, signal, 256)

    assert str(ended) == f"A process has ended with a probable error condition: {told}."
    assert (ended.exitCode, ended.signal, ended.status) == (code, signal, 256)
    again = pickle.loads(pickle.dumps(ended))
    assert (again.exitCode, again.signal, again.status, str(again)) == (code, signal, 256, str(ended))


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENETUNREACH, error.NoRouteError),
        (errno.ECONNREFUSED, error.ConnectionRefusedError),
        (errno.ETIMEDOUT, error.TCPTimedOutError),
        (errno.EPERM, error.ConnectError),
    ],
)
def test_what_the_system_says_becomes_an_error_of_ours(number: int, kind: type[error.ConnectError]) -> None:
    for said in (OSError(number, "text"), (number, "text")):
        made = error.getConnectError(said)

        assert type(made) is kind
        assert (made.osError, made.args) == (number, ("text",))


def test_a_failed_look_up_is_an_unknown_host() -> None:
    made = error.getConnectError(socket.gaierror(-2, "unknown"))

    assert type(made) is error.UnknownHostError
    assert made.osError == -2


def test_what_has_no_number_is_kept_as_text() -> None:
    odd = ValueError("odd")
    made = error.getConnectError(odd)

    assert type(made) is error.ConnectError
    assert (made.osError, made.args) == (None, (odd,))
    assert str(made) == "An error occurred while connecting: odd."


def test_errors_that_carry_facts() -> None:
    cancelled = error.ConnectingCancelledError("address")
    invalid = error.InvalidAddressError("300.1.1.1", "not an address")

    assert cancelled.address == "address"
    assert (invalid.address, invalid.message) == ("300.1.1.1", "not an address")
    assert invalid.args == ("300.1.1.1", "not an address")


def test_every_name_is_exported() -> None:
    public = {
        name
        for name, value in vars(error).items()
        if isinstance(value, type) and issubclass(value, Exception) and not name.startswith("_")
    }

    assert public | {"errnoMapping", "getConnectError"} == set(error.__all__)
