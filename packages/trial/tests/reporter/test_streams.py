from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from twisted.trial import reporter
from twisted.trial._reporter import streams


def test_writing_goes_on_after_a_signal() -> None:
    written: list[str] = []
    interruptions = iter([InterruptedError(4, "signal"), None])

    def write(text: str) -> int:
        interruption = next(interruptions)
        if interruption is not None:
            raise interruption
        written.append(text)
        return 7

    assert reporter.SafeStream(SimpleNamespace(write=write)).write("text") == 7
    assert written == ["text"]


def test_all_else_is_the_original_s() -> None:
    original = io.StringIO("content")
    stream = reporter.SafeStream(original)

    assert stream.original is original
    assert stream.read() == "content"


def test_what_a_stream_cannot_encode_is_escaped() -> None:
    raw = io.BytesIO()
    stream = reporter.SafeStream(io.TextIOWrapper(raw, "ascii"))

    stream.write("caf\xe9 \udc80\n")
    stream.flush()

    assert raw.getvalue() == b"caf\\xe9 \\udc80\n"


def test_only_terminals_have_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fake: Any = SimpleNamespace(setupterm=lambda: asked.append("setup"), tigetnum=lambda name: 8)
    monkeypatch.setitem(sys.modules, "curses", fake)
    terminal = SimpleNamespace(isatty=lambda: True)

    assert not streams._has_colours(io.StringIO())
    assert not streams._has_colours(object())
    assert asked == []
    assert streams._has_colours(terminal)
    assert isinstance(streams.paint_for(terminal), streams.Ansi)
    assert isinstance(streams.paint_for(io.StringIO()), streams.Plain)


@pytest.mark.parametrize(("colours", "expected"), [(2, False), (3, True), (-1, False)])
def test_a_terminal_must_have_more_than_two_colours(
    monkeypatch: pytest.MonkeyPatch, colours: int, expected: bool
) -> None:
    fake: Any = SimpleNamespace(setupterm=lambda: None, tigetnum=lambda name: {"colors": colours}[name])
    monkeypatch.setitem(sys.modules, "curses", fake)

    assert streams._has_colours(SimpleNamespace(isatty=lambda: True)) is expected


def test_a_terminal_that_nobody_knows_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def setupterm() -> None:
        raise RuntimeError("could not find terminal")

    monkeypatch.setitem(sys.modules, "curses", SimpleNamespace(setupterm=setupterm))
    assert not streams._has_colours(SimpleNamespace(isatty=lambda: True))

    monkeypatch.setitem(sys.modules, "curses", None)
    assert not streams._has_colours(SimpleNamespace(isatty=lambda: True))


def test_windows_terminals_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.name", "nt")
    monkeypatch.setitem(sys.modules, "curses", None)

    assert streams._has_colours(SimpleNamespace(isatty=lambda: True))


@pytest.mark.parametrize(("colour", "code"), [("black", 30), ("red", 31), ("green", 32), ("blue", 34), ("white", 37)])
def test_colours_are_those_of_terminals(colour: str, code: int) -> None:
    stream = io.StringIO()

    streams.Ansi(stream).write("word", colour)

    assert stream.getvalue() == f"\x1b[{code};1mword\x1b[0m"


def test_without_colours_only_the_text_is_written() -> None:
    stream = io.StringIO()

    streams.Plain(stream).write("word", "red")

    assert stream.getvalue() == "word"
