"""What is kept of plugin modules, and when it is made anew."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from zope.interface import Interface, implementer

from twisted import plugin
from twisted.logger import LogLevel, capturedLogs
from twisted.plugin import CachedDropin, CachedPlugin, IPlugin, getCache, getPlugins
from twisted.python.components import registerAdapter

MODULE = '''
"""Sells things."""
from zope.interface import implementer
from twisted.plugin import IPlugin
@implementer(IPlugin)
class Kind:
    "What it does."
one = Kind()
two = Kind()
other = 3
'''


class ISold(Interface):
    """Can be sold."""


class IDear(ISold):
    """Is dear too."""


class ITold(Interface):
    """Can be told of."""


@implementer(IDear, IPlugin)
class Thing:
    """A thing."""


THING = Thing()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "cachedplugins"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("cachedplugins")
    for name in [name for name in sys.modules if name.partition(".")[0] == "cachedplugins"]:
        del sys.modules[name]


def write(package: ModuleType, name: str, text: str, when: float | None = None) -> Path:
    path = Path(package.__path__[0]) / name
    path.write_text(text)
    if when is not None:
        os.utime(path, (when, when))
    return path


def imported(package: ModuleType, name: str) -> bool:
    return f"{package.__name__}.{name}" in sys.modules


def forget(package: ModuleType, name: str) -> None:
    sys.modules.pop(f"{package.__name__}.{name}", None)


def test_a_module_is_described_by_its_name_docstring_and_plugins(package: ModuleType) -> None:
    write(package, "shop.py", MODULE, 1000)

    dropin = getCache(package)["shop"]

    assert (dropin.moduleName, dropin.description) == ("cachedplugins.shop", "Sells things.")
    assert [(one.name, one.description, one.provided) for one in dropin.plugins] == [
        ("one", "What it does.", [IPlugin]),
        ("two", "What it does.", [IPlugin]),
    ]
    assert repr(dropin.plugins[0]) == "<CachedPlugin 'one'/'cachedplugins.shop' (provides 'IPlugin')>"
    assert dropin.plugins[0].dropin is dropin


def test_what_is_kept_and_older_than_the_cache_is_not_imported_again(package: ModuleType) -> None:
    path = write(package, "shop.py", MODULE, 1000)
    assert list(getCache(package)) == ["shop"] and imported(package, "shop")
    cache = path.parent / "dropin.cache"
    before = cache.read_bytes()
    os.utime(cache, (2000, 2000))
    forget(package, "shop")

    assert list(getCache(package)) == ["shop"] and not imported(package, "shop")
    assert cache.read_bytes() == before and cache.stat().st_mtime == 2000

    # Changed in the very moment in which the cache was written, it may have changed behind that.
    os.utime(path, (2000, 2000))
    assert list(getCache(package)) == ["shop"] and imported(package, "shop")
    assert cache.stat().st_mtime > 2000


def test_the_newer_of_source_and_compiled_module_counts(tmp_path: Path) -> None:
    for name, when in (
        ("a.py", 50),
        ("a.pyc", 70),
        ("b.py", 60),
        ("no module.py", 5),
        ("__init__.py", 5),
        ("c.txt", 5),
    ):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (when, when))

    assert plugin._modules(str(tmp_path)) == {"a": 70.0, "b": 60.0}
    assert plugin._modules(str(tmp_path / "missing")) == {}


def test_a_cache_is_left_out_if_there_is_nothing_to_keep(package: ModuleType) -> None:
    assert getCache(package) == {}
    assert [path.name for path in Path(package.__path__[0]).iterdir() if path.is_file()] == ["__init__.py"]


@pytest.mark.parametrize("content", [b"nonsense", pickle.dumps(["a list"]), b""])
def test_a_cache_that_is_none_counts_for_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "dropin.cache"
    path.write_bytes(content)
    with capturedLogs() as events:
        assert plugin._read(str(path)) == ({}, 0.0)
    assert len(events) == (not content.startswith(b"\x80"))
    with capturedLogs() as events:
        assert plugin._read(str(tmp_path / "missing")) == ({}, 0.0)
    assert events == []
    path.write_bytes(pickle.dumps({}))
    os.utime(path, (7, 7))
    assert plugin._read(str(path)) == ({}, 7.0)


def test_a_cache_that_cannot_be_written_is_logged_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpicklable: Any = {"x": lambda: None}
    path = tmp_path / "dropin.cache"
    path.write_bytes(b"as it was")
    with capturedLogs() as events:
        plugin._write(str(path), unpicklable)
        plugin._write(str(tmp_path / "missing" / "dropin.cache"), {})

    assert [(event["log_level"], event["path"]) for event in events] == [
        (LogLevel.info, str(path)),
        (LogLevel.info, str(tmp_path / "missing" / "dropin.cache")),
    ]
    assert [one.name for one in tmp_path.iterdir()] == ["dropin.cache"] and path.read_bytes() == b"as it was"


def test_what_comes_first_on_the_path_wins(package: ModuleType, tmp_path: Path) -> None:
    write(package, "shop.py", MODULE, 1000)
    further = tmp_path / "further"
    further.mkdir()
    (further / "shop.py").write_text("")
    (further / "stall.py").write_text(MODULE)
    package.__path__.append(str(further))

    found = getCache(package)

    assert sorted(found) == ["shop", "stall"] and len(found["shop"].plugins) == 2
    assert len(list(getPlugins(IPlugin, package))) == 4


def test_what_cannot_be_asked_for_its_interfaces_is_no_plugin() -> None:
    class Awkward:
        @property
        def __provides__(self) -> Any:
            raise RuntimeError("do not ask")

        __providedBy__ = __provides__

    module = ModuleType("awkward", "Is awkward.")
    vars(module).update(awkward=Awkward(), thing=THING, kind=Thing)

    assert [one.name for one in plugin._described(module).plugins] == ["thing"]


def cached(*provided: Any) -> CachedPlugin:
    return CachedPlugin(CachedDropin(__name__, None), "THING", "A thing.", list(provided))


def test_a_plugin_is_loaded_when_it_provides_what_is_wanted_or_more() -> None:
    # Through __conform__, and so by calling the interface.
    assert cached(IDear, IPlugin).__conform__(ISold) is THING
    assert cached(IDear).getComponent(IDear) is THING
    assert cached(ISold).__conform__(IDear) is None
    assert cached(ISold).__conform__(IDear, None, "default") == "default"
    assert cached().__conform__(ISold, default=7) == 7
    assert ISold(cached(IPlugin, IDear)) is THING


def test_a_plugin_is_loaded_when_it_can_be_adapted() -> None:
    registerAdapter(lambda thing: ("told", thing), ISold, ITold)

    assert cached(IPlugin, IDear).__conform__(ITold) == ("told", THING)
    assert cached(IPlugin).__conform__(ITold) is None


def test_a_plugin_that_cannot_be_loaded_is_logged_and_the_others_are_given(package: ModuleType) -> None:
    path = write(package, "shop.py", MODULE, 1000)
    getCache(package)
    os.utime(path.parent / "dropin.cache", (2000, 2000))
    forget(package, "shop")
    write(package, "shop.py", MODULE.replace("one =", "gone ="), 1000)

    with capturedLogs() as events:
        found = list(getPlugins(IPlugin, package))

    assert len(found) == 1
    (event,) = events
    assert event["plugin"].name == "one" and event["log_failure"].check(AttributeError)
