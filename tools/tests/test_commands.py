"""
The command line.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from tools.workspace.commands import COMMANDS, parse


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_function(name: str) -> None:
    module, function = COMMANDS[name].entry.split(":")

    assert callable(getattr(import_module(f"tools.workspace.{module}"), function))


def test_arguments_for_other_programs_are_passed_on_untouched() -> None:
    options = parse(["test", "-k", "deferred", "--", "--help", "packages/core"])

    assert options.command == "test"
    assert options.rest == ["-k", "deferred", "--", "--help", "packages/core"]


def test_arguments_nobody_knows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["check", "--fast"])
    assert "--fast" in capsys.readouterr().err


def test_isolated_takes_a_name_and_pytest_s_arguments() -> None:
    options = parse(["isolated", "core", "-x", "-q"])

    assert (options.name, options.pytest) == ("core", ["-x", "-q"])


def test_mutate_has_a_fixed_seed_unless_told() -> None:
    options = parse(["mutate", "core"])

    assert (options.package, options.count, options.seed) == ("core", 100, 1)
