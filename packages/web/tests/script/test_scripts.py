"""
Resources that are Python scripts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.web.resource import Resource
from twisted.web.script import (
    AlreadyCached,
    CacheScanner,
    PythonScript,
    ResourceScript,
    ResourceScriptDirectory,
    ResourceScriptWrapper,
    ResourceTemplate,
    noRsrc,
    rpyNoResource,
)
from twisted.web.server import NOT_DONE_YET
from twisted.web.static import Registry
from twisted.web.test.requesthelper import DummyRequest

LEAF = """
from twisted.web.static import Data
resource = Data(__file__.encode(), "text/plain")
resource.registry = registry
resource.isLeaf = True
"""


@pytest.fixture
def script(tmp_path: Path) -> Any:
    def write(text: str, name: str = "x.rpy") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def a_request(*path: bytes) -> Any:
    request: Any = DummyRequest(list(path))
    request.method = b"GET"
    request.finished = 0
    return request


def test_a_script_names_its_resource(script: Any) -> None:
    registry, path = Registry(), script(LEAF)

    found = ResourceScript(path, registry)

    assert (found.data, found.registry) == (path.encode(), registry)
    assert ResourceScript(path, registry) is not found


def test_a_script_without_resource_is_told_how_to_have_one(script: Any) -> None:
    found = ResourceScript(script("cache()"), registry := Registry())
    request = a_request()

    assert found is noRsrc
    assert registry.getCachedPath(script("")) is None
    assert rpyNoResource.encode() in found.render(request)
    assert request.responseCode == 500


def test_a_script_is_kept_if_it_says_so(script: Any) -> None:
    registry, path = Registry(), script("cache()\n" + LEAF)

    found = ResourceScript(path, registry)

    assert registry.getCachedPath(path) is found
    assert ResourceScript(path, registry) is found


def test_a_script_that_keeps_itself_anew_is_executed_each_time(script: Any) -> None:
    registry, path = Registry(), script("recache()\n" + LEAF)

    first, second = ResourceScript(path, registry), ResourceScript(path, registry)

    assert first is not second
    assert registry.getCachedPath(path) is second


def test_the_scanner_keeps_only_what_asks_for_it() -> None:
    registry = Registry()
    scanner = CacheScanner("p", registry)
    assert (scanner.path, scanner.registry, scanner.doCache) == ("p", registry, 0)

    scanner.cache()
    assert scanner.doCache == 1

    registry.cachePath("p", "kept")
    again = CacheScanner("p", registry)
    with pytest.raises(AlreadyCached) as raised:
        again.cache()
    assert raised.value.args == ("kept",) and again.doCache == 0
    again.recache()
    assert again.doCache == 1


def test_a_wrapper_executes_its_script_for_each_request(script: Any) -> None:
    registry, path = Registry(), script(LEAF)
    wrapper = ResourceScriptWrapper(path, registry)

    assert wrapper.registry is registry and isinstance(ResourceScriptWrapper(path).registry, Registry)
    assert wrapper.render(a_request()) == path.encode()
    request = a_request(b"b")
    request.prepath = [b"a"]
    found = wrapper.getChildWithDefault(b"a", request)
    assert (found.data, request.prepath, request.postpath) == (path.encode(), [], [b"a", b"b"])


def test_a_wrapper_has_the_children_of_its_resource(script: Any) -> None:
    wrapper = ResourceScriptWrapper(
        script("from twisted.web.resource import Resource\nresource = Resource()\nresource.putChild(b'a', Resource())")
    )

    assert type(wrapper.getChildWithDefault(b"a", a_request())) is Resource
    assert type(wrapper.getChildWithDefault(b"", a_request())) is Resource
    assert wrapper.getChildWithDefault(b"", a_request(b"x")).code == 404
    assert wrapper.getChildWithDefault(b"b", a_request()).code == 404


def test_a_folder_of_scripts_finds_them_by_name(script: Any, tmp_path: Path) -> None:
    path, registry = script(LEAF), Registry()
    folder = ResourceScriptDirectory(str(tmp_path), registry)

    found = folder.getChild(b"x.rpy", a_request())
    assert (found.data, found.registry) == (path.encode(), registry)
    assert folder.getChild("x.rpy", a_request()).data == path.encode()
    request = a_request()
    folder.render(request)
    assert request.responseCode == 404


@pytest.mark.parametrize("name", [b"y.rpy", b"..", b".", b"", b"a\0b", b"../x.rpy", b"\xff"])
def test_a_folder_of_scripts_has_nothing_else(name: bytes, script: Any, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    script(LEAF)
    request = a_request()

    ResourceScriptDirectory(str(tmp_path / "f")).getChild(name, request).render(request)

    assert request.responseCode == 404


def test_a_script_writes_to_the_request_itself(script: Any) -> None:
    request, registry = a_request(), Registry()
    path = script("request.write(__file__.encode()); request.seen = registry")
    page = PythonScript(path, registry)

    assert page.render(request) == NOT_DONE_YET
    assert (request.written, request.finished, request.seen) == ([path.encode()], 1, registry)
    assert page.isLeaf


def test_a_script_may_finish_the_request(script: Any) -> None:
    request = a_request()

    PythonScript(script("request.finish()"), Registry()).render(request)

    assert request.finished == 1


def test_a_script_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    request = a_request()

    assert PythonScript(str(tmp_path / "no"), Registry()).render(request) == NOT_DONE_YET
    assert (request.responseCode, request.finished) == (404, 1)
    assert b"File not found." in b"".join(request.written)


def test_templates_need_quixote(script: Any) -> None:
    with pytest.raises(ModuleNotFoundError, match="ResourceTemplate needs quixote"):
        ResourceTemplate(script(""), Registry())
