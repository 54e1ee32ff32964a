"""util, compat, runtime, threadable, monkey, versions: the small things."""

from __future__ import annotations

import io
import os
import pickle
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from twisted.python import compat, monkey, runtime, threadable, util, versions

# Dictionaries that do not mind case


def test_a_key_may_be_written_in_any_case() -> None:
    table = util.InsensitiveDict({"Host": 1, b"B": 2, 3: 4})

    assert table["HOST"] == table["host"] == 1 and table[b"b"] == 2 and table[3] == 4
    assert "hOST" in table and table.has_key("host") and "x" not in table
    assert table.get("HOST") == 1 and table.get("x", "default") == "default"
    table["hoST"] = 5
    assert len(table) == 3 and table["Host"] == 5
    del table["HOST"]
    assert list(table) == [b"B", 3]
    with pytest.raises(KeyError):
        table["host"]


def test_keys_come_out_as_lists_and_as_they_were_written() -> None:
    table = util.InsensitiveDict({"Host": 1, "b": 2})

    assert (table.keys(), table.values(), table.items()) == (["Host", "b"], [1, 2], [("Host", 1), ("b", 2)])
    assert list(table.iterkeys()) == ["Host", "b"] and list(table.itervalues()) == [1, 2]
    assert repr(table) == "InsensitiveDict({'Host': 1, 'b': 2})"
    assert util.InsensitiveDict({"Host": 1}, preserve=0).keys() == ["host"]


def test_a_copy_is_equal_and_its_own() -> None:
    table = util.InsensitiveDict({"A": 1})
    copy = table.copy()

    assert copy == table and copy == util.InsensitiveDict({"a": 1}) and table == {"A": 1}
    assert table != {"a": 1} and table != {"A": 2} and table != {"A": 1, "B": 2} and table != 3
    copy["A"] = 2
    assert table["A"] == 1
    assert table.setdefault("a", 9) == 1 and table.pop("a") == 1 and len(table) == 0


# Texts and lists


def test_bars_show_how_far_something_is() -> None:
    draw = util.makeStatBar(10, 100)

    assert [draw(at) for at in (0, 50, 90)] == ["[>--------]", "[=====>---]", "[=========>]"]
    assert util.makeStatBar(10, 10, "#", ".", "|")(5) == "[#####|...]"


@pytest.mark.parametrize(
    ("name", "label"),
    [("fooBarBaz", "Foo Bar Baz"), ("foo", "Foo"), ("fooBAR", "Foo BAR"), ("", ""), ("f00Bar", "F00 Bar")],
)
def test_names_become_labels(name: str, label: str) -> None:
    assert util.nameToLabel(name) == label


def test_lists_are_made_unique_and_long_enough() -> None:
    assert util.uniquify([3, 1, 3, 2, 1]) == [3, 1, 2]
    assert util.padTo(4, [1, 2]) == [1, 2, None, None] and util.padTo(2, "ab", "x") == ["a", "b"]
    with pytest.raises(ValueError, match="3 elements"):
        util.padTo(2, [1, 2, 3])


def test_the_last_lines_are_remembered() -> None:
    log = util.LineLog(2)
    for line in ("a", "b", "c"):
        log.append(line)

    assert log.str() == "b\nc" and str(log) == "b\nc" and log[0] == "b"
    log.clear()
    assert log.str() == ""


def test_intervals_end_in_turn() -> None:
    waits = iter(util.IntervalDifferential([3, 5]))
    assert [next(waits) for _ in range(5)] == [(3, 0), (2, 1), (1, 0), (3, 0), (1, 1)]

    assert next(iter(util.IntervalDifferential([], 60))) == (60, None)
    some = iter(util.IntervalDifferential([4]))
    with pytest.raises(ValueError, match="not in"):
        some.removeInterval(5)
    some.removeInterval(4)
    assert next(some) == (60, None)


