"""One line each: what small functions of many modules promise."""

from __future__ import annotations

import io
import os
import pickle
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.protocols import policies
from twisted.protocols._policies import throttling, timeouts
from twisted.protocols.loopback import loopbackAsync
from twisted.python import context, failure, htmlizer, log, logfile, reflect, runtime, threadpool, usage, util
from twisted.python.filepath import AbstractFilePath, UnlistableError

# util


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_password_is_asked_for_until_it_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers, out = list[str](), ["a", "b", "c", "c"], io.StringIO()

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return answers.pop(0)

    monkeypatch.setattr("getpass.getpass", ask)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", out)

    assert util.getPassword("1? ", True, confirmPrompt="2? ", mismatchMessage="no!") == "c"
    assert asked == ["1? ", "2? ", "1? ", "2? "] and out.getvalue() == "no!\n"
    answers.append("once")
    assert util.getPassword() == "once" and asked[4:] == ["Password: "]


def test_without_a_terminal_one_can_be_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, *mode: str) -> Any:
        raise OSError(6, "no such device", path)

    before = io.StringIO()
    monkeypatch.setattr(sys, "stdin", before)
    monkeypatch.setattr("builtins.open", refuse)

    with pytest.raises(RuntimeError, match="Cannot obtain a TTY"):
        util.getPassword(forceTTY=True)
    assert sys.stdin is before


def test_a_terminal_that_was_insisted_on_is_closed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[tuple[str, ...], io.StringIO]] = []

    def opening(*arguments: str) -> io.StringIO:
        opened.append((arguments, io.StringIO()))
        return opened[-1][1]

    before = sys.stdout
    stdin = io.StringIO()
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr("builtins.open", opening)
    monkeypatch.setattr("getpass.getpass", lambda prompt: (sys.stdin, sys.stdout, prompt))

    found: Any = util.getPassword("? ", forceTTY=True)

    assert found == (opened[0][1], opened[1][1], "? ")
    assert [arguments for arguments, _ in opened] == [("/dev/tty",), ("/dev/tty", "w")]
    assert all(file.closed for _, file in opened) and sys.stdin is stdin and sys.stdout is before


def test_objects_are_printed_and_texts_combined(capsys: pytest.CaptureFixture[str]) -> None:
    util.println("a", 1, None)
    util.println()

    assert capsys.readouterr().out == "a 1 None\n\n"
    assert util.str_xor("AZ", 32) == "az" and util.str_xor("az", 0) == "az"


def test_calls_can_be_traced(capsys: pytest.CaptureFixture[str]) -> None:
    class Shop:
        def sell(self) -> Any:
            return sys._getframe()

    def plain() -> Any:
        return sys._getframe()

    shop = Shop()
    util.spewer(shop.sell(), "call", None)
    util.spewer(plain(), "call", None)
    util.spewer(plain(), "return", None)

    first, second = capsys.readouterr().out.splitlines()
    assert first == f"method sell of {reflect.qual(Shop)} at {id(shop)}"
    assert second.startswith(f"function plain in {__file__}, line ")


@pytest.mark.parametrize("name", ["OrderedDict", "getPluginDirs", "addPluginDir"])
def test_old_names_warn_when_they_are_asked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.warns(DeprecationWarning, match=f"^twisted.python.util.{name} is deprecated$") as seen:
        found = getattr(util, name)
        line = sys._getframe().f_lineno - 1
    assert (seen[0].filename, seen[0].lineno) == (__file__, line)

    monkeypatch.setattr(sys, "path", ["here"])
    if name == "getPluginDirs":
        assert found() == util._plugin_folders()
    elif name == "addPluginDir":
        found()
        assert sys.path == ["here", *util._plugin_folders()]
    else:
        assert list(found(b=1, a=2)) == ["b", "a"]


def test_a_source_is_written_in_the_encoding_that_it_names() -> None:
    source = "# -*- coding: iso-8859-1 -*-\nx = '\xe4'\n".encode("latin-1")
    out = io.BytesIO()
    htmlizer.filter(io.BytesIO(source), out, htmlizer.SmallerHTMLWriter)

    assert b'<span class="py-src-string">&#x27;\xe4&#x27;</span>' in out.getvalue()


# reflect, runtime, context, failure, usage


def test_what_holds_an_object_is_found() -> None:
    class Held:
        pass

    held = Held()
    shelf = {"box": [1, (held,)], "weak": weakref.ref(held)}

    assert reflect.getClass(held) is Held
    ways = reflect.objgrep(shelf, held, reflect.isSame, "shelf")
    assert "shelf['box'][1][0]" in ways and "shelf['weak']()" in ways
    assert reflect.objgrep(shelf, held, reflect.isSame, "shelf", maxDepth=1) == []
    assert "sys.modules['twisted.python.reflect']" in reflect.modgrep(reflect)


