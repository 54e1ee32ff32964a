from __future__ import annotations

import gc
import os
from typing import Any

import pytest

from twisted.trial._jobs import worker
from twisted.trial._jobs.frames import Frames, encode
from twisted.trial._jobs.naming import describe
from twisted.trial._runner.holders import NOT_IN_TEST

from . import samples


def orders(*tests: Any) -> Any:
    return iter([[describe(test), test.id()] for test in tests])


def run(*tests: Any, collect: bool = False) -> list[Any]:
    sent: list[Any] = []
    worker.Worker(sent.append, collect).run(orders(*tests))
    return sent


def words(sent: list[Any]) -> list[Any]:
    return [message[1][:2] if message[0] == "call" else message[0] for message in sent]


def test_each_test_is_told_of_and_then_done() -> None:
    good, bad = samples.Samples("test_good"), samples.Samples("test_bad")

    assert words(run(good, bad)) == [
        ["startTest", good.id()],
        ["addSuccess", good.id()],
        ["stopTest", good.id()],
        "done",
        ["startTest", bad.id()],
        ["addFailure", bad.id()],
        ["stopTest", bad.id()],
        "done",
    ]


def test_a_test_that_is_not_there_is_an_error_of_its_name() -> None:
    sent: list[Any] = []
    missing = {"module": samples.__name__, "file": None, "class": "Samples", "method": "test_gone"}

    worker.Worker(sent.append, False).run(iter([[missing, "its.name"]]))

    assert words(sent) == [["startTest", "its.name"], ["addError", "its.name"], ["stopTest", "its.name"], "done"]


def test_fixtures_of_a_class_are_called_once() -> None:
    samples.Fixtures.happened.clear()

    sent = run(samples.Fixtures("test_one"), samples.Fixtures("test_two"), samples.Samples("test_good"))

    assert samples.Fixtures.happened == ["up", "one", "two", "down"]
    assert ["addError", f"{samples.__name__}.Fixtures.tearDownClass"] in words(sent)


def test_fixtures_of_the_last_class_come_after_all() -> None:
    samples.Fixtures.happened.clear()

    sent = run(samples.Fixtures("test_one"))

    name = f"{samples.__name__}.Fixtures.tearDownClass"
    assert samples.Fixtures.happened == ["up", "one", "down"]
    assert words(sent)[-3:] == [["startTest", name], ["addError", name], ["stopTest", name]]


def test_what_is_logged_between_tests_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "shut_down", samples.log_an_error)

    sent = run(samples.Samples("test_good"))

    assert words(sent)[-2:] == ["done", ["addError", NOT_IN_TEST]]
    assert words(run(samples.Samples("test_good")))[-1][0] == "addError"


def test_garbage_is_collected_if_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(1))

    run(samples.Samples("test_good"))
    assert collected == []

    run(samples.Samples("test_good"), collect=True)
    assert len(collected) == 2


def test_messages_go_through_pipes_whatever_their_size() -> None:
    source, sink = os.pipe()
    frames, received = Frames(), list[Any]()
    worker._sender(sink)([1, "x"])
    worker._sender(sink)([2])
    os.close(sink)
    try:
        while data := os.read(source, 3):
            received += frames.feed(data)
    finally:
        os.close(source)

    assert received == [[1, "x"], [2]]


def test_a_message_is_sent_whole_even_if_the_pipe_takes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    written = bytearray()

    def write(descriptor: int, data: memoryview) -> int:
        written.extend(data[:5])
        return min(5, len(data))

    monkeypatch.setattr(os, "write", write)
    worker._sender(99)(["a long message"])
    monkeypatch.undo()

    assert bytes(written) == encode(["a long message"])


def test_the_child_of_a_test_is_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    def leave(status: int) -> None:
        ended.append(status)
        raise SystemExit

    send = worker._sender(99)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    monkeypatch.setattr(os, "_exit", leave)

    with pytest.raises(SystemExit):
        send(["x"])
    assert ended == [70]


def test_orders_come_until_the_pipe_is_closed() -> None:
    source, sink = os.pipe()
    os.write(sink, encode([1]) + encode([2]))
    os.close(sink)
    try:
        assert list(worker._incoming(source)) == [[1], [2]]
    finally:
        os.close(source)


def test_warnings_are_sent_along() -> None:
    sent: list[Any] = []
    event = {"warning": UserWarning("w"), "filename": "f", "lineno": 3, "category": "c", "system": object()}

    worker._tell_warning(event, sent.append)
    worker._tell_warning({"message": ("no warning",)}, sent.append)

    assert sent == [["warning", {"filename": "f", "lineno": 3, "category": "c", "warning": "w"}]]


def test_the_log_goes_to_several_files(tmp_path: Any) -> None:
    paths = [str(tmp_path / "a"), str(tmp_path / "b")]
    logs = worker._Logs(*paths)

    logs.write("caf\xe9 \udc80\n")
    logs.flush()

    for path in paths:
        with open(path, encoding="utf-8") as file:
            assert file.read() == "caf\xe9 \\udc80\n"
