"""python.log, logfile, syslog: the older way to log, on top of the structured one."""

from __future__ import annotations

import importlib
import io
import logging
import os
import re
import syslog as system_log
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import protocol
from twisted.logger import Logger
from twisted.python import context, failure, log, logfile, syslog


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """What observers hear."""
    heard: list[Any] = []
    log.addObserver(heard.append)
    yield heard
    log.removeObserver(heard.append)


def test_a_message_is_an_event(events: list[Any]) -> None:
    log.msg("hello", "world", colour="red")

    (event,) = events
    assert event["message"] == ("hello", "world") and event["colour"] == "red"
    assert event["isError"] == 0 and event["system"] == "-" and isinstance(event["time"], float)
    assert log.textFromEventDict(event) == "hello world"


def test_an_error_brings_its_failure(events: list[Any]) -> None:
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError:
        log.err(None, "while dividing")
    log.err(KeyError("x"), "and then")
    log.err(failure.Failure(ValueError("y")))
    log.err("only words")

    assert [event["isError"] for event in events] == [1, 1, 1, 1]
    assert [event["failure"].type for event in events[:3]] == [ZeroDivisionError, KeyError, ValueError]
    first = log.textFromEventDict(events[0])
    assert first is not None and first.startswith("while dividing\nTraceback") and "by nothing" in first
    assert events[2]["why"] is None and "only words" in (log.textFromEventDict(events[3]) or "")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"message": ("a", 1), "isError": 0}, "a 1"),
        ({"message": (), "isError": 0, "format": "%(x)d apples", "x": 3}, "3 apples"),
        ({"message": (), "isError": 0}, None),
    ],
)
def test_events_become_text(event: dict[str, Any], text: str | None) -> None:
    assert log.textFromEventDict(event) == text


def test_a_format_that_cannot_be_filled_says_so() -> None:
    text = log.textFromEventDict({"message": (), "isError": 0, "format": "%(missing)d"})

    assert text is not None and "missing" in text


def test_what_a_call_logs_carries_its_context(events: list[Any]) -> None:
    class Shop:
        def logPrefix(self) -> str:
            return "Shop,3"

    assert log.callWithContext({"system": "till"}, lambda: log.msg("sold") or 5) == 5  # type: ignore[func-returns-value]
    log.callWithLogger(Shop(), log.msg, "opened")
    log.msg("closed")

    assert [event["system"] for event in events] == ["till", "Shop,3", "-"]


def test_a_logged_call_that_raises_is_logged_and_gives_nothing(events: list[Any]) -> None:
    class Shop:
        def logPrefix(self) -> str:
            return "Shop"

    assert log.callWithLogger(Shop(), {}.__getitem__, "x") is None

    assert [(event["failure"].type, event["system"]) for event in events] == [(KeyError, "Shop")]


def test_a_prefix_that_cannot_be_had_is_logged_and_the_call_is_made(events: list[Any]) -> None:
    class Shop:
        def logPrefix(self) -> str:
            raise ZeroDivisionError

    log.callWithLogger(Shop(), log.msg, "opened")

    trouble, opened = events
    assert trouble["failure"].type is ZeroDivisionError and opened["message"] == ("opened",)
    assert trouble["system"] == opened["system"] == "(buggy logPrefix method)"


def test_events_within_a_connections_callback_say_whose_they_are(events: list[Any]) -> None:
    from twisted.internet.epollreactor import EPollReactor

    reactor: Any = EPollReactor()

    class Talk(protocol.Protocol):
        def dataReceived(self, data: bytes) -> None:
            log.msg("got it")
            reactor.callLater(0, self.later)

        def later(self) -> None:
            log.msg("outside")
            reactor.stop()

    server = protocol.Factory.forProtocol(Talk)
    port = reactor.listenTCP(0, server, interface="127.0.0.1")

    class Speak(protocol.Protocol):
        def connectionMade(self) -> None:
            self.transport.write(b"x")

    reactor.connectTCP("127.0.0.1", port.getHost().port, protocol.ClientFactory.forProtocol(Speak))
    guard = reactor.callLater(10, reactor.stop)
    reactor.run(installSignalHandlers=False)
    assert guard.active()
    guard.cancel()

    systems = {event["message"][0]: event["system"] for event in events if event.get("message")}
    assert re.fullmatch(r"Talk,0,127\.0\.0\.1", systems["got it"]) and systems["outside"] == "-"


def test_structured_events_reach_old_observers(events: list[Any]) -> None:
    Logger("shop").warn("{count} left", count=2)

    (event,) = events
    assert log.textFromEventDict(event) == "2 left" and event["system"] == "-" and event["log_namespace"] == "shop"


