"""What ``twist web`` makes of its options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.application.service import IServiceMaker, ServiceMaker
from twisted.internet.testing import StringTransport
from twisted.plugin import getPlugins
from twisted.python.usage import UsageError
from twisted.web import demo, resource, script, static, tap, twcgi


def options(*words: str) -> tap.Options:
    parsed = tap.Options()
    parsed.parseOptions(list(words))
    return parsed


def servers(*words: str) -> list[Any]:
    """The services that listen."""
    made: Any = tap.makeService(options(*words))
    return [one for one in made.services if hasattr(one, "endpoint")]


def answer(path: str, *words: str) -> bytes:
    """What the site says to a request."""
    site = servers(*words)[0].factory
    protocol: Any = site.buildProtocol(None)
    wire = StringTransport()
    protocol.makeConnection(wire)
    protocol.dataReceived(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    return wire.value()


class Greeting(resource.Resource):
    """Found by its dotted name."""

    isLeaf = True

    def __init__(self, *args: Any) -> None:
        super().__init__()

    def render_GET(self, request: Any) -> bytes:
        return b"greetings"


class Broken(Greeting):
    def render_GET(self, request: Any) -> bytes:
        raise ZeroDivisionError


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name under which this module is found."""
    import sys

    monkeypatch.setitem(sys.modules, "hosted_by_test", sys.modules[__name__])
    return "hosted_by_test"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text("a page")
    (tmp_path / "start.html").write_text("the start")
    (tmp_path / "thing.unknown").write_text("a thing")
    return tmp_path


def test_twist_finds_it() -> None:
    (maker,) = [one for one in getPlugins(IServiceMaker) if one.tapname == "web"]

    assert isinstance(maker, ServiceMaker) and maker.module == "twisted.web.tap"


def test_without_options_there_is_one_page_on_port_8080() -> None:
    (server,) = servers()

    assert options()["ports"] == ["tcp:8080"] and server.endpoint._port == 8080
    assert isinstance(server.factory.resource, demo.Test) and not server.factory.displayTracebacks


def test_it_listens_wherever_it_is_told_to() -> None:
    listening = servers("--listen=tcp:8001", "--listen=tcp:8002:interface=127.0.0.1")

    assert [one.endpoint._port for one in listening] == [8001, 8002]
    assert listening[0].factory is listening[1].factory


@pytest.mark.parametrize("option", ["--port", "-p"])
def test_a_port_is_deprecated_and_comes_last(option: str) -> None:
    with pytest.warns(DeprecationWarning, match="--port is deprecated: use --listen"):
        parsed = options(option, "tcp:8001", "--listen", "tcp:8002")

    assert parsed["ports"] == ["tcp:8002", "tcp:8001"]


def test_https_is_deprecated_and_names_its_files() -> None:
    pytest.importorskip("OpenSSL", reason="pip install twisted-core[tls]")
    with pytest.warns(DeprecationWarning, match="--https is deprecated: use --listen"):
        parsed = options("--https=8443", "-c", "cert.pem", "-k", "key.pem")

    assert parsed["ports"] == ["ssl:port=8443:privateKey=key.pem:certKey=cert.pem"]


def test_a_path_is_served(folder: Path) -> None:
    assert answer("/page.html", f"--path={folder}").endswith(b"\r\n\r\na page")
    root = options(f"--path={folder}")["root"]
    assert root.processors == {".epy": script.PythonScript, ".rpy": script.ResourceScript, ".cgi": twcgi.CGIScript}
    assert root.indexNames == ["index", "index.html", "index.htm", "index.rpy"]


def test_names_may_stand_for_a_folder(folder: Path) -> None:
    for word in ("--index", "-i"):
        assert answer("/", f"--path={folder}", word, "nothing", word, "start.html").endswith(b"the start")


def test_extensions_may_be_left_out(folder: Path) -> None:
    assert b" 404 " in answer("/page", f"--path={folder}")
    assert answer("/page", f"--path={folder}", "--ignore-ext=.html").endswith(b"a page")
    assert b" 404 " in answer("/thing", f"--path={folder}", "--ignore-ext=.html")
    assert answer("/thing", f"--path={folder}", "--allow-ignore-ext").endswith(b"a thing")


