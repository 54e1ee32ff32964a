"""A dict in a folder."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.persisted import dirdbm


@pytest.fixture
def folder(tmp_path: Path) -> bytes:
    return os.fsencode(tmp_path / "db")


@pytest.fixture
def db(folder: bytes) -> dirdbm.DirDBM:
    return dirdbm.DirDBM(folder)


def test_it_is_a_dict(db: dirdbm.DirDBM) -> None:
    db[b"one"] = b"1"
    db[b"two"] = b"2"
    db[b"two"] = b"zwei"

    assert db[b"one"] == b"1"
    assert (b"one" in db, b"three" in db, db.has_key(b"one"), db.has_key(b"x")) == (True, False, True, False)
    assert len(db) == 2
    assert sorted(db.keys()) == sorted(db) == [b"one", b"two"]
    assert sorted(db.values()) == [b"1", b"zwei"]
    assert sorted(db.items()) == [(b"one", b"1"), (b"two", b"zwei")]
    assert (db.get(b"one"), db.get(b"three"), db.get(b"three", b"d")) == (b"1", None, b"d")
    assert (db.setdefault(b"one", b"x"), db.setdefault(b"three", b"3"), db[b"three"]) == (b"1", b"3", b"3")
    db.update({b"one": b"un", b"four": b"4"})
    assert (db[b"one"], len(db)) == (b"un", 4)
    del db[b"four"]
    assert len(db) == 3
    db.clear()
    assert (len(db), list(db.keys())) == (0, [])


def test_what_is_not_there_is_a_key_error(db: dirdbm.DirDBM) -> None:
    with pytest.raises(KeyError, match="nope"):
        db[b"nope"]
    with pytest.raises(KeyError, match="nope"):
        del db[b"nope"]
    with pytest.raises(KeyError, match="nope"):
        db.getModificationTime(b"nope")


def test_keys_and_values_are_bytes(db: dirdbm.DirDBM) -> None:
    text: Any = "text"

    for use in (db.__getitem__, db.__delitem__, db.__contains__, db.getModificationTime):
        with pytest.raises(TypeError, match="key must be bytes"):
            use(text)
    with pytest.raises(TypeError, match="key must be bytes"):
        db[text] = b""
    with pytest.raises(TypeError, match="value must be bytes"):
        db[b""] = text
    assert len(db) == 0


@given(st.lists(st.binary(max_size=150), unique=True, max_size=5))
def test_any_key_is_a_file_in_the_folder(tmp_path_factory: pytest.TempPathFactory, keys: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("any") / "db"
    db = dirdbm.DirDBM(os.fsencode(folder))

    for number, key in enumerate(keys):
        db[key] = b"%d" % number

    assert sorted(db.keys()) == sorted(keys)
    assert [db[key] for key in keys] == [b"%d" % number for number in range(len(keys))]
    assert len(list(folder.iterdir())) == len(keys)
    assert all(path.is_file() for path in folder.iterdir())


def test_files_have_the_names_that_they_always_had(db: dirdbm.DirDBM, folder: bytes) -> None:
    db[b"a"] = b""
    db[b"k/\x00\xff" + b"z" * 60] = b""

    assert sorted(os.listdir(folder)) == [
        b"YQ==_",
        b"ay8A-3p6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6_enp6enp6eg==_",
    ]


def test_no_key_reaches_out_of_the_folder(db: dirdbm.DirDBM, folder: bytes) -> None:
    for key in (b"../x", b"/etc/x", b".", b"..", b"", b"\x00"):
        db[key] = key

    assert os.listdir(os.path.dirname(folder)) == [b"db"]
    assert len(os.listdir(folder)) == 6
    assert dirdbm.DirDBM(folder)[b""] == b""


def test_files_that_are_none_of_ours_do_not_count_and_stay(db: dirdbm.DirDBM, folder: bytes) -> None:
    db[b"a"] = b"1"
    for stray in ("README.txt", "YQ==", "-", "a b"):
        Path(os.fsdecode(folder), stray).touch()

    assert list(db.keys()) == [b"a"]
    assert len(db) == 1
    db.clear()

    assert len(os.listdir(folder)) == 4


def test_a_value_is_set_whole_or_not_at_all(db: dirdbm.DirDBM, folder: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    db[b"a"] = b"old"

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        db[b"a"] = b"new"

    assert db[b"a"] == b"old"
    assert os.listdir(folder) == [b"YQ==_"]


def test_it_is_on_the_disk_before_it_takes_its_place(
    db: dirdbm.DirDBM, folder: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[bytes], bytes]] = []

    def sync(descriptor: int) -> None:
        seen.append((os.listdir(folder), Path(os.fsdecode(folder), "YQ==_.new").read_bytes()))

    monkeypatch.setattr(os, "fsync", sync)
    db[b"a"] = b"value"

    assert seen == [([b"YQ==_.new"], b"value")]


def test_what_was_being_written_is_dropped_and_what_was_complete_is_kept(db: dirdbm.DirDBM, folder: bytes) -> None:
    db[b"a"] = b"old"
    for name, content in (
        (b"YQ==_.new", b"part"),
        (b"Yg==_.new", b"part"),
        (b"YQ==_.rpl", b"stale"),
        (b"Yw==_.rpl", b"complete"),
    ):
        with builtins.open(os.path.join(folder, name), "wb") as file:
            file.write(content)

    again = dirdbm.DirDBM(folder)

    assert sorted(os.listdir(folder)) == [b"YQ==_", b"Yw==_"]
    assert (again[b"a"], again[b"c"], again.get(b"b")) == (b"old", b"complete", None)


def test_it_is_copied_to_another_folder_whose_content_goes(db: dirdbm.DirDBM, folder: bytes) -> None:
    db[b"a"] = b"1"
    db[b"b"] = b"2"
    other = dirdbm.DirDBM(folder + b"2")
    other[b"old"] = b"x"

    copy = db.copyTo(folder + b"2")

    assert type(copy) is dirdbm.DirDBM
    assert copy.dname == folder + b"2"
    assert sorted(copy.items()) == sorted(db.items()) == [(b"a", b"1"), (b"b", b"2")]
    with pytest.raises(AssertionError, match="onto itself"):
        db.copyTo(folder + b"/../db")
    assert len(db) == 2


def test_a_value_has_a_time(db: dirdbm.DirDBM, folder: bytes) -> None:
    db[b"a"] = b"1"
    os.utime(os.path.join(folder, b"YQ==_"), (5, 1234.5))

    assert db.getModificationTime(b"a") == 1234.5


def test_the_folder_may_be_named_by_text(tmp_path: Path) -> None:
    name: Any = str(tmp_path / "text")

    db = dirdbm.DirDBM(name)
    db[b"a"] = b"1"

    assert db.dname == name
    assert dirdbm.open(os.fsencode(name))[b"a"] == b"1"
    assert type(dirdbm.open(os.fsencode(name), "c", 0o600)) is dirdbm.DirDBM


def test_closing_changes_nothing(db: dirdbm.DirDBM) -> None:
    db[b"a"] = b"1"
    db.close()
    assert db[b"a"] == b"1"


def test_a_shelf_keeps_objects(folder: bytes) -> None:
    shelf = dirdbm.Shelf(folder)
    shelf[b"a"] = {"x": [1, None]}

    again = dirdbm.Shelf(folder)
    assert again[b"a"] == {"x": [1, None]}
    assert again.get(b"z", 3) == 3
    assert again.setdefault(b"n", ["new"]) == ["new"]
    assert sorted(again.values(), key=str) == [["new"], {"x": [1, None]}]
    assert sorted(key for key, _ in again.items()) == [b"a", b"n"]
    again.update({b"u": 7})
    assert again[b"u"] == 7
    copy = again.copyTo(folder + b"2")
    assert type(copy) is dirdbm.Shelf
    assert copy[b"a"] == {"x": [1, None]}
    with pytest.raises(KeyError):
        again[b"q"]
    with pytest.raises(TypeError, match="key must be bytes"):
        again["a"]  # type: ignore[index]
