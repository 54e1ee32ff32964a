"""Objects in files, as pickles and as source."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from twisted.persisted import sob


@implementer(sob.IPersistable)
class Settings:
    """Something that can be saved."""

    style: str = ""

    def __init__(self, value: object) -> None:
        self.value = value

    def setStyle(self, style: str) -> None:
        self.style = style

    def save(self, tag: str | None = None, filename: str | None = None, passphrase: str | None = None) -> None:
        """Nobody does here."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("style", "ending"), [("pickle", "tap"), ("source", "tas")])
def test_an_object_is_saved_and_loaded(style: str, ending: str, here: Path) -> None:
    persistent = sob.Persistent(Settings([1, "x"]), "shop")

    persistent.setStyle(style)
    persistent.save()
    persistent.save(tag="old")
    persistent.save(tag="ignored", filename="named")

    assert sorted(os.listdir(here)) == ["named", f"shop-old.{ending}", f"shop.{ending}"]
    for name in os.listdir(here):
        again = sob.load(name, style)
        assert type(again) is Settings
        assert again.value == [1, "x"]
        assert again.style == style


def test_source_can_be_read_by_people(here: Path) -> None:
    persistent = sob.Persistent({"a": 1}, "shop")
    persistent.setStyle("source")

    persistent.save()

    assert (here / "shop.tas").read_text() == "app={\n  'a':1,\n  }"
    assert sob.load("shop.tas", "source") == {"a": 1}


def test_a_pickle_is_the_default(here: Path) -> None:
    persistent = sob.Persistent([3], "shop")

    persistent.save()

    assert persistent.style == sob.Persistent.style == "pickle"
    assert pickle.loads((here / "shop.tap").read_bytes()) == [3]
    assert sob.load("shop.tap", "pickle") == [3]
    assert (persistent.original, persistent.name) == ([3], "shop")


@pytest.mark.parametrize("style", ["pickle", "source"])
def test_a_save_that_fails_leaves_the_file_as_it_was(style: str, here: Path) -> None:
    (here / "file").write_text("before")
    persistent = sob.Persistent(lambda: 0, "shop")
    persistent.setStyle(style)

    with pytest.raises((TypeError, pickle.PicklingError, AttributeError)):
        persistent.save(filename="file")

    assert os.listdir(here) == ["file"]
    assert (here / "file").read_text() == "before"


@pytest.mark.parametrize("style", ["xml", "aot", ""])
def test_styles_that_nobody_knows_are_refused(style: str) -> None:
    persistent = sob.Persistent(1, "x")

    with pytest.raises(ValueError, match=f"not by {style!r}"):
        persistent.setStyle(style)
    with pytest.raises(ValueError, match=f"not by {style!r}"):
        sob.load("x", style)
    assert persistent.style == "pickle"


def test_files_are_not_encrypted(here: Path) -> None:
    with pytest.raises(TypeError, match="passphrase must be None"):
        sob.Persistent(1, "x").save(passphrase="secret")

    assert os.listdir(here) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.tac", "python"),
        ("a.etac", "python"),
        ("a.py", "python"),
        ("a.tap", "pickle"),
        ("a.etap", "pickle"),
        ("a.tas", "source"),
        ("b/a.etas", "source"),
    ],
)
def test_a_kind_is_told_by_the_ending(name: str, kind: str) -> None:
    assert sob.guessType(name) == kind


def test_other_endings_are_a_key_error() -> None:
    with pytest.raises(KeyError):
        sob.guessType("a.xml")


def test_a_variable_is_taken_from_a_file_of_python(here: Path) -> None:
    (here / "shop.tac").write_text("value = [__file__, 1]\nname = __name__\n")

    assert sob.loadValueFromFile("shop.tac", "value") == ["shop.tac", 1]
    assert sob.loadValueFromFile("shop.tac", "name") == "builtins"
    with pytest.raises(KeyError, match="nothing"):
        sob.loadValueFromFile("shop.tac", "nothing")


def test_the_old_spelling_stays() -> None:
    spelled: Any = sob.Persistant

    assert spelled is sob.Persistent
    assert sob.IPersistable.implementedBy(sob.Persistent)
