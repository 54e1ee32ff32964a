"""The grammar of endpoint strings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet._endpoints.strings import number, parse, quoteStringArgument


@pytest.mark.parametrize(
    ("description", "alone", "keyed"),
    [
        ("tcp:80", ["tcp", "80"], {}),
        ("a:b=c:d\\:e:f\\=g:=x", ["a", "d:e", "f=g"], {"b": "c", "": "x"}),
        ("a:b=c=d", ["a"], {"b": "c=d"}),
        ("a:b=1:b=2", ["a"], {"b": "2"}),
        ("", [""], {}),
        ("tcp:", ["tcp", ""], {}),
    ],
)
def test_values_stand_alone_or_have_a_key(description: str, alone: list[str], keyed: dict[str, str]) -> None:
    assert parse(description) == (alone, keyed)


@given(st.lists(st.text()))
def test_what_was_quoted_is_parsed_as_it_was(values: list[str]) -> None:
    description = ":".join(["x", *(f"k{at}={quoteStringArgument(value)}" for at, value in enumerate(values))])

    assert parse(description) == (["x"], {f"k{at}": value for at, value in enumerate(values)})


def test_a_backslash_at_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="ends in a backslash"):
        parse("tcp:\\")


def test_quoting_changes_colons_and_backslashes_only() -> None:
    assert quoteStringArgument("a:b\\c=d") == "a\\:b\\\\c=d"


def test_a_bad_number_is_named_with_what_was_expected() -> None:
    assert (number("17", "port", "tcp"), number("17", "mode", "unix", 8), number(5, "port", "tcp")) == (17, 15, 5)
    with pytest.raises(ValueError, match=r"^tcp: port must be a number: invalid .* base 10: 'x'$"):
        number("x", "port", "tcp")
    with pytest.raises(ValueError, match=r"^unix: mode must be an octal number: .* 8: '9'$"):
        number("9", "mode", "unix", 8)
