"""What a WSGI application is told of a request."""

from __future__ import annotations

from typing import Any
from wsgiref.validate import validator

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.address import UNIXAddress
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request
from twisted.web.wsgi import WSGIResource


class Teller:
    """An application that keeps what it is told, and reads the body."""

    def __init__(self) -> None:
        self.environ: dict[str, Any] = {}
        self.body = b""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environ = environ
        self.body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]


@pytest.fixture
def teller() -> Teller:
    return Teller()


def test_the_whole_of_a_plain_request(serve: Any, teller: Teller) -> None:
    answer = serve(teller).ask(b"GET /a/b%20c?x=1&y=%20 HTTP/1.1", b"X-Thing: one", b"X-Thing: two")

    environ = teller.environ
    assert {key: value for key, value in environ.items() if key not in ("wsgi.input", "wsgi.errors")} == {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a/b c",
        "QUERY_STRING": "x=1&y=%20",
        "SERVER_NAME": "example.org",
        "SERVER_PORT": "12345",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.168.1.1",
        "REMOTE_PORT": "54321",
        "HTTP_HOST": "example.org:81",
        "HTTP_X_THING": "one,two",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("line", "fields", "body"),
    [
        (b"GET / HTTP/1.1", (), b""),
        (b"GET /app?q HTTP/1.0", (b"Cookie: a=b", b"Cookie: c=d"), b""),
        (b"HEAD /app/ HTTP/1.1", (), b""),
        (b"POST /app/x HTTP/1.1", (b"Content-Type: text/plain", b"Content-Length: 3"), b"abc"),
        (b"POST / HTTP/1.1", (b"Transfer-Encoding: chunked",), b"2\r\nab\r\n0\r\n\r\n"),
        (b"GET http://example.org/deep HTTP/1.1", (b"Proxy: evil", b"X_Y: 1"), b""),
    ],
)
@pytest.mark.parametrize("below", [b"", b"app"])
def test_the_validator_of_the_standard_library_is_content(
    serve: Any, line: bytes, fields: tuple[bytes, ...], body: bytes, below: bytes
) -> None:
    seen: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(length)
        environ["wsgi.errors"].flush()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [b"fine"]

    answer = serve(validator(application), below).ask(line, *fields, body=body)

    if below and b"/app" not in line:
        assert answer.startswith(b"HTTP/1.1 404 ") and seen == []
    else:
        assert b" 200 OK\r\n" in answer and len(seen) == 1


@pytest.mark.parametrize(
    ("target", "script", "path"),
    [
        (b"/app", "/app", ""),
        (b"/app/", "/app", "/"),
        (b"/app/x", "/app", "/x"),
        (b"/app/x/", "/app", "/x/"),
        (b"/app//x", "/app", "//x"),
        (b"/app/%C3%A9", "/app", "/\u00c3\u00a9"),
    ],
)
def test_below_a_path_the_application_is_told_what_led_to_it(
    serve: Any, teller: Teller, target: bytes, script: str, path: str
) -> None:
    serve(teller, b"app").ask(b"GET " + target + b" HTTP/1.1")

    assert (teller.environ["SCRIPT_NAME"], teller.environ["PATH_INFO"]) == (script, path)


@pytest.mark.parametrize(("target", "path"), [(b"/", "/"), (b"/x", "/x"), (b"/x/", "/x/"), (b"//", "//")])
def test_at_the_root_nothing_led_to_the_application(serve: Any, teller: Teller, target: bytes, path: str) -> None:
    serve(teller).ask(b"GET " + target + b" HTTP/1.1")

    assert (teller.environ["SCRIPT_NAME"], teller.environ["PATH_INFO"]) == ("", path)


@pytest.mark.parametrize(("below", "script"), [(b"", ""), (b"app", "/app")])
def test_a_folder_whose_index_is_an_application_is_its_root(
    serve: Any, teller: Teller, below: bytes, script: str
) -> None:
    client = serve(teller)
    index = client.site.resource
    folder = Resource()
    folder.putChild(b"", index)
    client.site.resource = folder
    if below:
        client.site.resource = Resource()
        client.site.resource.putChild(below, folder)

    client.ask(b"GET " + (b"/" + below if below else b"") + b"/ HTTP/1.1")

    assert (teller.environ["SCRIPT_NAME"], teller.environ["PATH_INFO"]) == (script, "/")


