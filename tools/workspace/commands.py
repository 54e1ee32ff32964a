"""
What ``dev.py`` can be asked for: the command line, and which module answers.

Nothing is imported for a command that is not called, and nothing at all but the standard library before `.venv` is
there: parsing comes first, so that ``--help`` answers on a bare machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """One word after ``dev.py``."""

    help: str
    # "module:function" of tools.workspace; the function takes the root and the options, and gives the exit code.
    entry: str
    # Everything after the word goes to another program as it is.
    passes_on: bool = False
    arguments: Callable[[argparse.ArgumentParser], None] | None = None

    def run(self, root: Path, options: argparse.Namespace) -> int:
        module, function = self.entry.split(":")
        code: int = getattr(import_module(f"tools.workspace.{module}"), function)(root, options)
        return code


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", metavar="NAME", action="append", help="run only the check of that name (repeatable)")


def _isolated(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the package's folder, such as core")
    parser.add_argument("pytest", nargs=argparse.REMAINDER, help="arguments for pytest")


def _mutate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="PACKAGE", help="the package's folder, such as core")
    parser.add_argument("--count", type=int, default=100, help="how many faults to plant (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="which faults: the same seed plants the same (default: 1)")
    parser.add_argument(
        "--module", metavar="PATTERN", default="*", help="only in files that match, such as '*/_defer/*'"
    )
    parser.add_argument(
        "--minutes", type=float, default=60, help="stop after so long; run again to go on (default: 60)"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs of this seed found")


COMMANDS: Mapping[str, Command] = {
    "demo": Command("serve every protocol there is on this machine, and try each", "demo:run", passes_on=True),
    "test": Command("run the tests; arguments go to pytest", "testing:run", passes_on=True),
    "bench": Command(
        "measure beside released Twisted and the peers; --help says more", "testing:bench", passes_on=True
    ),
    "check": Command("ruff, mypy --strict, import layers, generated files", "checking:run", arguments=_check),
    "build": Command("make the sdist and the wheel of every package, in dist/", "building:run"),
    "isolated": Command(
        "test one package's wheel, with what it declares, in an empty environment", "isolation:run", arguments=_isolated
    ),
    "mutate": Command("plant faults at random, and tell which no test saw", "mutation:run", arguments=_mutate),
    "docs": Command("build the manual, in docs/_build", "testing:docs", passes_on=True),
    "generate": Command(
        "write the workflows, tox's list and mypy's path anew from the packages there are", "generating:run"
    ),
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; a mistake in it ends the program with the usage."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Develop: each command sets up what it needs.")
    words = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        word = words.add_parser(name, help=command.help, description=command.help, add_help=not command.passes_on)
        if command.arguments:
            command.arguments(word)
    options, rest = parser.parse_known_args(arguments)
    if rest and not COMMANDS[options.command].passes_on:
        parser.error(f"{options.command} does not know {' '.join(rest)}")
    # As they came: argparse would take a "--" away.
    options.rest = arguments[1:] if COMMANDS[options.command].passes_on else []
    return options
