"""
What a benchmark row says: which programs do the same work, what loads them, and what is promised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Runs(Enum):
    """What runs a candidate's program."""

    OURS = "ours"
    REFERENCE = "reference"  # released Twisted, in an environment of its own
    PEERS = "peers"  # the best of the others: the reference's environment holds them too
    BINARY = "binary"  # a C program of this folder


class Kind(Enum):
    """How a row is measured."""

    SERVED = "served"  # the program serves; the load generator asks
    TIMED = "timed"  # the program does the work itself and says what it took
    STARTED = "started"  # the program is started and ends: an import, say
    RESIDENT = "resident"  # memory for each idle connection


@dataclass(frozen=True)
class Candidate:
    """One program that does a row's work."""

    label: str
    runs: Runs
    program: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goal:
    """
    What a row promises.

    Attributes:
        than_reference: At least this many times less than released Twisted.
        than_others: For each label, at most this many times as much as it.
    """

    than_reference: float
    than_others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Load:
    """
    What asks a server: the words after the port for this folder's load generator, or a command of its own.

    Attributes:
        mode: The load generator's mode.
        command: Instead of it, a command; ``{port}`` and ``{seconds}`` are filled in, and *pattern* finds the number
            of operations in what it prints.
    """

    mode: str = ""
    connections: int = 1
    size: int = 0
    tls: bool = False
    command: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the table. *scale* turns seconds per operation into *unit*."""

    name: str
    title: str
    kind: Kind
    candidates: tuple[Candidate, ...]
    goal: Goal | None = None
    load: Load = field(default_factory=Load)
    unit: str = "us"
    scale: float = 1e6
    per_megabyte: bool = False


def alike(program: str, *arguments: str) -> tuple[Candidate, Candidate]:
    """The same program, run on us and on released Twisted."""
    return (
        Candidate("ours", Runs.OURS, program, arguments),
        Candidate("Twisted", Runs.REFERENCE, program, arguments),
    )
