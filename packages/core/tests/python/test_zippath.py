"""What is in zip archives, as paths and as streams."""

import errno
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.python import zipstream
from twisted.python.filepath import IFilePath, InsecurePath, UnlistableError
from twisted.python.zippath import ZIP_PATH_SEP, ZipArchive, ZipPath
from twisted.python.zipstream import ChunkingZipFile

WHEN = (2020, 1, 2, 3, 4, 6)
TEXT = b"hello\nworld\nlast"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, packing in (
            ("plain", b"x" * 10, zipfile.ZIP_STORED),
            ("bar/baz", TEXT, zipfile.ZIP_DEFLATED),
            ("bar/sub/deep", b"", zipfile.ZIP_DEFLATED),
            ("empty/", b"", zipfile.ZIP_STORED),
        ):
            archive.writestr(zipfile.ZipInfo(name, WHEN), content, compress_type=packing)
    return path


@pytest.fixture
def archive(place: Path) -> ZipArchive[str]:
    return ZipArchive(str(place))


def test_an_archive_is_a_folder(archive: ZipArchive[str], place: Path) -> None:
    assert archive.isdir() and archive.exists() and not archive.isfile() and not archive.islink()
    assert archive.listdir() == ["plain", "bar", "empty"]
    assert archive.path == archive.dirname() == str(place) and archive.basename() == archive.pathInArchive == ""
    assert archive.parent() is archive.archive is archive and list(archive.parents()) == []
    assert archive.getModificationTime() == place.stat().st_mtime
    assert archive.getAccessTime() == place.stat().st_atime
    assert archive.getStatusChangeTime() == place.stat().st_ctime
    assert repr(archive) == f"ZipArchive({str(place)!r})"
    assert verifyObject(IFilePath, archive) and verifyObject(IFilePath, archive.child("x"))
    place.unlink()
    assert not archive.exists()


def test_paths_in_an_archive(archive: ZipArchive[str], place: Path) -> None:
    baz = archive.child("bar").child("baz")

    assert baz.path == f"{place}/bar/baz" and baz.pathInArchive == "bar/baz" and baz.archive is archive
    assert repr(baz) == f"ZipPath({baz.path!r})" and baz.sep == ZIP_PATH_SEP == "/"
    assert baz.basename() == "baz" and baz.dirname() == f"{place}/bar" and baz.splitext() == (baz.path, "")
    assert baz.parent() == archive.child("bar") and list(baz.parents()) == [archive.child("bar"), archive]
    assert type(archive.child("bar").parent()) is ZipArchive and archive.child("bar").dirname() == str(place)
    assert baz.sibling("q").path == f"{place}/bar/q" and archive.child("bar").sibling("q").pathInArchive == "q"
    assert archive.descendant(["bar", "baz"]) == baz and baz.segmentsFrom(archive) == ["bar", "baz"]
    assert baz.changed() is None  # type: ignore[func-returns-value]


def test_what_is_there(archive: ZipArchive[str]) -> None:
    kinds = {
        name: (path.exists(), path.isdir(), path.isfile(), path.islink())
        for name in ("plain", "bar", "bar/baz", "empty", "nope", "bar/nope", "plain/x", "..")
        for path in [archive.child(name)]
    }

    file, folder, nothing = (True, False, True, False), (True, True, False, False), (False,) * 4
    assert kinds == {
        "plain": file,
        "bar": folder,
        "bar/baz": file,
        "empty": folder,
        "nope": nothing,
        "bar/nope": nothing,
        "plain/x": nothing,
        "..": nothing,
    }
    assert [path.pathInArchive for path in archive.walk()] == [
        "",
        "plain",
        "bar",
        "bar/baz",
        "bar/sub",
        "bar/sub/deep",
        "empty",
    ]


def test_only_folders_are_listed(archive: ZipArchive[str]) -> None:
    assert archive.child("bar").listdir() == ["baz", "sub"] and archive.child("empty").listdir() == []
    for name, number in (("plain", errno.ENOTDIR), ("nope", errno.ENOENT)):
        for ask in (archive.child(name).listdir, archive.child(name).children):
            with pytest.raises(UnlistableError) as caught:
                ask()
            assert caught.value.errno == number


def test_files_are_read(archive: ZipArchive[str]) -> None:
    baz = archive.child("bar/baz")

    assert baz.getContent() == TEXT and baz.open().read(5) == b"hello" and baz.getsize() == 16
    when = time.mktime((*WHEN, 0, 0, -1))
    assert baz.getModificationTime() == baz.getStatusChangeTime() == when and baz.getmtime() == int(when)
    assert baz.getAccessTime() == archive.getAccessTime()
    for ask in (archive.child("nope").getsize, archive.child("nope").open, archive.child("bar").getModificationTime):
        with pytest.raises(KeyError):
            ask()


def test_bytes_and_text_mix(place: Path, archive: ZipArchive[str]) -> None:
    raw = ZipArchive(bytes(place))

    assert raw.listdir() == [b"plain", b"bar", b"empty"] and raw.child("bar").listdir() == ["baz", "sub"]
    assert archive.child(b"bar").child("baz").getContent() == TEXT
    assert archive.child(b"bar").path == bytes(place) + b"/bar" and archive.child(b"bar").sep == b"/"
    assert raw.child("bar").parent().path == str(place)


def test_paths_compare(archive: ZipArchive[str], place: Path) -> None:
    a, b = archive.child("bar"), archive.child("plain")

    assert a == ZipArchive(str(place)).child("bar") and a != b and hash(a) == hash(archive.child("bar"))
    assert a < b and a <= b and b > a and b >= a and not a > b and not b <= a and not b < a and not a >= b
    assert a <= a and a >= a
    assert (a.__cmp__(b), a.__cmp__(a), b.__cmp__(a)) == (-1, 0, 1)
    assert a != 3 and a.__cmp__(3) is NotImplemented
    for name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
        assert getattr(a, name)(3) is NotImplemented
    assert isinstance(a, ZipPath)