@pytest.mark.parametrize(
    ("name", "platform", "kind", "mac", "windows", "linux"),
    [
        ("posix", "linux", "posix", False, False, True),
        ("posix", "darwin", "posix", True, False, False),
        ("nt", "win32", "win32", False, True, False),
    ],
)
def test_platforms_are_told_apart(name: str, platform: str, kind: str, mac: bool, windows: bool, linux: bool) -> None:
    found = runtime.Platform(name, platform)

    assert (found.getType(), found.isMacOSX(), found.isWindows(), found.isLinux()) == (kind, mac, windows, linux)
    with pytest.warns(DeprecationWarning, match=r"Use Platform\.isWindows instead") as seen:
        assert found.isWinNT() is windows
    assert seen[0].filename == __file__


def test_another_tracker_can_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "theContextTracker", context.theContextTracker)
    tracker = context.ThreadedContextTracker()
    context.installContextTracker(tracker)

    assert context.theContextTracker is tracker


def test_a_failure_is_printed_to_the_log_if_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    monkeypatch.setattr(log, "logerr", printed)
    trouble = failure.Failure(KeyError("x"))
    trouble.printTraceback()

    assert printed.getvalue() == trouble.getTraceback() and "KeyError" in printed.getvalue()


def test_a_flag_takes_nothing() -> None:
    class Flags(usage.Options):
        optFlags = [["fast", "f", "Act quickly"]]

    options = Flags()
    with pytest.raises(usage.UsageError):
        options.parseOptions(["--fast=3"])
    with pytest.raises(usage.UsageError, match=r"Flag 'fast' takes no argument\. Not even \"3\"\."):
        options._raise_flag("fast", "3")


# threadpool


def test_a_pickled_pool_holds_its_numbers() -> None:
    pool = pickle.loads(pickle.dumps(threadpool.ThreadPool(2, 7, "shop")))

    assert (pool.min, pool.max, pool.name, pool.started, pool.threads) == (2, 7, "shop", False, [])
    pool.start()
    try:
        assert len(pool.threads) == pool.workers == 2
        assert [one.name for one in pool.threads] == ["PoolThread-shop-0", "PoolThread-shop-1"]
        with capturedLogs() as events:
            pool.dumpStats()
        assert (events[0]["queue"], events[0]["total"]) == (0, pool.threads)
        leaving = list(pool.threads)
        pool.adjustPoolsize(0, 7)
        for _ in leaving:
            pool.stopAWorker()
        for one in leaving:
            one.join(30)
        assert pool.workers == 0
    finally:
        pool.stop()


def test_a_pools_size_is_changed_within_bounds() -> None:
    pool = threadpool.ThreadPool(0, 3)
    for wrong, words in (((-1, 3), "minimum is negative"), ((4, 3), "greater"), ((None, -1), "greater")):
        with pytest.raises(AssertionError, match=words):
            pool.adjustPoolsize(*wrong)
    pool.adjustPoolsize(2, 2)
    assert (pool.min, pool.max, pool.threads) == (2, 2, [])
    pool.start()
    try:
        pool.adjustPoolsize(3, 5)
        assert pool.workers == 3
        threads = list(pool.threads)
        pool.adjustPoolsize(0, 0)
        for one in threads:
            one.join(30)
        assert pool.workers == 0
    finally:
        pool.stop()


# logfile


@pytest.mark.parametrize("kind", [logfile.LogFile, logfile.DailyLogFile])
def test_what_a_log_file_is_is_pickled_without_the_open_file(kind: Any, tmp_path: Path) -> None:
    file = kind("log", str(tmp_path))
    state = file.__getstate__()
    file.close()

    assert "_file" not in state and "size" not in state and state["path"] == str(tmp_path / "log")
    assert file.closed and "_file" not in file.__getstate__()


def test_a_log_files_kind_says_when_and_how_to_rotate(tmp_path: Path) -> None:
    class Kind(logfile.BaseLogFile):
        pass

    file = Kind("log", str(tmp_path))
    for call in (file.shouldRotate, file.rotate):
        with pytest.raises(NotImplementedError, match="Kind has to say"):
            call()
    file.close()


