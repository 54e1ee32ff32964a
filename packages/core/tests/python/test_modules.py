"""Modules as files: found by name, gone through, read without importing them."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from twisted.python import modules
from twisted.python.components import registerAdapter
from twisted.python.filepath import FilePath


@pytest.fixture
def somewhere(tmp_path: Path) -> Path:
    (tmp_path / "single.py").write_text("import os\none = two = 1\nthree: int = 3\ndef four(): ...\nclass Five: ...\n")
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "inner.py").write_text("x = 1\n")
    (tmp_path / "pack" / "deep").mkdir()
    (tmp_path / "pack" / "deep" / "__init__.py").write_text("")
    (tmp_path / "no-name.py").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("")
    return tmp_path


def path_of(*entries: object) -> modules.PythonPath:
    return modules.PythonPath([str(entry) for entry in entries], moduleDict={})


def test_a_module_that_is_loaded_knows_itself() -> None:
    found = modules.getModule("json")

    assert found.name == "json" and repr(found) == "PythonModule<'json'>"
    assert found.isPackage() and found.isLoaded() and found.load() is json
    assert Path(found.filePath.path) == Path(json.__file__)
    assert found.parentPath == found.filePath.parent()
    assert found == modules.getModule("json") and found != modules.getModule("json.decoder")
    assert found["decoder"].name == "json.decoder" and not found["decoder"].isPackage()
    with pytest.raises(TypeError):
        hash(found)


def test_names_that_nobody_has_are_key_errors(somewhere: Path) -> None:
    path = path_of(somewhere)

    for name in ("nothing", "pack.nothing", "single.nothing", "no-name", "empty"):
        with pytest.raises(KeyError) as caught:
            path[name]
        assert caught.value.args == (name,)
        assert name not in path
    assert "pack.inner" in path and 5 not in path


def test_modules_are_gone_through_in_order_without_importing_them(somewhere: Path) -> None:
    path = path_of(somewhere)

    assert [module.name for module in path.iterModules()] == ["pack", "single"]
    assert [module.name for module in path.walkModules()] == ["pack", "pack.deep", "pack.inner", "single"]
    assert "pack" not in sys.modules and not path["pack"].isLoaded()
    assert list(path["single"].iterModules()) == []


def test_the_first_entry_with_a_name_counts(somewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "single.py").write_text("")
    path = path_of(other, somewhere, other / "not there")

    assert [module.name for module in path.iterModules()] == ["single", "pack"]
    assert Path(path["single"].filePath.path).parent == other
    assert next(repr(entry) for entry in path.iterEntries()) == f"PathEntry<FilePath({str(other)!r})>"


def test_what_a_module_defines_is_read_from_its_source(somewhere: Path) -> None:
    found = list(path_of(somewhere)["single"].iterAttributes())

    assert [one.name for one in found] == [f"single.{name}" for name in ("Five", "four", "one", "three", "two")]
    assert not any(one.isLoaded() for one in found)
    assert repr(found[0]) == "PythonAttribute<'single.Five'>"


def test_what_a_loaded_module_defines_is_at_hand() -> None:
    found = {one.name: one for one in modules.getModule("json").iterAttributes()}

    dumps = found["json.dumps"]
    assert dumps.isLoaded() and dumps.load() is json.dumps and dumps.onObject == modules.getModule("json")
    assert "json.dumps.__name__" in {one.name for one in dumps.iterAttributes()}
    assert found["json.JSONDecoder"].load() is json.JSONDecoder


def test_all_that_a_loaded_module_has_is_at_hand_in_the_order_of_dir(
    somewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = modules.PythonPath([str(somewhere)])
    monkeypatch.syspath_prepend(somewhere)
    (somewhere / "imports.py").write_text("from json import dumps\nimport os\nplain = 1\n")
    whole = path["imports"].load()
    try:
        found = list(path["imports"].iterAttributes())
        assert [one.name for one in found] == [f"imports.{name}" for name in dir(whole)]
        assert {one.name: one.load() for one in found}["imports.dumps"] is json.dumps
        assert all(one.isLoaded() for one in found)
    finally:
        del sys.modules["imports"]


def test_a_module_that_cannot_be_loaded_has_a_substitute(somewhere: Path) -> None:
    (somewhere / "single.py").write_text("1 / 0\n")
    single = path_of(somewhere)["single"]

    assert single.load("instead") == "instead"
    with pytest.raises(Exception, match="single"):
        single.load()


def test_modules_in_zip_files_are_found(somewhere: Path) -> None:
    archive = somewhere / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped.py", "y = 1\n")
        file.writestr("zpack/__init__.py", "")
        file.writestr("zpack/more.py", "")
    path = path_of(archive)

    assert [module.name for module in path.walkModules()] == ["zipped", "zpack", "zpack.more"]
    assert [one.name for one in path["zipped"].iterAttributes()] == ["zipped.y"]


def test_the_systems_path_is_looked_at_as_it_is_when_asked(somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "single" not in modules.theSystemPath
    monkeypatch.syspath_prepend(str(somewhere))

    assert "single" in modules.theSystemPath
    assert next(modules.iterModules()).name == "pack" and next(modules.walkModules()).name == "pack"


def test_a_path_is_not_a_sequence(somewhere: Path) -> None:
    with pytest.raises(NotImplementedError, match="iterModules"):
        iter(path_of(somewhere)["pack"])


def test_what_is_a_module_is_told_by_its_name_and_ending(tmp_path: Path) -> None:
    from importlib.machinery import EXTENSION_SUFFIXES

    for name in ("a.py", f"b{EXTENSION_SUFFIXES[0]}", "not one.py", "c.txt", "__init__.py", "d.py.bak"):
        (tmp_path / name).write_text("")
    for folder in ("package", "folder", "no-package", "1st"):
        (tmp_path / folder).mkdir()
        if folder != "folder":
            (tmp_path / folder / "__init__.py").write_text("")
    (tmp_path / "package" / "inner.py").write_text("")
    path = modules.PythonPath([str(tmp_path), str(tmp_path / "missing"), str(tmp_path / "a.py")])

    assert [module.name for module in path.iterModules()] == ["a", "b", "package"]
    assert [module.name for module in path.walkModules()] == ["a", "b", "package", "package.inner"]
    assert [module.isPackage() for module in path.iterModules()] == [False, False, True]
    assert list(path["a"].iterModules()) == [] and list(path["b"].iterAttributes()) == []
    assert repr(next(iter(path.iterEntries()))) == f"PathEntry<FilePath({str(tmp_path)!r})>"
    assert "package.inner" in path and "package.outer" not in path and "a.b" not in path and 3 not in path
    with pytest.raises(KeyError, match=r"^'package\.outer'$"):
        path["package.outer"]


def test_importers_are_asked_of_the_hooks_unless_they_are_known(tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse(entry: str) -> Any:
        asked.append(entry)
        raise ImportError

    class Mapping:
        def __init__(self, folder: Path) -> None:
            self.folder = folder

    def accept(entry: str) -> Any:
        asked.append(f"second {entry}")
        return Mapping(tmp_path)

    class Mapper:
        def __init__(self, importer: Any) -> None:
            self.importer = importer

        def mapPath(self, entry: str) -> Any:
            return FilePath(str(self.importer.folder))

    registerAdapter(Mapper, Mapping, modules.IPathImportMapper)
    (tmp_path / "here.py").write_text("")
    hooks: Any = [refuse, accept]
    unknown = modules.PythonPath(["nowhere"], sysPathHooks=hooks, importerCache={})
    assert [module.name for module in unknown.iterModules()] == ["here"]
    assert asked == ["nowhere", "second nowhere"]

    known = modules.PythonPath(["nowhere"], sysPathHooks=hooks, importerCache={"nowhere": Mapping(tmp_path)})
    assert "here" in known and len(asked) == 2
    nobody = modules.PythonPath([str(tmp_path)], sysPathHooks=hooks[:1], importerCache={})
    assert "here" in nobody and asked[2:] == [str(tmp_path)]


def test_packages_are_imported_on_the_way_if_asked(tmp_path: Path) -> None:
    loaded: list[str] = []

    def load(name: str) -> Any:
        loaded.append(name)
        return None

    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "inner.py").write_text("")
    path = modules.PythonPath([str(tmp_path)], moduleDict={}, moduleLoader=load)

    assert [module.name for module in path.walkModules()] == ["package", "package.inner"] and loaded == []
    assert [module.name for module in path.walkModules(importPackages=True)] == ["package", "package.inner"]
    assert loaded == ["package"]