@pytest.mark.parametrize(("secure", "scheme", "port"), [(False, "http", "80"), (True, "https", "443")])
def test_behind_a_unix_socket_the_port_is_the_usual_one(
    serve: Any, teller: Teller, secure: bool, scheme: str, port: str
) -> None:
    class Behind(Request):
        """Has come through a proxy, which had it by TLS or not."""

        def isSecure(self) -> bool:
            return secure

    client = serve(teller)
    client.site.requestFactory = Behind
    client.connect(UNIXAddress("/run/web"))

    client.ask()

    assert (teller.environ["SERVER_PORT"], teller.environ["wsgi.url_scheme"]) == (port, scheme)
    assert (teller.environ["REMOTE_ADDR"], teller.environ["REMOTE_PORT"]) == ("", "")


def test_fields_that_come_twice_are_joined(serve: Any, teller: Teller) -> None:
    serve(teller).ask(b"GET / HTTP/1.1", b"Accept: a/b", b"Accept: c/d", b"Via: x", b"Via: y")

    assert (teller.environ["HTTP_ACCEPT"], teller.environ["HTTP_VIA"]) == ("a/b,c/d", "x,y")


def test_a_body_has_a_type_and_a_length_which_are_no_fields(serve: Any, teller: Teller) -> None:
    serve(teller).ask(b"POST / HTTP/1.1", b"Content-Type: a/b", b"Content-Length: 5", body=b"hello")

    assert (teller.environ["CONTENT_TYPE"], teller.environ["CONTENT_LENGTH"]) == ("a/b", "5")
    assert "HTTP_CONTENT_TYPE" not in teller.environ and "HTTP_CONTENT_LENGTH" not in teller.environ
    assert teller.body == b"hello"


def test_fields_that_could_pass_for_others_are_left_out(serve: Any, teller: Teller) -> None:
    serve(teller).ask(b"GET / HTTP/1.1", b"Proxy: http://evil", b"X_Forwarded_For: me", b"X-Real: you")

    assert "HTTP_PROXY" not in teller.environ and "HTTP_X_FORWARDED_FOR" not in teller.environ
    assert teller.environ["HTTP_X_REAL"] == "you"


def test_cookies_are_joined_as_cookies(serve: Any, teller: Teller) -> None:
    serve(teller).ask(b"GET / HTTP/1.1", b"Cookie: a=b", b"Cookie: c=d")

    assert teller.environ["HTTP_COOKIE"] == "a=b; c=d"


def test_a_body_is_read_as_a_file(serve: Any) -> None:
    read: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"]
        read.extend(
            [body.read(1), body.readline(), body.readline(1), body.readlines(1), body.read(0), next(iter(body))]
        )
        read.extend([body.readlines(), body.read(), body.readline(), list(body)])
        start_response("204 No Content", [])
        return []

    serve(application).ask(b"POST / HTTP/1.1", b"Content-Length: 16", body=b"ab\ncd\nef\ngh\ni\nj\n")

    assert read == [b"a", b"b\n", b"c", [b"d\n"], b"", b"ef\n", [b"gh\n", b"i\n", b"j\n"], b"", b"", []]


def test_what_is_written_about_errors_is_logged_line_by_line(serve: Any, logged: Any) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        errors = environ["wsgi.errors"]
        assert errors.write("one\ntw") == 6
        assert [event["line"] for event in logged] == ["one"]
        errors.writelines(["o\n", "\n", "three"])
        errors.flush()
        errors.flush()
        errors.write("four")
        with pytest.raises(TypeError, match=r"must be str, not bytes: b'x'"):
            errors.write(b"x")
        assert errors.encoding == "utf-8"
        start_response("204 No Content", [])
        return []

    serve(application).ask()

    assert [(event["line"], event["system"], event["isError"]) for event in logged] == [
        ("one", "wsgi", True),
        ("two", "wsgi", True),
        ("three", "wsgi", True),
        ("four", "wsgi", True),
    ]
    logged.clear()


def test_an_application_is_a_leaf_and_takes_no_children() -> None:
    resource = WSGIResource(None, None, Teller())

    assert verifyObject(IResource, resource) and resource.isLeaf is True
    with pytest.raises(RuntimeError, match="Cannot get IResource children from WSGIResource"):
        resource.getChildWithDefault(b"x", None)
    with pytest.raises(RuntimeError, match="Cannot put IResource children under WSGIResource"):
        resource.putChild(b"x", None)
