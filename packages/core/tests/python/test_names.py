"""reflect: things by name, names by things, things within things."""

from __future__ import annotations

import json
import os
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from zope.interface import Interface

from twisted.python import reflect


class Outer:
    class Inner:
        def method(self) -> None: ...

    def method(self) -> None: ...


class IThing(Interface):
    """An interface."""


class Base:
    flags = [1]
    table = {"a": 1, "b": 1}

    def do_base(self) -> str:
        return "base"

    def do_both(self) -> str:
        return "base"


class Derived(Base):
    flags = [2]
    table = {"b": 2}

    def do_both(self) -> str:
        return "derived"

    def other(self) -> None: ...

    do_value = 5


def test_classes_and_interfaces_have_the_name_of_their_module_in_front() -> None:
    assert reflect.qual(dict) == "builtins.dict"
    assert reflect.qual(Outer.Inner) == f"{__name__}.Inner"
    assert reflect.qual(IThing) == f"{__name__}.IThing"


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (json, "json"),
        (dict, "builtins.dict"),
        (len, "len"),
        (json.dumps, "json.dumps"),
        (Outer.Inner, f"{__name__}.Outer.Inner"),
        (Outer.Inner.method, f"{__name__}.Outer.Inner.method"),
        (Outer().method, f"{__name__}.Outer.method"),
    ],
)
def test_names_lead_to_where_things_are(thing: Any, name: str) -> None:
    assert reflect.fullyQualifiedName(thing) == name
    assert reflect.fullFuncName(thing) == name


@pytest.mark.parametrize("name", ["json", "os.path.join", "json.decoder", "json.decoder.JSONDecoder.decode"])
def test_a_name_gives_the_thing(name: str) -> None:
    found = reflect.namedAny(name)

    assert (getattr(found, "__qualname__", None) or found.__name__).split(".")[-1] == name.split(".")[-1]


def test_modules_and_what_is_in_them_have_functions_of_their_own() -> None:
    assert reflect.namedModule("json.decoder") is json.decoder
    assert reflect.namedObject("json.dumps") is json.dumps
    assert reflect.namedClass is reflect.namedObject
    assert reflect.requireModule("json") is json
    assert reflect.requireModule("no_such_module", "default") == "default"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("", reflect.InvalidName, "Empty module name"),
        ("a..b", reflect.InvalidName, "'a..b'"),
        (".a", reflect.InvalidName, "identifiers"),
        ("no_such_module", reflect.ModuleNotFound, "No module named 'no_such_module'"),
        ("no_such_module.x", reflect.ModuleNotFound, "no_such_module"),
        ("json.nothing", AttributeError, "nothing"),
        ("json.decoder.nothing", AttributeError, "nothing"),
    ],
)
def test_a_name_that_leads_nowhere_says_where_it_ended(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        reflect.namedAny(name)


def test_a_module_that_breaks_while_it_is_imported_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "breaks_at_import.py").write_text("import another_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ModuleNotFoundError, match="another_that_is_not_there"):
        reflect.namedAny("breaks_at_import.x")


@pytest.mark.parametrize("cast", [os.fsdecode, os.fsencode])
def test_a_file_is_a_module_of_the_packages_it_lies_in(tmp_path: Path, cast: Any) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").touch()

    assert reflect.filenameToModuleName(cast(package / "mod.py")) == "pack.mod"
    assert reflect.filenameToModuleName(cast(package / "__init__.py")) == "pack.__init__"
    assert reflect.filenameToModuleName(cast(package)) == "pack"
    assert reflect.filenameToModuleName(cast(tmp_path / "mod.py")) == "mod"


def test_no_file_is_no_module() -> None:
    assert reflect.filenameToModuleName("") == ""


def test_texts_are_there_even_for_what_has_none() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ValueError("no repr")

        def __str__(self) -> str:
            raise ValueError("no str")

    assert reflect.safe_repr([1]) == "[1]" and reflect.safe_str(5) == "5"
    assert reflect.safe_str(b"abc") == "abc" and reflect.safe_str(b"\xff") == "b'\\xff'"
    told = reflect.safe_repr(Broken())
    assert told.startswith("<Broken instance at 0x") and "with repr error" in told and "no repr" in told
    assert "with str error" in reflect.safe_str(Broken()) and "no str" in reflect.safe_str(Broken())


def test_methods_are_found_by_what_their_names_begin_with() -> None:
    assert sorted(reflect.prefixedMethodNames(Derived, "do_")) == ["base", "both"]
    assert {method() for method in reflect.prefixedMethods(Derived(), "do_")} == {"base", "derived"}
    found: dict[str, Any] = {}
    reflect.accumulateMethods(Derived(), found, "do_")
    assert set(found) == {"base", "both"} and found["both"]() == "derived"
    names: dict[str, int] = {}
    reflect.addMethodNamesToDict(Derived, names, "do_", Base)
    assert names == {"both": 1}


def test_what_bases_have_comes_before_what_classes_have() -> None:
    table: dict[str, int] = {}
    reflect.accumulateClassDict(Derived, "table", table)
    assert table == {"a": 1, "b": 2}
    flags: list[int] = []
    reflect.accumulateClassList(Derived, "flags", flags)
    assert flags == [1, 2]
    own: list[int] = []
    reflect.accumulateClassList(Derived, "flags", own, object)
    assert own == [1], "Derived is no direct child of object"


def test_things_are_found_within_things() -> None:
    goal = object()
    outer = Outer()
    outer.held = goal  # type: ignore[attr-defined]

    assert reflect.objgrep([1, [goal]], goal, reflect.isSame) == ["[1][0]"]
    assert reflect.objgrep({"a": (goal,)}, goal, reflect.isSame) == ["['a'][0]"]
    assert reflect.objgrep(deque([goal]), goal, reflect.isSame, path="d") == ["d[0]"]
    assert reflect.objgrep(outer, goal, reflect.isSame) == [".held"]
    assert reflect.objgrep([[goal]], goal, reflect.isSame, maxDepth=1) == []
    assert reflect.objgrep([[goal]], goal, reflect.isSame, maxDepth=2) == ["[0][0]"]
    assert reflect.findInstances([1, "a", [2.5]], float) == ["[2][0]"]
    assert reflect.isOfType(True, bool) and not reflect.isOfType(True, int)
    assert reflect.isLike([1], [1]) and not reflect.isSame([1], [1])


def test_looking_ends_where_things_hold_themselves() -> None:
    endless: list[Any] = [7]
    endless.append(endless)

    assert reflect.objgrep(endless, 7, reflect.isLike) == ["[0]"]


def test_what_refuses_to_be_compared_is_passed_in_a_search() -> None:
    class Proud:
        def __eq__(self, other: object) -> bool:
            raise TypeError("with me?")

    assert reflect.objgrep([Proud(), 7], 7) == ["[1]"]


def test_a_queued_method_notes_its_calls() -> None:
    calls: list[Any] = []

    reflect.QueueMethod("f", calls)(1, 2)

    assert calls == [("f", (1, 2))]
