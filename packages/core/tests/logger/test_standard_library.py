"""Events that go to loggers of the standard library."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.logger import LogLevel, STDLibLogObserver
from twisted.python.failure import Failure


class Kept(logging.Handler):
    """Keeps records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    logger = logging.getLogger("kept-here")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.mark.parametrize(
    ("level", "number"),
    [
        (LogLevel.debug, logging.DEBUG),
        (LogLevel.info, logging.INFO),
        (LogLevel.warn, logging.WARNING),
        (LogLevel.error, logging.ERROR),
        (LogLevel.critical, logging.CRITICAL),
        (None, logging.INFO),
    ],
)
def test_a_record_has_the_events_text_and_level(kept: Kept, level: Any, number: int) -> None:
    event: dict[str, Any] = {"log_format": "{what} happened", "what": "it"}
    if level is not None:
        event["log_level"] = level
    STDLibLogObserver("kept-here")(event)

    (record,) = kept.records
    assert (record.levelno, record.getMessage(), record.name) == (number, "it happened", "kept-here")
    assert record.exc_info is None and record.args == ()
    # It becomes text when a handler wants it, and not before.
    assert not isinstance(record.msg, str)
    assert bytes(record.msg) == b"it happened"


def test_what_nobody_wants_makes_no_record(kept: Kept) -> None:
    logging.getLogger("kept-here").setLevel(logging.ERROR)
    observer = STDLibLogObserver("kept-here")
    observer({"log_format": "no", "log_level": LogLevel.warn})
    observer({"log_format": "yes", "log_level": LogLevel.error})

    assert [record.getMessage() for record in kept.records] == ["yes"]


def test_a_failure_is_the_records_exception(kept: Kept) -> None:
    try:
        raise ZeroDivisionError("nothing")
    except ZeroDivisionError:
        failure = Failure()
    STDLibLogObserver("kept-here")({"log_format": "broken", "log_failure": failure})

    kind, error, traceback = kept.records[0].exc_info  # type: ignore[misc]  # it is there
    assert kind is ZeroDivisionError and error is failure.value and traceback is failure.getTracebackObject()


def test_the_place_is_that_of_the_caller_as_many_calls_up_as_is_said(kept: Kept) -> None:
    def wrapped(observer: Any) -> int:
        observer({"log_format": "x"})
        return sys._getframe().f_lineno - 1

    line = wrapped(STDLibLogObserver("kept-here"))
    assert (kept.records[0].lineno, kept.records[0].funcName) == (line, "wrapped")
    assert kept.records[0].pathname == __file__
    wrapped(STDLibLogObserver("kept-here", stackDepth=STDLibLogObserver.defaultStackDepth + 1))
    assert kept.records[1].funcName == "test_the_place_is_that_of_the_caller_as_many_calls_up_as_is_said"
    wrapped(STDLibLogObserver("kept-here", stackDepth=10**6))
    outermost = sys._getframe()
    while outermost.f_back is not None:
        outermost = outermost.f_back

    assert kept.records[2].pathname == outermost.f_code.co_filename


def test_by_default_it_is_the_logger_twisted() -> None:
    observer = STDLibLogObserver()

    assert observer.logger.name == "twisted" and observer.stackDepth == STDLibLogObserver.defaultStackDepth == 4
