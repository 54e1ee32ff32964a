"""Paths as objects."""

import errno
import os
import pickle
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.python import filepath
from twisted.python.filepath import (
    RWX,
    AbstractFilePath,
    FilePath,
    IFilePath,
    InsecurePath,
    LinkError,
    Permissions,
    UnlistableError,
)


@pytest.fixture
def root(tmp_path: Path) -> FilePath[str]:
    return FilePath(os.path.realpath(tmp_path))


def names(paths: Any) -> list[Any]:
    return sorted(path.basename() for path in paths)


def test_paths_are_absolute_and_keep_their_type(root: FilePath[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.path)

    assert FilePath("x").path == os.path.join(root.path, "x")
    assert FilePath(b"x").path == os.fsencode(os.path.join(root.path, "x"))
    assert repr(FilePath("/a")) == "FilePath('/a')" and repr(FilePath(b"/a")) == "FilePath(b'/a')"
    assert root.isabs() and root.sep == os.sep and root.asBytesMode().sep == os.sep.encode()
    assert verifyObject(IFilePath, root)


def test_a_child_is_one_segment_below(root: FilePath[str]) -> None:
    assert root.child("a").path == root.path + "/a"
    assert root.child(b"\xff").path == os.fsencode(root.path) + b"/\xff"
    assert root.child("..a").basename() == "..a"
    assert root.child("").path == root.child(".").path == root.path
    assert root.child("a/").path == root.path + "/a"
    assert FilePath("/").child("etc").path == "/etc"


@pytest.mark.parametrize("name", ["..", "a/b", "/etc", "../x", "a/../../b", b"..", b"a/b"])
def test_a_child_never_leads_elsewhere(root: FilePath[str], name: Any) -> None:
    with pytest.raises(InsecurePath):
        root.child(name)


@given(st.text(alphabet="ab./\\~\0", max_size=12))
def test_whatever_a_stranger_sends_stays_below(name: str) -> None:
    here = FilePath("/srv/files")
    for way in (here.child, here.preauthChild):
        try:
            path = way(name).path
        except InsecurePath:
            continue
        assert path == here.path or path.startswith(here.path + "/")


def test_a_preauthorized_child_may_be_deeper(root: FilePath[str]) -> None:
    assert root.preauthChild("a/b").path == root.path + "/a/b"
    assert root.preauthChild("a/../b").path == root.path + "/b"
    assert FilePath("/").preauthChild("a/b").path == "/a/b"
    for name in ("..", "../x", "/etc", "../" + root.basename() + "x"):
        with pytest.raises(InsecurePath, match="is not a child of"):
            root.preauthChild(name)


def test_ways_around() -> None:
    here = FilePath("/a/b/c.tar.gz")

    assert [path.path for path in here.parents()] == ["/a/b", "/a", "/"]
    assert list(FilePath("/").parents()) == [] and FilePath("/").parent() == FilePath("/")
    assert here.parent().path == here.dirname() == "/a/b" and here.basename() == "c.tar.gz"
    assert here.sibling("d").path == "/a/b/d" and here.sibling(b"d").path == b"/a/b/d"
    assert here.splitext() == ("/a/b/c.tar", ".gz")
    assert here.siblingExtension(".sig").path == "/a/b/c.tar.gz.sig"
    assert FilePath("/a").descendant(["b", "c"]).path == "/a/b/c"
    assert here.segmentsFrom(FilePath("/a")) == ["b", "c.tar.gz"]


@pytest.mark.parametrize("ancestor", ["/a/b", "/a/bc/d", "/c", "/a/b/"])
def test_segments_come_from_ancestors_only(ancestor: str) -> None:
    with pytest.raises(ValueError, match="not parent of"):
        FilePath("/a/b").segmentsFrom(FilePath(ancestor))


def test_subclasses_choose_what_comes_out() -> None:
    class Mine(FilePath[Any]):
        def clonePath(self, path: Any, alwaysCreate: bool = False) -> "Mine":
            return Mine(path, alwaysCreate)

    here = Mine("/a/b")
    for path in (here.child("c"), here.parent(), here.sibling("d"), here.asBytesMode(), here.temporarySibling()):
        assert type(path) is Mine


def test_text_and_bytes_change_into_each_other() -> None:
    text = FilePath("/\xe9")
    raw = FilePath(b"/\xc3\xa9")

    assert text.asBytesMode("utf-8") == raw and raw.asTextMode("utf-8") == text
    assert text.asTextMode() is text and raw.asBytesMode() is raw
    assert text.asBytesMode("latin-1").path == b"/\xe9"
    assert FilePath(b"/\xff").asTextMode().asBytesMode().path == b"/\xff"


def test_what_is_missing_is_nothing(root: FilePath[str]) -> None:
    gone = root.child("gone")

    assert not any([gone.exists(), gone.isdir(), gone.isfile(), gone.islink(), gone.isSocket(), gone.isBlockDevice()])
    gone.restat(False)
    questions: list[Any] = [gone.restat, gone.getsize, gone.getmtime, gone.getPermissions, gone.remove, gone.getContent]
    for ask in questions:
        with pytest.raises(FileNotFoundError):
            ask()


def test_facts_are_those_of_the_system(root: FilePath[str]) -> None:
    file = root.child("file")
    file.setContent(b"hello")
    os.utime(file.path, (1000.5, 2000.75))
    facts = os.stat(file.path)

    assert (file.getAccessTime(), file.getModificationTime()) == (1000.5, 2000.75)
    assert (file.getatime(), file.getmtime(), file.getctime()) == (1000, 2000, int(facts.st_ctime))
    assert file.getStatusChangeTime() == facts.st_ctime
    assert (file.getInodeNumber(), file.getDevice(), file.getNumberOfHardLinks()) == (facts.st_ino, facts.st_dev, 1)
    assert (file.getUserID(), file.getGroupID(), file.getsize()) == (facts.st_uid, facts.st_gid, 5)
    assert file.exists() and file.isfile() and not file.isdir()
    assert root.isdir() and not root.isfile()


def test_facts_are_remembered_until_told_otherwise(root: FilePath[str]) -> None:
    file = root.child("file")
    file.touch()
    assert file.exists() and file.getsize() == 0

    Path(file.path).write_bytes(b"12345")
    assert file.getsize() == 0
    file.restat()
    assert file.getsize() == 5

    os.remove(file.path)
    assert file.exists()
    file.changed()
    assert not file.exists()


def test_sockets_are_known(root: FilePath[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")
        assert root.child("s").isSocket() and not root.child("s").isfile()


def test_permissions_read_as_ls_shows_them(root: FilePath[str]) -> None:
    file = root.child("file")
    file.touch()
    file.restat()
    file.chmod(0o751)

    permissions = file.getPermissions()

    assert permissions.shorthand() == "rwxr-x--x" and permissions == Permissions(0o751)
    assert permissions != Permissions(0o750)
    assert (permissions.user.write, permissions.group.write, permissions.other.read) == (True, False, False)
    assert repr(permissions.group) == "RWX(read=True, write=False, execute=True)"
    assert str(Permissions(0)) == "[{0} | {0} | {0}]".format(RWX(False, False, False))
    assert RWX(True, False, True) == permissions.group and RWX(False, False, True).shorthand() == "--x"


def test_files_are_opened_as_bytes(root: FilePath[str]) -> None:
    file = root.child("file")
    with file.open("w") as writing:
        writing.write(b"a\n")
    with file.open("a") as adding:
        adding.write(b"b\n")
    with file.open() as reading:
        assert list(reading) == [b"a\n", b"b\n"]
    with file.open("r+") as both:
        assert both.read(1) == b"a"
    assert file.getContent() == b"a\nb\n"


def test_creating_needs_a_free_name(root: FilePath[str]) -> None:
    file = FilePath(root.child("file").path, alwaysCreate=True)
    with file.open() as created:
        created.write(b"new")
    with pytest.raises(FileExistsError):
        file.open("w")
    with pytest.raises(FileExistsError):
        file.create()

    file.requireCreate(False)
    assert file.getContent() == b"new"
    file.requireCreate()
    with pytest.raises(FileExistsError):
        file.open()


def test_content_is_replaced_at_once(root: FilePath[str]) -> None:
    file = root.child("file")
    file.setContent(b"1")
    assert file.getsize() == 1

    file.setContent(b"two", b".tmp")
    assert (file.getContent(), file.getsize()) == (b"two", 3)

    with pytest.raises(TypeError):
        file.setContent("text")  # type: ignore[arg-type]
    assert file.getContent() == b"two" and root.listdir() == ["file"]


def test_temporary_siblings_are_new_each_time(root: FilePath[str]) -> None:
    file = root.child("file")
    one, other = file.temporarySibling(), file.temporarySibling(".x")

    assert one.parent() == other.parent() == root and one != other
    assert one.alwaysCreate and one.basename().endswith("file") and len(one.basename()) == 16 + 4
    assert other.basename().endswith("file.x")
    assert isinstance(file.temporarySibling(b".x").path, bytes)


def test_touching_makes_files_and_renews_times(root: FilePath[str]) -> None:
    file = root.child("file")
    file.touch()
    assert file.getsize() == 0

    os.utime(file.path, (1, 1))
    file.touch()
    assert file.getModificationTime() > 1
    root.touch()
    with pytest.raises(FileNotFoundError):
        root.child("no").child("file").touch()


def test_folders_are_made(root: FilePath[str]) -> None:
    deep = root.child("a").child("b")
    with pytest.raises(FileNotFoundError):
        deep.createDirectory()
    deep.makedirs()
    assert deep.isdir()
    deep.makedirs(ignoreExistingDirectory=True)
    for make in (deep.makedirs, deep.createDirectory):
        with pytest.raises(FileExistsError):
            make()

    file = root.child("file")
    file.touch()
    with pytest.raises(FileExistsError):
        file.makedirs(ignoreExistingDirectory=True)


def tree(root: FilePath[str]) -> FilePath[str]:
    folder = root.child("folder")
    folder.child("sub").makedirs()
    folder.child("x").setContent(b"x")
    folder.child("sub").child("y").setContent(b"y")
    return folder


def test_children_and_walking(root: FilePath[str]) -> None:
    folder = tree(root)

    assert sorted(folder.listdir()) == ["sub", "x"] and names(folder.children()) == ["sub", "x"]
    assert names(folder.walk()) == ["folder", "sub", "x", "y"]
    assert names(folder.walk(lambda path: False)) == ["folder", "sub", "x"]
    walked = [path.basename() for path in folder.walk()]
    assert walked.index("folder") == 0 and walked.index("sub") + 1 == walked.index("y")
    assert list(folder.child("x").walk()) == [folder.child("x")]


def test_only_folders_have_children(root: FilePath[str]) -> None:
    file = root.child("file")
    file.touch()
    for path, number in ((file, errno.ENOTDIR), (root.child("gone"), errno.ENOENT)):
        with pytest.raises(UnlistableError) as caught:
            path.children()
        assert caught.value.errno == caught.value.originalException.errno == number
        assert path.path in str(caught.value)


def test_other_troubles_with_listing_are_not_hidden() -> None:
    class Forbidden(FilePath[str]):
        def listdir(self) -> list[str]:
            raise PermissionError(errno.EACCES, "no")

    with pytest.raises(PermissionError):
        Forbidden("/").children()


def test_walking_in_circles_is_refused(root: FilePath[str]) -> None:
    folder = tree(root)
    os.symlink(folder.path, folder.child("sub").child("back").path)

    with pytest.raises(LinkError):
        list(folder.walk())
    assert names(folder.walk(lambda path: not path.islink())) == ["back", "folder", "sub", "x", "y"]


def test_links_to_folders_beside_are_walked(root: FilePath[str]) -> None:
    root.child("fold").makedirs()
    root.child("fold").child("z").touch()
    folder = tree(root)
    os.symlink(root.child("fold").path, folder.child("link").path)
    os.symlink("nowhere", folder.child("dangling").path)

    assert names(folder.walk()) == ["dangling", "folder", "link", "sub", "x", "y", "z"]


def test_links(root: FilePath[str]) -> None:
    file, link = root.child("file"), root.child("link")
    file.setContent(b"x")
    file.linkTo(link)

    assert link.islink() and not file.islink() and link.isfile() and link.getContent() == b"x"
    assert link.realpath() == file and file.realpath() is file
    with pytest.raises(FileExistsError):
        file.linkTo(link)

    os.symlink("b", root.child("a").path)
    os.symlink("a", root.child("b").path)
    assert not root.child("a").exists()
    with pytest.raises(LinkError):
        root.child("a").realpath()


def test_removing(root: FilePath[str]) -> None:
    folder = tree(root)
    link = root.child("link")
    folder.linkTo(link)
    assert link.isdir()

    link.remove()
    assert not link.exists() and folder.child("sub").child("y").exists()
    folder.exists()
    folder.remove()
    assert not folder.exists() and root.listdir() == []


def test_copying(root: FilePath[str]) -> None:
    folder = tree(root)
    copy = root.child("copy")
    copy.exists()

    folder.copyTo(copy)
    assert names(copy.walk()) == ["copy", "sub", "x", "y"]
    assert copy.child("sub").child("y").getContent() == b"y"

    folder.child("x").setContent(b"changed")
    folder.copyTo(root.child(b"copy"))
    assert copy.child("x").getContent() == b"changed"

    folder.child("x").copyTo(folder.child("x"))
    assert folder.child("x").getContent() == b"changed"
    with pytest.raises(FileNotFoundError) as caught:
        root.child("gone").copyTo(copy)
    assert caught.value.errno == errno.ENOENT
    os.mkfifo(root.child("pipe").path)
    with pytest.raises(NotImplementedError, match="files and directories"):
        root.child("pipe").copyTo(root.child("other"))


def test_large_files_are_copied_whole(root: FilePath[str]) -> None:
    content = os.urandom((1 << 17) + 5)
    root.child("a").setContent(content)

    root.child("a").copyTo(root.child("b"))

    assert root.child("b").getContent() == content


def test_copying_links(root: FilePath[str]) -> None:
    folder = tree(root)
    folder.child("x").linkTo(folder.child("link"))

    folder.copyTo(root.child("followed"))
    folder.copyTo(root.child("kept"), followLinks=False)

    assert not root.child("followed").child("link").islink()
    assert os.readlink(root.child("kept").child("link").path) == folder.child("x").path


def test_moving(root: FilePath[str]) -> None:
    file, place = root.child("file"), root.child("place")
    file.setContent(b"x")
    assert file.exists() and not place.exists()

    file.moveTo(place)

    assert not file.exists() and place.getContent() == b"x"
    with pytest.raises(FileNotFoundError) as caught:
        file.moveTo(place)
    assert (caught.value.filename, caught.value.filename2) == (file.path, place.path)


@pytest.mark.parametrize("mode", [0, 1])
def test_moving_to_another_file_system(root: FilePath[str], monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    folder, place = tree(root), root.child("place")
    folder.child("x").linkTo(folder.child("link"))
    rename, calls = os.rename, []

    def refuse_first(source: Any, target: Any) -> None:
        calls.append((source, target))
        if len(calls) == 1:
            raise OSError(errno.EXDEV, "another device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse_first)
    folder.moveTo(place, followLinks=bool(mode))

    assert names(place.walk()) == ["link", "place", "sub", "x", "y"] and not folder.exists()
    assert place.child("link").islink() is (not mode)
    assert root.listdir() == ["place"]


def test_searching(root: FilePath[str]) -> None:
    for name in ("page.html", "page.txt", "page", "other"):
        root.child(name).touch()
    page = root.child("page")

    assert page.siblingExtensionSearch(".foo", ".txt", ".html") == root.child("page.txt")
    assert page.siblingExtensionSearch(".foo", "") == page
    assert page.siblingExtensionSearch("*") == root.child("page.html")
    assert page.siblingExtensionSearch(b".txt") == root.child(b"page.txt")
    assert page.siblingExtensionSearch(".foo") is None
    assert root.child("gone").siblingExtensionSearch("", "*") is None
    assert root.childSearchPreauth("gone", "other", "page") == root.child("other")
    assert root.childSearchPreauth("gone") is None
    assert names(root.globChildren("page.*")) == ["page.html", "page.txt"]
    assert names(root.globChildren(b"o*")) == [b"other"]


def test_folders_with_stars_in_their_names_can_be_searched(root: FilePath[str]) -> None:
    odd = root.child("[a]*")
    odd.makedirs()
    odd.child("x.py").touch()

    assert names(odd.globChildren("*.py")) == ["x.py"]
    assert odd.child("x").siblingExtensionSearch("*") == odd.child("x.py")


def test_paths_compare_by_what_they_are() -> None:
    a, b = FilePath("/a"), FilePath("/b")

    assert a == FilePath("/a") and a != b
    assert a < b and a <= b and b > a and b >= a and not b < a and not b <= a and not a > b and not a >= b
    assert a <= FilePath("/a") and a >= FilePath("/a")
    assert (a.__cmp__(b), b.__cmp__(a), a.__cmp__(FilePath("/a")), a.__cmp__(3)) == (-1, 1, 0, NotImplemented)
    assert len({a, FilePath("/a"), b}) == 2 and a != "/a"
    for compare in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
        assert getattr(a, compare)("/b") is NotImplemented
    assert a != FilePath(b"/a")
    assert pickle.loads(pickle.dumps(a)) == a


def test_abstract_paths_say_what_they_lack() -> None:
    class Incomplete(AbstractFilePath[str]):
        pass

    path = Incomplete()
    for name, arguments in {
        "child": ["x"],
        "parent": [],
        "basename": [],
        "listdir": [],
        "isdir": [],
        "open": [],
        "getAccessTime": [],
        "getModificationTime": [],
        "getStatusChangeTime": [],
    }.items():
        with pytest.raises(NotImplementedError, match=f"Incomplete must define {name}"):
            getattr(path, name)(*arguments)


def test_created_files_are_the_owners_to_write(root: FilePath[str]) -> None:
    with root.child("f").create() as file:
        file.write(b"x")
        file.seek(0)
        assert file.read() == b"x"
    assert stat.S_IMODE(os.stat(root.child("f").path).st_mode) & stat.S_IWUSR


def test_random_names_are_made_here() -> None:
    assert len(filepath.randomBytes(5)) == 5 and filepath.armor(b"\xff\xfe") == b"__4="
    assert "r+" in filepath.FileMode.__args__  # type: ignore[attr-defined]
