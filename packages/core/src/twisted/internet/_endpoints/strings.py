r"""
The grammar of endpoint strings: ``prefix:value:value:key=value``.

A backslash takes away the meaning of the character behind it, so that values may contain ``:`` (``\:``) and
backslashes (``\\``), and those in front ``=`` (``\=``).
"""

from __future__ import annotations

from collections.abc import Iterator


def _tokens(text: str) -> Iterator[tuple[bool, str]]:
    """Cut *text*; each token comes with whether it is an operator (``:``, or the first ``=`` after one)."""
    value: list[str] = []
    keyword_possible = True
    characters = iter(text)
    for character in characters:
        if character == ":" or (character == "=" and keyword_possible):
            yield False, "".join(value)
            yield True, character
            value = []
            keyword_possible = character == ":"
        elif character == "\\":
            following = next(characters, None)
            if following is None:
                raise ValueError(f"the endpoint string {text!r} ends in a backslash: write two to mean one")
            value.append(following)
        else:
            value.append(character)
    yield False, "".join(value)


def parse(description: str) -> tuple[list[str], dict[str, str]]:
    """
    Take an endpoint string apart.

    Returns:
        What stands alone, the prefix first, and what has a key.

    Raises:
        ValueError: A backslash at the end has nothing to take the meaning from.
    """
    alone: list[str] = []
    keyed: dict[str, str] = {}
    pending: list[str] = []
    for is_operator, value in [*_tokens(description), (True, ":")]:
        if not is_operator:
            pending.append(value)
        elif value == ":":
            if len(pending) == 2:
                keyed[pending[0]] = pending[1]
            else:
                alone.append(pending[0])
            pending = []
    return alone, keyed


def quoteStringArgument(argument: str) -> str:
    r"""
    Make of any text a value for an endpoint string.

    Where the value stands alone and has ``=`` in it, give it its key: ``f"unix:path={quoteStringArgument(path)}"``.
    """
    return argument.replace("\\", "\\\\").replace(":", "\\:")


def number(text: str | int, what: str, description: str, base: int = 10) -> int:
    """
    Read a number of an endpoint string.

    Raises:
        ValueError: It is none; the message says what was expected.
    """
    try:
        return int(text) if isinstance(text, int) else int(text, base)
    except ValueError as error:
        kind = "an octal number" if base == 8 else "a number"
        # Python's own words stay in it: programs look for them.
        raise ValueError(f"{description}: {what} must be {kind}: {error}") from None
