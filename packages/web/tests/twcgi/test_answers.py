"""
What programs are told of a request, and what becomes of what they write.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET
from twisted.web.test.requesthelper import DummyRequest
from twisted.web.twcgi import CGIDirectory, CGIProcessProtocol, CGIScript, FilteredScript

from .program import Program


def a_request(*path: bytes, body: bytes = b"") -> Any:
    request: Any = DummyRequest(list(path))
    request.method, request.clientproto = b"GET", b"HTTP/1.1"
    request.uri = b"/" + b"/".join(path)
    request.content = BytesIO(body)
    request.finished = 0
    return request


def running(body: bytes = b"") -> tuple[Any, Any, Program]:
    request, program = a_request(body=body), Program()
    request.registerProducer = lambda producer, streaming: program.calls.append(f"producer {streaming}")
    request.unregisterProducer = lambda: program.calls.append("unregistered")
    protocol: Any = CGIProcessProtocol(request)
    protocol.makeConnection(program)
    return protocol, request, program


def test_the_body_of_the_request_is_handed_over() -> None:
    body = bytes(200_001)
    _, _, program = running(body)

    assert program.read == body
    assert program.calls == ["producer 1", "stdin closed"]


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_header_may_come_in_pieces(step: int, end: bytes) -> None:
    protocol, request, _ = running()
    lines = [b"Status: 201 Made", b"Content-Type: text/x", b"X-A: 1", b"X-A: 2", b"Server: no", b"", b"body\n\nmore"]
    text = end.join(lines)

    for at in range(0, len(text), step):
        protocol.outReceived(text[at : at + step])
    protocol.processEnded(Failure(ProcessDone(0)))

    assert (request.responseCode, b"".join(request.written), request.finished) == (201, b"body\n\nmore", 1)
    fields = request.responseHeaders
    assert (fields.getRawHeaders(b"content-type"), fields.getRawHeaders(b"x-a")) == ([b"text/x"], [b"1", b"2"])
    assert not fields.hasHeader(b"server")


@pytest.mark.parametrize(
    ("header", "code"), [(b"Location: /x", 302), (b"Location: /x\nStatus: 301 M", 301), (b"Content-Type: a/b", None)]
)
def test_a_location_redirects_unless_the_program_says_otherwise(header: bytes, code: int | None) -> None:
    protocol, request, _ = running()

    protocol.outReceived(header + b"\n\n")

    assert request.responseCode == code


@pytest.mark.parametrize("header", [b"Status: 20", b"Status: abc x", b"Status: 2000 x", b"a line", b"na me: x", b": x"])
def test_what_makes_no_sense_in_a_header_is_left_out(header: bytes) -> None:
    protocol, request, _ = running()

    protocol.outReceived(header + b"\nContent-Type: a/b\n\nok")

    assert (request.responseCode, request.written) == (None, [b"ok"])
    assert [name for name, _ in request.responseHeaders.getAllRawHeaders()] == [b"Content-Type"]


def test_a_program_that_dies_early_is_an_error() -> None:
    protocol, request, program = running()
    program.gone = True
    protocol.outReceived(b"Content-Type: a/b\n")
    protocol.errReceived(b"oops")

    protocol.processEnded(Failure(ProcessTerminated(1)))

    assert (request.responseCode, request.finished, protocol.errortext) == (500, 1, b"oops")
    assert b"Premature end of script headers." in b"".join(request.written)


def test_a_header_without_end_is_an_error_and_the_program_is_ended() -> None:
    protocol, request, program = running()

    protocol.outReceived(b"x" * (256 * 1024))
    assert request.finished == 0
    protocol.outReceived(b"x")
    protocol.outReceived(b"\n\nlate")
    protocol.processEnded(Failure(ProcessTerminated(None, 15)))

    assert (request.responseCode, request.finished) == (500, 1)
    assert program.calls[-3:] == ["unregistered", "closed", "TERM"]
    assert b"late" not in b"".join(request.written)


def test_complaints_are_kept_up_to_a_bound() -> None:
    protocol, _, _ = running()

    protocol.errReceived(b"x" * 70_000)
    protocol.errReceived(b"x")

    assert len(protocol.errortext) == 64 * 1024


@pytest.mark.parametrize("prefix", ["", "view_"])
def test_a_program_is_as_fast_as_its_client(prefix: str) -> None:
    protocol, request, program = running()
    arguments = [None] if prefix else []

    for name in ("pauseProducing", "resumeProducing", "stopProducing"):
        getattr(protocol, prefix + name)(*arguments)
    protocol.outReceived(b"Content-Type: a/b\n\nlate")
    protocol.processEnded(Failure(ProcessTerminated(None, 15)))

    assert program.calls[2:] == ["paused", "resumed", "closed", "TERM"]
    assert (request.written, request.finished) == ([], 0)


def test_nothing_runs_yet() -> None:
    protocol = CGIProcessProtocol(a_request())

    protocol.pauseProducing()
    protocol.resumeProducing()
    protocol.stopProducing()

    assert protocol.handling_headers and not protocol.headers_written


# What a program is told


class Spawning:
    """Stands in for a reactor."""

    def spawnProcess(self, protocol: Any, executable: str, args: Any, env: Any, path: Any) -> None:
        self.protocol, self.executable, self.args, self.env, self.path = protocol, executable, args, env, path


def started(request: Any, kind: type[CGIScript] = CGIScript) -> Spawning:
    reactor = Spawning()
    assert kind("/bin/of/x.cgi", None, reactor).render(request) == NOT_DONE_YET
    return reactor


def test_a_program_is_told_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    request = a_request(b"p", b"q")
    request.prepath, request.uri = [b"x\0.cgi"], b"/x.cgi/p/q?a=-b"
    for name, value in {"Content-Type": "a/b", "Content-Length": "3", "X-Y": "z", "Proxy": "evil"}.items():
        request.requestHeaders.addRawHeader(name, value)
    request.requestHeaders.setRawHeaders("Cookie", ["a=1", "b=2"])
    request.requestHeaders.setRawHeaders("Accept", ["a", "b"])
    request.requestHeaders.addRawHeader("Authorization", "Basic x")
    request.requestHeaders.addRawHeader("A_B", "evil")

    reactor = started(request)

    env = reactor.env
    expected = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REQUEST_METHOD": b"GET",
        "SERVER_PROTOCOL": b"HTTP/1.1",
        "SCRIPT_NAME": b"/x.cgi",
        "SCRIPT_FILENAME": "/bin/of/x.cgi",
        "REQUEST_URI": b"/x.cgi/p/q?a=-b",
        "QUERY_STRING": b"a=-b",
        "PATH_INFO": b"/p/q",
        "CONTENT_TYPE": b"a/b",
        "CONTENT_LENGTH": b"3",
        "HTTP_X_Y": b"z",
        "HTTP_COOKIE": b"a=1; b=2",
        "HTTP_ACCEPT": b"a, b",
        "INHERITED": "yes",
    }
    assert {name: env.get(name) for name in expected} == expected
    assert not {"HTTP_PROXY", "HTTP_AUTHORIZATION", "HTTP_A_B", "HTTP_CONTENT_TYPE", "HTTPS"} & set(env)
    assert (reactor.executable, reactor.args, reactor.path) == ("/bin/of/x.cgi", ["/bin/of/x.cgi"], "/bin/of")
    assert isinstance(reactor.protocol, CGIProcessProtocol)


@pytest.mark.parametrize(
    ("query", "words"),
    [("?a+b%20c", ["a", "b c"]), ("?a=b+c", []), ("", []), ("?a+-r", []), ("?a%00", []), ("?a", ["a"])],
)
def test_words_of_a_query_are_arguments(query: str, words: list[str]) -> None:
    request = a_request()
    request.uri = b"/x" + query.encode()

    assert started(request).args == ["/bin/of/x.cgi", *words]
    assert "PATH_INFO" not in started(request).env
    assert started(request, FilteredScript).args == [FilteredScript.filter, "/bin/of/x.cgi", *words]


def test_a_folder_finds_programs_by_name(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "x.cgi").touch()
    folder = CGIDirectory(str(tmp_path))

    found = folder.getChild(b"x.cgi", None)
    assert isinstance(found, CGIScript) and found.filename == str(tmp_path / "x.cgi") and found.isLeaf
    sub = folder.getChild("sub", None)
    assert isinstance(sub, CGIDirectory) and sub.path == str(tmp_path / "sub")
    for name in (b"no", b"..", b"", b"a\0", b"sub/../x.cgi"):
        request = a_request()
        folder.getChild(name, request).render(request)
        assert request.responseCode == 404
    request = a_request()
    assert b"do not support directory listing" in folder.render(request)
    assert request.responseCode == 404