def test_mixins_show_and_compare_attributes() -> None:
    class Shown(util.FancyStrMixin):
        showAttributes = ("a", ("b", lambda value: f"{value}!"), ("c", "sea", "%.1f"))
        a, b, c = "x", 2, 3

    class Equal(util.FancyEqMixin):
        compareAttributes = ("a",)

        def __init__(self, a: int) -> None:
            self.a = a

    assert repr(Shown()) == "<Shown a='x' b=2! sea=3.0>"
    assert Equal(1) == Equal(1) and Equal(1) != Equal(2) and Equal(1) != 1


# Files and people


def test_a_folder_is_looked_for_upwards(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "mark").touch()

    assert util.searchupwards(str(deep), files=["mark"]) == f"{tmp_path}{os.sep}"
    assert util.searchupwards(str(deep), files=["a"], dirs=["a"]) == f"{tmp_path}{os.sep}"
    assert util.searchupwards(str(deep), files=["mark"], dirs=["no such folder"]) is None
    assert util.searchupwards(str(deep), dirs=["mark"]) is None
    assert util.sibpath(str(deep / "x"), "y") == str(deep / "y")


def test_a_password_is_read_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\ntwo\nsame\nsame\n"))
    monkeypatch.setattr("sys.stdout", told := io.StringIO())

    assert util.getPassword("?", confirm=True, mismatchMessage="differ") == "same"
    assert "differ\n" in told.getvalue()


def test_users_and_groups_have_numbers_and_names() -> None:
    assert util.uidFromString("5") == 5 and util.uidFromString("root") == 0
    assert util.gidFromString("7") == 7 and util.gidFromString("root") == 0
    with pytest.raises(KeyError):
        util.uidFromString("nobody-has-this-name")


def test_changing_to_oneself_warns_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    changed: list[Any] = []
    monkeypatch.setattr(os, "setuid", lambda uid: changed.append(("user", uid)))
    monkeypatch.setattr(os, "setgid", lambda gid: changed.append(("group", gid)))
    monkeypatch.setattr(util, "initgroups", lambda uid, gid: changed.append(("groups", uid, gid)))
    monkeypatch.setattr(os, "getuid", lambda: 10)

    util.switchUID(11, 12)
    assert changed == [("group", 12), ("groups", 11, 12), ("user", 11)]

    del changed[:]
    with pytest.warns(UserWarning, match="uid is already 10"):
        util.switchUID(10, None)
    assert changed == []


# Functions


def test_a_number_that_is_no_users_has_one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    given: list[Any] = []
    monkeypatch.setattr(os, "setgroups", lambda groups: given.append(groups))
    monkeypatch.setattr(os, "initgroups", lambda name, group: given.append((name, group)))
    somebody = pwd.getpwuid(os.getuid())
    util.initgroups(somebody.pw_uid, 77)

    def nobody(number: int) -> Any:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    util.initgroups(4_000_000_000, 78)

    assert given == [(somebody.pw_name, 77), [78]]


def test_metadata_moves_from_one_function_to_another() -> None:
    def first() -> None:
        """The first."""

    def second() -> int:
        return 2

    first.mark = 1  # type: ignore[attr-defined]
    merged = util.mergeFunctionMetadata(first, second)

    assert (merged.__name__, merged.__doc__, merged.mark, merged()) == ("first", "The first.", 1, 2)


def test_interrupted_calls_are_repeated() -> None:
    tries: list[int] = []

    def interrupted(value: int) -> int:
        tries.append(value)
        if len(tries) < 3:
            raise InterruptedError
        return value

    assert util.untilConcludes(interrupted, 5) == 5 and tries == [5, 5, 5]


def test_warnings_can_be_left_out_of_a_call() -> None:
    def warn(text: str) -> str:
        warnings.warn(text, stacklevel=2)
        return text

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert util.runWithWarningsSuppressed([(("ignore",), {"message": "quiet"})], warn, "quiet") == "quiet"
        warn("loud")

    assert [str(one.message) for one in seen] == ["loud"]