def test_the_type_of_unknown_files_may_be_said(folder: Path) -> None:
    assert b"Content-Type: x/y" in answer("/thing.unknown", f"--path={folder}", "--mime-type=x/y")
    assert b"Content-Type: x/z" in answer("/thing.unknown", f"--path={folder}", "-m", "x/z")


def test_a_class_may_make_what_answers_for_an_extension(folder: Path, named: str) -> None:
    said = answer("/thing.unknown", f"--path={folder}", f"--processor=.unknown={named}.Greeting")

    assert said.endswith(b"greetings")
    assert static.File.processors == {}


def test_precompressed_files_are_looked_for(folder: Path) -> None:
    assert options(f"--path={folder}")["root"].precompressed == ()
    root = options(f"--path={folder}", "--precompressed")["root"]
    assert root.precompressed == (("br", ".br"), ("gzip", ".gz"))


@pytest.mark.parametrize(
    "word", ["--processor=.x=y.Z", "--mime-type=x/y", "--allow-ignore-ext", "--ignore-ext=.x", "--precompressed"]
)
def test_what_concerns_a_path_comes_after_it(word: str) -> None:
    with pytest.raises(UsageError, match=r"You can only use --.* after --path"):
        options(word)


@pytest.mark.parametrize("mark", [".", ":"])
def test_a_class_is_the_root(named: str, mark: str) -> None:
    assert answer("/anything", f"--class={named}{mark}Greeting").endswith(b"greetings")


@pytest.mark.parametrize(
    ("option", "kind"), [("class", "class"), ("wsgi", "WSGI application"), ("asgi", "ASGI application")]
)
@pytest.mark.parametrize("name", ["twisted.web.nothing", "no_such_module_at_all.x", "", "a..b"])
def test_what_is_not_there_is_an_error_of_one_sentence(option: str, kind: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"No such {kind}: "):
        options(f"--{option}={name}")


def test_a_script_is_the_root(tmp_path: Path) -> None:
    (tmp_path / "root.rpy").write_text(
        "from twisted.web.static import Data\nresource = Data(b'by script', 'text/plain')"
    )

    assert answer("/", f"--resource-script={tmp_path / 'root.rpy'}").endswith(b"by script")


def test_fields_are_added_to_every_response(folder: Path, named: str) -> None:
    words = ("--add-header=X-One: 1", "--add-header", "X-Two:a:b ")
    for said in (answer("/page.html", f"--path={folder}", *words), answer("/nothing", f"--path={folder}", *words)):
        lines = said.lower().split(b"\r\n")
        assert b"x-one: 1" in lines and b"x-two: a:b" in lines
    with pytest.raises(UsageError, match="--add-header takes 'Name: value', not 'nonsense'"):
        options("--add-header=nonsense")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], False),
        (["--display-tracebacks"], True),
        (["--display-tracebacks", "-n"], False),
        (["--notracebacks"], False),
    ],
)
def test_tracebacks_are_shown_on_demand(named: str, words: list[str], shown: bool) -> None:
    assert servers(*words)[0].factory.displayTracebacks is shown
    assert (b"ZeroDivisionError" in answer("/", f"--class={named}.Broken", *words)) is shown


def test_requests_are_logged_into_a_file(tmp_path: Path) -> None:
    for word in ("--logfile", "-l"):
        assert servers(word, str(tmp_path / "log"))[0].factory.logPath == str(tmp_path / "log")
    assert servers()[0].factory.logPath is None


@pytest.mark.parametrize("words", [["--personal"], ["--user"], ["-u"]])
def test_what_needs_perspective_broker_says_so(words: list[str]) -> None:
    with pytest.raises(UsageError, match="spread"):
        options(*words)
    with pytest.raises(ModuleNotFoundError, match="spread"):
        tap.makePersonalServerFactory(servers()[0].factory)


def test_an_asgi_application_is_told_before_anybody_listens(named: str) -> None:
    made: Any = tap.makeService(options(f"--asgi={named}:application"))

    assert [type(one).__name__ for one in made.services] == ["Lifespan", "StreamServerEndpointService"]


def test_an_asgi_application_reads_uploads_while_they_come(named: str) -> None:
    assert servers(f"--asgi={named}:application")[0].factory.streamsBodies is True
    assert servers("--asgi", f"{named}.application", "--add-header=X: y")[0].factory.streamsBodies is True
    assert servers(f"--class={named}.Greeting")[0].factory.streamsBodies is False


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Found by its name."""
