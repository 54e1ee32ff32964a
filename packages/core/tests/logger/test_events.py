"""What loggers make of a call, and who gets it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, cast

import pytest

from twisted.logger import (
    FilteringLogObserver,
    LimitedHistoryLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    PredicateResult,
    capturedLogs,
)
from twisted.python.failure import Failure

Event = dict[str, Any]


def test_an_event_has_what_was_said_and_who_said_it() -> None:
    events: Any = []
    logger = Logger("shop", source=3, observer=events.append)

    logger.warn("sold {item}", item="tea")

    [event] = events
    assert event.pop("log_time") > 0
    assert event == {
        "item": "tea",
        "log_format": "sold {item}",
        "log_level": LogLevel.warn,
        "log_logger": logger,
        "log_namespace": "shop",
        "log_source": 3,
    }


@pytest.mark.parametrize("name", ["debug", "info", "warn", "error", "critical"])
def test_each_level_has_its_method(name: str) -> None:
    events: Any = []

    getattr(Logger("n", observer=events.append), name)("x")

    assert [event["log_level"] for event in events] == [LogLevel.levelWithName(name)]


def test_a_namespace_is_the_calling_module_unless_told() -> None:
    assert Logger().namespace == __name__


class Shop:
    log = Logger("ignored")


def test_as_an_attribute_it_speaks_for_instances_and_classes() -> None:
    shop = Shop()

    assert (shop.log.namespace, shop.log.source) == (f"{__name__}.Shop", shop)
    assert (Shop.log.namespace, Shop.log.source) == (f"{__name__}.Shop", Shop)


def test_an_invalid_level_is_reported_as_an_event() -> None:
    events: Any = []

    Logger("n", observer=events.append).emit("loud", "x")

    [event] = events
    assert event["log_level"] is LogLevel.critical and event["invalidLevel"] == "loud"
    assert str(event["log_failure"].value) == "loud"


def test_failure_takes_the_exception_being_handled() -> None:
    events: Any = []
    try:
        raise ValueError("bad")
    except ValueError as caught:
        Logger("n", observer=events.append).failure("trying {what}", what="tea")
        error = caught

    assert events[0]["log_failure"].value is error and events[0]["what"] == "tea"
    assert events[0]["log_level"] is LogLevel.critical


def test_failures_handled_logs_what_the_block_raises_and_says_how_it_went() -> None:
    events: Any = []
    logger = Logger("n", observer=events.append)

    with logger.failuresHandled("trying {what}", LogLevel.error, what="tea") as operation:
        before = (operation.succeeded, operation.failed)
        raise KeyError(1)

    assert before == (False, False)
    assert (operation.succeeded, operation.failed) == (False, True)
    assert operation.failure is events[0]["log_failure"] and events[0]["log_level"] is LogLevel.error


def test_failures_handled_is_quiet_about_success() -> None:
    events: Any = []

    with Logger("n", observer=events.append).failuresHandled("x") as operation:
        pass

    assert (operation.succeeded, operation.failed, operation.failure, events) == (True, False, None, [])


def test_a_failure_handler_can_be_used_again() -> None:
    events: Any = []
    handler = Logger("n", observer=events.append).failureHandler("static", LogLevel.warn)

    for _ in range(2):
        with handler:
            raise ValueError
    with handler:
        pass

    assert [(event["log_format"], event["log_level"]) for event in events] == [("static", LogLevel.warn)] * 2


def test_an_observer_that_raises_is_reported_to_the_others_once() -> None:
    events: Any = []

    def broken(event: Event) -> None:
        raise ValueError("broken")

    publisher = LogPublisher(cast(Any, broken), events.append)
    publisher({"first": 1})

    assert events[0] == {"first": 1}
    assert len(events) == 2
    assert events[1]["observer"] is broken and str(events[1]["log_failure"].value) == "broken"


def test_two_observers_that_raise_end_in_no_recursion() -> None:
    def broken(event: Event) -> None:
        raise ValueError

    def broken_too(event: Event) -> None:
        raise KeyError

    events: Any = []
    LogPublisher(cast(Any, broken), cast(Any, broken_too), events.append)({})

    assert [event.get("observer") for event in events] == [None, broken, broken_too]


def test_publishers_add_once_and_remove() -> None:
    events: Any = []
    publisher, observer = LogPublisher(), events.append
    publisher.addObserver(observer)
    publisher.addObserver(observer)

    publisher({"n": 1})
    publisher.removeObserver(observer)
    publisher.removeObserver(observer)
    publisher({"n": 2})

    assert events == [{"n": 1}]
    with pytest.raises(TypeError, match="Observer is not callable: 3"):
        publisher.addObserver(3)  # type: ignore[arg-type]


def test_a_trace_tells_who_got_an_event() -> None:
    trace: list[Any] = []
    events: Any = []
    observer = events.append
    publisher = LogPublisher(observer)

    publisher({"log_trace": trace})

    assert trace == [(publisher, observer)]


@pytest.mark.parametrize(
    ("namespace", "level"),
    [
        ("a", LogLevel.warn),
        ("a.b", LogLevel.debug),
        ("a.b.c", LogLevel.debug),
        ("a.bc", LogLevel.warn),
        ("", LogLevel.warn),
    ],
)
def test_a_level_counts_for_all_below_its_namespace(namespace: str, level: Any) -> None:
    predicate = LogLevelFilterPredicate(LogLevel.warn)
    predicate.setLogLevelForNamespace("a.b", LogLevel.debug)

    assert predicate.logLevelForNamespace(namespace) is level


def test_filters_let_pass_from_the_level_on() -> None:
    predicate = LogLevelFilterPredicate(LogLevel.warn)

    def verdict(level: Any, namespace: str | None = "n") -> Any:
        return predicate({"log_level": level, "log_namespace": namespace})

    assert verdict(LogLevel.info) is PredicateResult.no
    assert verdict(LogLevel.warn) is PredicateResult.maybe
    assert verdict(LogLevel.critical, None) is PredicateResult.no
    assert predicate({"log_namespace": "n"}) is PredicateResult.no
    predicate.setLogLevelForNamespace("n", LogLevel.debug)
    assert verdict(LogLevel.info) is PredicateResult.maybe
    predicate.clearLogLevels()
    assert verdict(LogLevel.info) is PredicateResult.no


def test_predicates_are_asked_until_one_decides() -> None:
    passed: Any = []
    kept_out: Any = []

    def run(*results: Any) -> None:
        predicates: Any = [lambda event, result=result: result for result in results]
        FilteringLogObserver(passed.append, predicates, kept_out.append)({"r": results})

    yes, no, maybe = PredicateResult.yes, PredicateResult.no, PredicateResult.maybe
    for results in [(yes, no), (maybe, no), (maybe,), ()]:
        run(*results)

    assert [event["r"] for event in passed] == [(yes, no), (maybe,), ()]
    assert [event["r"] for event in kept_out] == [(maybe, no)]
    with pytest.raises(TypeError, match="Invalid predicate result: 5"):
        run(5)


def test_a_history_keeps_the_last_events() -> None:
    events: Any = []
    history = LimitedHistoryLogObserver(2)
    for number in range(4):
        history({"n": number})

    history.replayTo(events.append)

    assert events == [{"n": 2}, {"n": 3}]


def test_captured_logs_end_with_the_block() -> None:
    logger = Logger("n")
    with capturedLogs() as events:
        logger.info("in")
    logger.info("out")

    assert [event["log_format"] for event in events] == ["in"]


def test_making_loggers_loads_nothing_heavy() -> None:
    script = (
        "import sys; from twisted.logger import Logger; Logger('x');"
        "print([m for m in ('json', 'logging', 'datetime', 'traceback', 'constantly', 'string') if m in sys.modules])"
    )

    output = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {script}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    assert output == "[]\n"


def test_a_failure_given_is_the_failure_logged() -> None:
    events: Any = []
    failure = Failure(ValueError("given"))

    Logger("n", observer=events.append).failure("x", failure, LogLevel.info)

    assert events[0]["log_failure"] is failure and events[0]["log_level"] is LogLevel.info