def test_entries_are_streams(place: Path) -> None:
    with ChunkingZipFile(str(place)) as archive:
        packed, plain = archive.readfile("bar/baz"), archive.readfile("plain")

        assert packed.read(3) == b"hel" and plain.read(4) == b"xxxx" and packed.tell() == 3 and plain.tell() == 4
        assert packed.readline() == b"lo\n" and plain.read(0) == b"" and plain.read() == b"x" * 6
        assert packed.next() == b"world\n" and packed.read() == b"last" and packed.read() == b""
        assert packed.finished == plain.finished == 1 and packed.tell() == 16 and plain.readBytes == plain.length == 10
        assert list(archive.readfile("bar/baz").xreadlines()) == [b"hello\n", b"world\n", b"last"]
        assert archive.readfile("bar/baz").readlines() == [b"hello\n", b"world\n", b"last"]
        assert not packed.isatty() and not packed.closed
        with archive.readfile("bar/baz") as closing:
            assert closing.read(1) == b"h"
        assert closing.closed and closing.read() == b""
        with pytest.raises(StopIteration):
            next(archive.readfile("bar/sub/deep"))


@given(st.binary(max_size=3000), st.lists(st.integers(min_value=1, max_value=700), min_size=1, max_size=5))
def test_where_reading_stops_does_not_matter(content: bytes, steps: list[int]) -> None:
    import io

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as making:
        making.writestr("packed", content, compress_type=zipfile.ZIP_DEFLATED)
        making.writestr("plain", content, compress_type=zipfile.ZIP_STORED)

    with ChunkingZipFile(file) as archive:
        for name in ("packed", "plain"):
            entry, pieces = archive.readfile(name), list[bytes]()
            for step in steps:
                pieces.append(entry.read(step))
                assert len(pieces[-1]) == min(step, len(content) - sum(map(len, pieces[:-1])))
            assert b"".join(pieces) + entry.read(-1) == content and entry.tell() == len(content)


def test_no_more_is_unpacked_than_was_asked_for(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "huge.zip", "w") as making:
        making.writestr("huge", b"line\n" * 200_000, compress_type=zipfile.ZIP_DEFLATED)

    with ChunkingZipFile(str(tmp_path / "huge.zip")) as archive:
        entry: Any = archive.readfile("huge")
        for size in (0, 1, 10, 4):
            assert len(entry.read(size)) == size and entry.buffer == b""
        assert entry.readline() == b"line\n"
        assert entry.tell() == 20
        assert len(entry.read()) == 1_000_000 - 20


def test_broken_archives_are_refused(tmp_path: Path, place: Path) -> None:
    def opened(data: bytes, name: str) -> Any:
        (tmp_path / "broken.zip").write_bytes(data)
        return ChunkingZipFile(str(tmp_path / "broken.zip")).readfile(name)

    data = place.read_bytes()
    with pytest.raises(zipfile.BadZipFile, match="magic"):
        opened(data.replace(b"PK\x03\x04", b"PK\x03\x05", 1), "plain")
    with pytest.raises(zipfile.BadZipFile, match="differ"):
        opened(data.replace(b"plain", b"other", 1), "plain")
    with pytest.raises(KeyError):
        opened(data, "nope")
    with zipfile.ZipFile(tmp_path / "bz.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x", b"y")
    with pytest.raises(zipfile.BadZipFile, match="Unsupported compression method 12 for file x"):
        ChunkingZipFile(str(tmp_path / "bz.zip")).readfile("x")


def test_entries_are_read_from_open_archives(tmp_path: Path, place: Path) -> None:
    archive = ChunkingZipFile(str(place))
    archive.close()
    with pytest.raises(RuntimeError, match="closed"):
        archive.readfile("plain")
    with ChunkingZipFile(str(tmp_path / "new.zip"), "w") as new, pytest.raises(RuntimeError, match="mode"):
        new.readfile("plain")


@pytest.mark.parametrize(("size", "chunks"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_chunks_are_counted(size: int, chunks: int) -> None:
    info = zipfile.ZipInfo("x")
    info.file_size = size

    assert zipstream.countFileChunks(info, 10) == chunks


def test_unpacking_counts_down(place: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"

    assert zipstream.countZipFileChunks(str(place), 5) == 2 + 4 + 1 + 1
    assert list(zipstream.unzipIterChunky(str(place), str(target), chunksize=5)) == [7, 6, 5, 4, 3, 2, 1, 0]
    assert (target / "bar/baz").read_bytes() == TEXT and (target / "plain").read_bytes() == b"x" * 10
    assert (target / "empty").is_dir() and (target / "bar/sub/deep").read_bytes() == b""

    (target / "plain").write_bytes(b"mine")
    assert list(zipstream.unzipIterChunky(str(place), str(target), chunksize=5)) == [6, 2, 1, 0]
    assert (target / "plain").read_bytes() == b"mine"
    assert list(zipstream.unzipIterChunky(str(place), str(target), overwrite=1)) == [3, 2, 1, 0]
    assert (target / "plain").read_bytes() == b"x" * 10
    assert zipstream.DIR_BIT == 16


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil"])
def test_nothing_is_unpacked_outside(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("good", b"x")
        archive.writestr(name, b"x")

    with pytest.raises(InsecurePath):
        list(zipstream.unzipIterChunky(str(tmp_path / "evil.zip"), str(tmp_path / "target")))
    assert not (tmp_path / "evil").exists() and not (tmp_path / "target").exists()