def test_whether_a_call_raises_is_one_or_nothing() -> None:
    assert util.raises(ZeroDivisionError, divmod, 1, 0) == 1
    assert util.raises(ZeroDivisionError, divmod, 1, 1) == 0
    with pytest.raises(TypeError):
        util.raises(ZeroDivisionError, divmod)


def test_small_texts(capsys: pytest.CaptureFixture[str]) -> None:
    util.println("a", 1)

    assert capsys.readouterr().out == "a 1\n"
    assert util.str_xor("AB", 1) == "@C"


# compat


def test_native_strings_are_ascii_text() -> None:
    assert compat.nativeString(b"x") == compat.nativeString("x") == "x"
    assert compat.networkString("x") == b"x"
    with pytest.raises(UnicodeError):
        compat.nativeString(b"\xff")
    with pytest.raises(UnicodeError):
        compat.nativeString("\xff")
    with pytest.raises(UnicodeError):
        compat.networkString("\xff")
    with pytest.raises(TypeError, match="neither bytes nor str"):
        compat.nativeString(5)  # type: ignore[type-var]
    with pytest.raises(TypeError):
        compat.networkString(b"x")  # type: ignore[arg-type]


def test_bytes_in_parts() -> None:
    assert list(compat.iterbytes(b"ab")) == [b"a", b"b"]
    assert bytes(compat.lazyByteSlice(b"abcd", 1)) == b"bcd"
    assert bytes(compat.lazyByteSlice(b"abcd", 1, 2)) == b"bc"


def test_comparisons_come_from_one_method() -> None:
    @compat.comparable
    class Number:
        def __init__(self, value: int) -> None:
            self.value = value

        def __cmp__(self, other: object) -> Any:
            return compat.cmp(self.value, other.value) if isinstance(other, Number) else NotImplemented

    one, two = Number(1), Number(2)
    assert one == Number(1) and one != two and one < two and two > one and one <= Number(1) and one >= Number(1)  # type: ignore[operator]
    other: Any = 5
    assert one != other
    assert [compat.cmp(1, 2), compat.cmp(2, 2), compat.cmp(2, 1)] == [-1, 0, 1]


def test_files_take_text_or_bytes() -> None:
    assert compat.ioType(io.StringIO()) is str and compat.ioType(io.BytesIO()) is bytes
    assert compat.ioType(object(), "unknown") == "unknown"


