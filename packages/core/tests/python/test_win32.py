"""Command lines for Windows' programs, which take them apart themselves; and error numbers."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.python import win32


def taken_apart(line: str) -> list[str]:
    """What a program makes of the arguments of its command line, by the rules of Microsoft's C run time."""
    arguments: list[str] = []
    current: str | None = None
    quoted = False
    backslashes = 0
    for character in line:
        if character == "\\":
            backslashes += 1
            continue
        if character == '"':
            current = (current or "") + "\\" * (backslashes // 2)
            if backslashes % 2:
                current += '"'
            else:
                quoted = not quoted
        elif character in " \t" and not quoted:
            if backslashes or current is not None:
                arguments.append((current or "") + "\\" * backslashes)
            current = None
        else:
            current = (current or "") + "\\" * backslashes + character
        backslashes = 0
    if backslashes or current is not None:
        arguments.append((current or "") + "\\" * backslashes)
    return arguments


@pytest.mark.parametrize(
    ("argument", "written"),
    [
        ("", '""'),
        ("a", "a"),
        ("a b", '"a b"'),
        ("a\tb", '"a\tb"'),
        ('a"b', '"a\\"b"'),
        ('a\\"b', '"a\\\\\\"b"'),
        ("C:\\a\\b", "C:\\a\\b"),
        ("C:\\a b\\", '"C:\\a b\\\\"'),
        ("C:\\a\\", "C:\\a\\"),
        ("line\n", "line\n"),
        ("a line \n", '"a line \n"'),
    ],
)
def test_an_argument_is_quoted_where_it_has_to_be(argument: str, written: str) -> None:
    assert win32.cmdLineQuote(argument) == written


@given(st.lists(st.text('ab \\\t"')))
def test_a_program_finds_the_arguments_that_it_was_given(arguments: list[str]) -> None:
    assert taken_apart(win32.quoteArguments(arguments)) == arguments


def test_arguments_have_spaces_between_them() -> None:
    assert win32.quoteArguments(["a", "b c", ""]) == 'a "b c" ""'
    assert win32.quoteArguments([]) == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows describes its own errors")
def test_elsewhere_an_error_is_described_as_the_system_does() -> None:
    assert win32.formatError(2) == os.strerror(2)


def test_error_numbers_are_those_of_windows() -> None:
    assert (win32.ERROR_FILE_NOT_FOUND, win32.ERROR_PATH_NOT_FOUND) == (2, 3)
    assert (win32.ERROR_INVALID_NAME, win32.ERROR_DIRECTORY) == (123, 267)