def test_an_observer_that_raises_disturbs_no_other(events: list[Any]) -> None:
    def broken(event: Any) -> None:
        raise ZeroDivisionError

    log.addObserver(broken)
    try:
        log.msg("one")
    finally:
        log.removeObserver(broken)

    assert [event["message"] for event in events if event["message"]] == [("one",)]
    # Once more does no harm.
    log.removeObserver(broken)


def test_files_get_a_line_an_event() -> None:
    file = io.StringIO()
    observer = log.FileLogObserver(file)
    observer.timeFormat = "%Y"

    observer.emit({"message": ("first\nsecond",), "isError": 0, "system": "shop", "time": 1e9})
    observer.emit({"message": (), "isError": 0, "system": "shop", "time": 1e9})

    assert file.getvalue() == "2001 [shop] first\n\tsecond\n"


def test_the_time_of_day_has_its_offset() -> None:
    observer = log.FileLogObserver(io.StringIO())

    assert re.fullmatch(r"2001-09-0[89] \d\d:46:40[+-]\d{4}", observer.formatTime(1e9))


def test_pythons_logging_hears_too(caplog: pytest.LogCaptureFixture) -> None:
    observer = log.PythonLoggingObserver("shop")
    with caplog.at_level(logging.DEBUG, "shop"):
        observer.emit({"message": ("hello",), "isError": 0, "system": "-", "time": 0})
        observer.emit({"message": ("bad",), "isError": 1, "system": "-", "time": 0})
        observer.emit({"message": ("quiet",), "isError": 0, "logLevel": logging.DEBUG, "system": "-", "time": 0})

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.INFO, "hello"),
        (logging.CRITICAL, "bad"),
        (logging.DEBUG, "quiet"),
    ]


def test_a_publisher_of_its_own_tells_its_own_observers() -> None:
    publisher, heard = log.LogPublisher(), list[Any]()
    publisher.addObserver(heard.append)
    publisher.msg("here")
    publisher.removeObserver(heard.append)
    publisher.msg("not here")

    assert [event["message"] for event in heard] == [("here",)]


def test_contexts_are_laid_one_over_the_other() -> None:
    assert context.get("x", "none") == "none"
    assert context.call(
        {"x": 1, "y": 1}, lambda: context.call({"x": 2}, lambda: (context.get("x"), context.get("y")))
    ) == (
        2,
        1,
    )
    assert context.get("x") is None


# Files


def test_a_log_file_begins_anew_when_it_is_full(tmp_path: Path) -> None:
    file = logfile.LogFile("shop.log", str(tmp_path), rotateLength=10, maxRotatedFiles=2)
    for text in ("first line\n", "second one\n", "third line\n", "4"):
        file.write(text)
    file.close()

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "shop.log": "4",
        "shop.log.1": "third line\n",
        "shop.log.2": "second one\n",
    }
    assert file.listLogs() == [1, 2] and file.closed


def test_a_log_file_is_gone_on_with(tmp_path: Path) -> None:
    for text in ("a\n", "b\n"):
        file = logfile.LogFile.fromFullPath(str(tmp_path / "x.log"))
        file.write(text)
        file.flush()
        file.close()

    file = logfile.LogFile("x.log", str(tmp_path))
    assert file.getCurrentLog().readLines() == ["a\n", "b\n"]
    file.rotate()
    assert file.getLog(1).readLines() == ["a\n", "b\n"] and file.getCurrentLog().readLines() == []
    with pytest.raises(ValueError):
        file.getLog(5)
    file.reopen()
    file.close()


def test_a_log_file_may_have_permissions_of_its_own(tmp_path: Path) -> None:
    logfile.LogFile("x.log", str(tmp_path), defaultMode=0o600).close()

    assert (tmp_path / "x.log").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name != "posix", reason="permissions as bits")
def test_a_log_file_keeps_the_permissions_that_it_has_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("")
    path.chmod(0o640)
    file = logfile.LogFile("x.log", str(tmp_path))
    file.rotate()
    file.close()
    assert file.defaultMode == 0o640 and path.stat().st_mode & 0o777 == 0o640

    told = logfile.LogFile("x.log", str(tmp_path), defaultMode=0o604)
    told.close()
    assert told.defaultMode == 0o604 and path.stat().st_mode & 0o777 == 0o604

    fresh = logfile.LogFile("new.log", str(tmp_path))
    fresh.close()
    assert fresh.defaultMode is None


