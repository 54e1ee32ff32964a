"""
What a worker and the parent say to each other: lines of JSON over a pair of UNIX sockets.

The parent begins with one `Orders`. After that the worker alone asks: for a socket by an `Ask`, which the parent
answers with an `Answer` and, if all is well, the socket itself; or it tells that it is ready, which is not answered.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

# A line is a command line and a path list at most.
MAX_LINE = 1 << 20

READY = b'{"ready": true}'


class ControlError(Exception):
    """The other side said something that makes no sense."""


@dataclass(frozen=True)
class Orders:
    """
    What a worker is to do.

    Attributes:
        argv: The command line, beginning with the program's name.
        path: Where it imports from.
        grace: How long it may take to finish what runs, in seconds.
        names: The names of the sockets that systemd gave, in the order of their descriptors.
    """

    argv: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    grace: float = 0.0
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ask:
    """
    A wish for a socket.

    Attributes:
        kind: ``tcp``, ``udp`` or ``unix``.
        where: The local address, or the path.
        port: The port.
        place: How many sockets on any port were asked for there before: the first of each worker is the same.
        backlog: How many connections may wait.
        mode: The permissions of a path.
        lock: Whether a lock file is wanted beside a path.
    """

    kind: str
    where: str
    port: int = 0
    place: int = 0
    backlog: int = 50
    mode: int = 0o666
    lock: bool = False

    def key(self) -> tuple[str, str, int, int]:
        """Asks with one key are for one socket."""
        return self.kind, self.where, self.port, self.place


@dataclass(frozen=True)
class Answer:
    """
    What became of an `Ask`.

    Attributes:
        family: The family of the socket, which comes along.
        code: The number of the error, if there is no socket.
        reason: The error in words.
    """

    family: int = 0
    code: int = 0
    reason: str = ""


_T = TypeVar("_T", Orders, Ask, Answer)


def line_of(message: Orders | Ask | Answer) -> bytes:
    """Write a message."""
    return json.dumps(asdict(message)).encode("ascii") + b"\n"


def read(kind: type[_T], line: bytes) -> _T:
    """Read a message of that kind; raises `ControlError`."""
    facts = _facts(line)
    shape = asdict(_EXAMPLES[kind])
    if facts.keys() != shape.keys():
        raise ControlError(f"{kind.__name__} has {sorted(shape)}, and this has {sorted(facts)}")
    for name, example in shape.items():
        value = facts[name]
        # A whole number of seconds is as good as any other.
        if type(value) is not type(example) and not (type(example) is float and type(value) is int):
            raise ControlError(f"{name} of {kind.__name__} is {value!r}")
    return kind(**facts)


def is_ready(line: bytes) -> bool:
    """Tell whether a worker says that it is ready; raises `ControlError` if it says nothing at all."""
    return _facts(line) == {"ready": True}


def _facts(line: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        raise ControlError(f"not a line of JSON: {line[:60]!r}") from None
    if not isinstance(facts, dict):
        raise ControlError(f"not a message: {line[:60]!r}")
    return facts


_EXAMPLES: dict[Any, Orders | Ask | Answer] = {Orders: Orders(), Ask: Ask("", ""), Answer: Answer()}
