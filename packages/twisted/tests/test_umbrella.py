"""
The umbrella brings everything, under the extras that users know.
"""

from __future__ import annotations

from importlib.metadata import distribution, entry_points, requires, version

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

EXTRAS = {
    "all_non_platform",
    "conch",
    "gtk_platform",
    "http2",
    "macos_platform",
    "osx_platform",
    "serial",
    "tls",
    "websocket",
    "windows_platform",
}


def plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def brought(extra: str | None) -> set[str]:
    """What an extra requires that is not required without it, other extras of the umbrella followed."""
    found: set[str] = set()
    for line in requires("twisted") or []:
        requirement = Requirement(line)
        if requirement.marker is None:
            wanted = extra is None
        elif extra is None:
            wanted = False
        else:
            wanted = any(f'extra == "{one}"' in str(requirement.marker) for one in (extra, plain(extra)))
        if not wanted:
            continue
        if plain(requirement.name) == "twisted":
            for other in requirement.extras:
                found |= brought(other)
        else:
            suffix = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            found.add(plain(requirement.name) + suffix)
    return found


def test_core_is_required_in_a_range_that_goes_together() -> None:
    [core] = [
        one
        for line in requires("twisted") or []
        if (one := Requirement(line)).name == "twisted-core" and not one.extras
    ]

    assert version("twisted-core") in core.specifier
    assert "99.0" not in core.specifier


def test_its_version_is_not_below_what_programs_ask_for() -> None:
    assert Version(version("twisted")) >= Version("26.11.0")


def test_it_has_every_extra_that_users_know_and_no_other() -> None:
    offered = distribution("twisted").metadata.get_all("Provides-Extra") or []

    assert {plain(name) for name in offered} == {plain(name) for name in EXTRAS}


@pytest.mark.parametrize(
    ("extra", "names"),
    [
        ("tls", {"twisted-core[tls]"}),
        ("serial", {"twisted-core[serial]"}),
        ("conch", {"appdirs", "bcrypt", "cryptography"}),
        ("http2", {"twisted-web[http2]"}),
        ("websocket", set()),
    ],
)
def test_an_extra_brings_what_its_protocol_needs(extra: str, names: set[str]) -> None:
    assert brought(extra) == names
    assert brought("all_non_platform") >= names


def test_an_older_name_brings_what_the_newer_does() -> None:
    assert brought("osx_platform") == brought("macos_platform")


def test_console_scripts_are_declared_by_the_packages_whose_they_are() -> None:
    assert [one for one in entry_points(group="console_scripts") if one.dist and one.dist.name == "twisted"] == []


def test_it_has_no_modules() -> None:
    files = distribution("twisted").files or []

    # An editable checkout has a path file, which leads nowhere.
    assert [str(path) for path in files if path.suffix == ".py"] == []