def test_a_daily_file_begins_anew_with_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = logfile.DailyLogFile("day.log", str(tmp_path))
    file.write("today\n")
    monkeypatch.setattr(file, "toDate", lambda *_: (2999, 1, 1))
    file.write("tomorrow\n")
    file.close()

    texts = sorted(path.read_text() for path in tmp_path.iterdir())
    assert texts == ["today\n", "tomorrow\n"] and (tmp_path / "day.log").read_text() == "tomorrow\n"


# syslog


def test_syslog_gets_a_line_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    opened: list[Any] = []
    monkeypatch.setattr(syslog.SyslogObserver, "openlog", lambda self, *args: opened.append(args))
    observer = syslog.SyslogObserver("shop", options=1, facility=2)
    observer.syslog = lambda *args: sent.append(args)
    observer.emit({"message": ("one\n\ntwo",), "isError": 0, "system": "-"})
    observer.emit({"message": ("bad",), "isError": 1, "system": "till"})
    observer.emit({"message": (), "isError": 0, "system": "-"})

    texts = [args[1] for args in sent]
    assert texts == ["[-] one", "[-] \ttwo", "[till] bad"]
    assert opened == [("shop", 1, 2)]
    assert [args[0] & 7 for args in sent] == [system_log.LOG_INFO, system_log.LOG_INFO, system_log.LOG_ALERT]


def test_the_size_of_a_log_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    file = logfile.LogFile("x.log", str(tmp_path), rotateLength=4)
    file.write("\xfc")
    assert file.size == 2
    file.write(b"\xff\n")
    assert file.size == 4 and file.listLogs() == []
    file.write("next")
    file.close()

    assert (tmp_path / "x.log.1").read_bytes() == b"\xc3\xbc\xff\n" and (tmp_path / "x.log").read_bytes() == b"next"
    again = logfile.LogFile("x.log", str(tmp_path), rotateLength=4)
    assert again.size == 4
    again.close()


def test_a_log_file_without_a_length_never_begins_anew(tmp_path: Path) -> None:
    file = logfile.LogFile("x.log", str(tmp_path), rotateLength=None)
    file.write("x" * 2_000_000)
    file.write("y")
    file.close()

    assert file.listLogs() == []


def test_old_log_files_are_numbered_and_all_are_kept_if_nobody_says_how_many(tmp_path: Path) -> None:
    file = logfile.LogFile("x.log", str(tmp_path), rotateLength=1)
    for number in range(13):
        file.write(str(number))
    file.close()
    (tmp_path / "x.log.not-a-number").write_text("")

    assert file.listLogs() == list(range(1, 13))
    assert file.getLog(12).readLines() == ["0"] and file.getLog(1).readLines() == ["11"]


def test_old_lines_are_read_ten_at_a_time_or_as_many_as_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("".join(f"{number}\n" for number in range(25)))
    file = logfile.LogFile("x.log", str(tmp_path))
    reader = file.getCurrentLog()

    assert [len(reader.readLines()) for _ in range(4)] == [10, 10, 5, 0]
    reader.close()
    assert file.getCurrentLog().readLines(3) == ["0\n", "1\n", "2\n"]
    file.close()


def test_a_daily_file_is_named_by_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = logfile.DailyLogFile("day.log", str(tmp_path))
    assert file.suffix((2025, 3, 9)) == "2025_3_9"
    assert file.suffix(86400.0 * 365) == "_".join(map(str, file.toDate(86400.0 * 365)))
    assert file.lastDate == file.toDate() and not file.shouldRotate()
    monkeypatch.setattr(file, "toDate", lambda *_: (2999, 1, 1))
    assert file.shouldRotate()
    before = file.lastDate
    file.rotate()
    file.write("new")
    file.close()

    assert (tmp_path / f"day.log.{'_'.join(map(str, before))}").exists() and (tmp_path / "day.log").read_text() == "new"


def test_a_day_that_has_its_file_already_goes_on_with_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = logfile.DailyLogFile("day.log", str(tmp_path))
    file.write("kept")
    (tmp_path / f"day.log.{file.suffix(file.lastDate)}").write_text("there already")
    file.rotate()
    file.write(" on")
    file.close()

    assert (tmp_path / "day.log").read_text() == "kept on"


@pytest.mark.parametrize("name", ["failure", "reflect", "util"])
def test_modules_that_programs_reach_through_log_are_there(name: str) -> None:
    assert getattr(log, name) is importlib.import_module(f"twisted.python.{name}")


def test_names_that_log_does_not_have_are_named() -> None:
    with pytest.raises(AttributeError, match=r"^module 'twisted\.python\.log' has no attribute 'nothing'$"):
        log.nothing  # noqa: B018
