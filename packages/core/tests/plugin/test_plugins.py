"""Finding plugins, with and without a cache."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from twisted.logger import capturedLogs
from twisted.plugin import IPlugin, getCache, getPlugins, pluginPackagePaths

MODULE = """
from zope.interface import implementer
from twisted.plugin import IPlugin
@implementer(IPlugin)
class Kind:
    "What it does."
plugin = Kind()
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "someplugins"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("someplugins")
    for name in [name for name in sys.modules if name.partition(".")[0] == "someplugins"]:
        del sys.modules[name]


def folder_of(package: ModuleType) -> Path:
    return Path(package.__path__[0])


def test_plugins_are_found_and_remembered(package: ModuleType) -> None:
    (folder_of(package) / "first.py").write_text(MODULE)

    found = list(getPlugins(IPlugin, package))

    assert [type(plugin).__name__ for plugin in found] == ["Kind"]
    assert (folder_of(package) / "dropin.cache").exists()
    [cached] = getCache(package)["first"].plugins
    assert (cached.name, cached.description, cached.load()) == ("plugin", "What it does.", found[0])


def test_a_module_that_cannot_be_imported_is_logged_and_the_others_are_listed(package: ModuleType) -> None:
    (folder_of(package) / "broken.py").write_text("1/0")
    (folder_of(package) / "first.py").write_text(MODULE)

    with capturedLogs() as events:
        found = list(getPlugins(IPlugin, package))

    assert len(found) == 1
    assert [event["log_failure"].type for event in events if "log_failure" in event] == [ZeroDivisionError]


def test_a_module_that_is_gone_is_forgotten(package: ModuleType) -> None:
    module = folder_of(package) / "first.py"
    module.write_text(MODULE)
    assert list(getCache(package)) == ["first"]

    module.unlink()

    assert getCache(package) == {}


def test_a_broken_cache_is_made_anew(package: ModuleType) -> None:
    (folder_of(package) / "first.py").write_text(MODULE)
    (folder_of(package) / "dropin.cache").write_bytes(b"garbage")

    with capturedLogs() as events:
        found = list(getPlugins(IPlugin, package))

    assert len(found) == 1 and len(events) == 1


def test_further_folders_are_those_that_are_no_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, is_package in [("one", False), ("two", True)]:
        folder = tmp_path / name / "some" / "plugins"
        folder.mkdir(parents=True)
        if is_package:
            (folder / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "none")])

    assert pluginPackagePaths("some.plugins") == [os.path.join(str(tmp_path), "one", "some", "plugins")]