@pytest.mark.parametrize("kind", [logfile.LogFile, logfile.DailyLogFile])
def test_a_folder_that_may_not_be_written_to_is_left_alone(
    kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kind("log", str(tmp_path))
    file.write("x")
    refused = str(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: path != refused)
    file.rotate()
    refused = file.path
    file.rotate()
    assert [one.name for one in tmp_path.iterdir()] == ["log"]
    refused = ""
    file.rotate()
    assert len(list(tmp_path.iterdir())) == 2
    file.close()


def test_the_log_of_a_day_is_found_by_the_day_or_a_time_of_it(tmp_path: Path) -> None:
    file = logfile.DailyLogFile("log", str(tmp_path))
    file.write("now\n")
    (tmp_path / "log.2001_2_3").write_text("then\n")
    import time

    then = time.mktime((2001, 2, 3, 12, 0, 0, 0, 0, -1))
    for identifier, text in (
        (time.mktime((*file.lastDate, 12, 0, 0, 0, 0, -1)), "now\n"),
        ((2001, 2, 3), "then\n"),
        (then, "then\n"),
    ):
        reader = file.getLog(identifier)
        assert reader.readLines() == [text]
        reader.close()
    with pytest.raises(ValueError, match="no log file"):
        file.getLog((2001, 2, 4))
    assert file.suffix((2001, 2, 3)) == file.suffix(then) == "2001_2_3"
    file.close()


# filepath, policies, loopback


def test_windows_has_its_own_word_for_what_is_no_folder() -> None:
    class Odd(AbstractFilePath[str]):
        path = "odd"

        def __init__(self, number: int) -> None:
            self.error = OSError(22, "odd")
            self.error.winerror = number  # type: ignore[attr-defined]  # as on Windows

        def listdir(self) -> list[str]:
            raise self.error

    with pytest.raises(UnlistableError) as caught:
        Odd(123).children()
    assert caught.value.originalException.args == (22, "odd")
    with pytest.raises(OSError) as other:
        Odd(5).children()
    assert not isinstance(other.value, UnlistableError)
    for name in ("parent", "basename", "isdir", "open", "getAccessTime", "getModificationTime", "getStatusChangeTime"):
        with pytest.raises(NotImplementedError, match=f"Odd must define {name}"):
            getattr(Odd(5), name)()
    with pytest.raises(NotImplementedError, match="Odd must define child"):
        Odd(5).child("x")
    assert hash(Odd(1)) == hash("odd")


class Segments(AbstractFilePath[str]):
    """A path that says only what it must."""

    def __init__(self, *segments: str) -> None:
        self.segments, self.path = segments, "/".join(segments)

    def child(self, path: Any) -> Any:
        return Segments(*self.segments, path)

    def parent(self) -> Segments:
        return Segments(*self.segments[:-1])

    def basename(self) -> str:
        return self.segments[-1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Segments) and self.segments == other.segments

    __hash__ = AbstractFilePath.__hash__


@pytest.mark.parametrize(
    ("path", "above"),
    [((), []), (("a",), [""]), (("a", "b"), ["a", ""]), (("a", "b", "c"), ["a/b", "a", ""])],
)
def test_what_a_path_is_below_of(path: tuple[str, ...], above: list[str]) -> None:
    here = Segments(*path)

    assert [one.path for one in here.parents()] == above
    assert here.descendant(["x", "y"]).path == "/".join([*path, "x", "y"])
    assert here.child("x").sibling("z") == here.child("z")
    if path:
        assert here.segmentsFrom(Segments()) == list(path)
    with pytest.raises(ValueError, match="not parent of"):
        here.segmentsFrom(here)
    with pytest.raises(ValueError, match="not parent of"):
        here.segmentsFrom(here.child("x"))


def test_a_log_file_that_is_opened_again_is_not_closed(tmp_path: Path) -> None:
    file = logfile.LogFile("log", str(tmp_path))
    assert file.closed is False
    file.write("1")
    os.rename(file.path, f"{file.path}.moved")
    file.reopen()
    file.write("2")

    assert file.closed is False and (tmp_path / "log").read_text() == "2"
    file.close()
    assert file.closed is True


@pytest.mark.parametrize(
    "caller",
    [
        lambda: policies.TimeoutMixin(),
        lambda: policies.TimeoutFactory(None),
        lambda: policies.ThrottlingFactory(None),
    ],
)
def test_calls_are_made_by_the_default_reactor_unless_told(caller: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, called = Clock(), list[int]()
    monkeypatch.setattr(throttling, "default_reactor", lambda: clock)
    monkeypatch.setattr(timeouts, "default_reactor", lambda: clock)

    call = caller().callLater(3, lambda: called.append(1))
    assert call.getTime() == 3
    clock.advance(3)

    assert called == [1]


def test_a_loopback_transports_ends_and_pauses() -> None:
    ended: list[str] = []

    class Telling(Protocol):
        def __init__(self, name: str) -> None:
            self.name = name

        def connectionLost(self, reason: object = None) -> None:
            ended.append(self.name)

    class Aborting(Telling):
        def connectionMade(self) -> None:
            transport: Any = self.transport
            transport.pauseProducing()
            transport.resumeProducing()
            assert transport.getPeer() is not None and transport.getHost() is not None
            getattr(transport, self.name)()

    for way in ("abortConnection", "stopProducing", "loseConnection"):
        ended.clear()
        done: list[Any] = []
        loopbackAsync(Telling("server"), Aborting(way)).addCallback(done.append)
        assert ended == ["server", way] and done == [None]