def test_a_file_of_python_is_executed(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("answer = 6 * 7\n")
    names: dict[str, Any] = {}

    compat.execfile(str(tmp_path / "x.py"), names)

    assert names["answer"] == 42
    assert compat.currentframe().f_code.co_name == "test_a_file_of_python_is_executed"


@pytest.mark.parametrize(("name", "value"), [("unicode", str), ("long", int), ("_PY3", True), ("StringType", str)])
def test_old_names_warn_when_they_are_asked_for(name: str, value: object) -> None:
    with pytest.warns(
        DeprecationWarning, match=f"twisted.python.compat.{name} was deprecated in Twisted 21.2.0"
    ) as seen:
        assert getattr(compat, name) == value
    assert seen[0].filename == __file__


def test_old_functions_warn_when_they_are_called() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        old: Any = compat
        int_to_bytes, items, reraise = old.intToBytes, old.items, old.reraise
        iteritems, itervalues, environment = old.iteritems, old.itervalues, old.bytesEnviron
    with pytest.warns(DeprecationWarning, match="compat.intToBytes was deprecated") as seen:
        assert int_to_bytes(12) == b"12"
    assert seen[0].filename == __file__
    with pytest.warns(DeprecationWarning):
        assert (items({1: 2}), list(iteritems({1: 2})), list(itervalues({1: 2}))) == ([(1, 2)], [(1, 2)], [2])
    with pytest.warns(DeprecationWarning):
        assert environment()[b"PATH"] == os.fsencode(os.environ["PATH"])
    with pytest.warns(DeprecationWarning), pytest.raises(KeyError):
        reraise(KeyError(), None)


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        compat.nothing  # noqa: B018  (asking is the point)


# runtime, threadable, monkey, versions


def test_platforms_know_what_they_are() -> None:
    here = runtime.Platform()
    assert here.getType() == runtime.platformType and here.isKnown() and here.supportsThreads()
    windows = runtime.Platform("nt", "win32")
    assert windows.isWindows() and not windows.isLinux() and not windows.supportsINotify()
    linux = runtime.Platform("posix", "linux")
    assert linux.isLinux() and linux.supportsINotify() and not linux.isMacOSX() and not linux.isWindows()
    assert runtime.Platform("posix", "darwin").isMacOSX()
    unknown = runtime.Platform("amiga", "amiga")
    assert not unknown.isKnown() and unknown.getType() is None
    assert len(runtime.shortPythonVersion().split(".")) == 3


@pytest.mark.parametrize(
    ("content", "inside"), [("1:name=x:/docker/abc\n", True), ("1:name=x:/\n", False), ("nonsense\n", False)]
)
def test_docker_shows_in_the_groups_of_process_one(tmp_path: Path, content: str, inside: bool) -> None:
    (tmp_path / "cgroup").write_text(content)

    assert runtime.Platform("posix", "linux").isDocker(str(tmp_path / "cgroup")) is inside
    assert runtime.Platform("posix", "linux").isDocker(str(tmp_path / "nothing")) is False
    assert runtime.Platform("nt", "win32").isDocker(str(tmp_path / "cgroup")) is False


def test_one_thread_at_a_time_is_in_a_synchronized_method() -> None:
    inside: list[int] = []
    most: list[int] = []

    class Counter:
        synchronized = ["count"]

        def count(self) -> None:
            inside.append(1)
            most.append(len(inside))
            for _ in range(1000):
                pass
            inside.pop()

    threadable.synchronize(Counter)
    counter = Counter()

    def fifty_times() -> None:
        for _ in range(50):
            counter.count()

    threads = [threading.Thread(target=fifty_times) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1 and len(most) == 200


def test_the_reactors_thread_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threadable, "ioThread", None)
    assert not threadable.isInIOThread()

    threadable.registerAsIOThread()

    assert threadable.isInIOThread() and threadable.ioThread == threadable.getThreadID()
    elsewhere: list[bool] = []
    thread = threading.Thread(target=lambda: elsewhere.append(threadable.isInIOThread()))
    thread.start()
    thread.join()
    assert elsewhere == [False]
    assert isinstance(pickle.loads(pickle.dumps(threadable.XLock())), threadable.XLock)


def test_patches_are_put_on_and_taken_off() -> None:
    class Thing:
        value = 1
        other = "a"

    patcher = monkey.MonkeyPatcher((Thing, "value", 2))
    patcher.addPatch(Thing, "value", 3)
    patcher.patch()
    patcher.patch()
    assert Thing.value == 3
    patcher.restore()
    assert Thing.value == 1

    assert patcher.runWithPatches(lambda: Thing.value) == 3 and Thing.value == 1
    with pytest.raises(ZeroDivisionError):
        patcher.runWithPatches(lambda: 1 // 0)
    assert Thing.value == 1
    with monkey.MonkeyPatcher((Thing, "other", "b")):
        assert Thing.other == "b"
    assert Thing.other == "a"


def test_versions_are_increments() -> None:
    version = versions.Version("pkg", 1, 2, 3)

    assert versions.getVersionString(version) == "pkg 1.2.3" and version < versions.Version("pkg", 1, 3, 0)
    with pytest.raises(versions.IncomparableVersions):
        version < versions.Version("other", 1, 2, 3)  # noqa: B015  (comparing is the point)
