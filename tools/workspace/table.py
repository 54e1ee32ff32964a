"""
The one table behind the matrix: which package on which Python and system, and the checks beside them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

# What is tested where. A row's Pythons are those which a job of that system runs.
SYSTEMS = {
    "ubuntu-latest": ("3.10", "3.11", "3.12", "3.13", "3.14"),
    "macos-latest": ("3.10", "3.14"),
    "windows-latest": ("3.10", "3.14"),
}
CHECKS = ("lint", "types", "docs")
# Which Python runs what is the same on all of them.
MAIN_PYTHON = "3.12"
# It has no modules to test on each Python; it is tried alone, with what it requires.
UMBRELLA = "twisted"

# Any: a workflow is nested plain data, written out at once.
Job = dict[str, Any]


def tag(python: str) -> str:
    """``3.11`` as environments name it."""
    return "py" + python.replace(".", "")


def environments(packages: Sequence[str]) -> list[str]:
    """tox's environments, in its notation."""
    pythons = ",".join(tag(python).removeprefix("py") for python in SYSTEMS["ubuntu-latest"])
    names = ",".join(packages)
    return [f"{{{names}}}{{,-oldest}}-py{{{pythons}}}", *CHECKS, f"isolated-{{{names},{UMBRELLA}}}"]


def workflows(packages: Sequence[str]) -> dict[str, str]:
    """The text of each workflow by name. JSON is YAML, and needs no library to be written."""
    head = "# Made by: python3 tools/dev.py generate\n"
    return {name: f"{head}{json.dumps(flow, indent=2)}\n" for name, flow in {"tests": tests(packages)}.items()}


def tests(packages: Sequence[str]) -> Job:
    """Every package on every system and Python, against the workspace's core and the oldest it declares."""
    jobs: dict[str, Job] = {}
    for system, pythons in SYSTEMS.items():
        short = system.split("-")[0]
        jobs[short] = {
            "name": f"{short} ${{{{ matrix.python }}}} ${{{{ matrix.package }}}}${{{{ matrix.core }}}}",
            "runs-on": system,
            "timeout-minutes": 30,
            "strategy": {
                "fail-fast": False,
                "matrix": {"python": list(pythons), "package": list(packages), "core": ["", "-oldest"]},
            },
            "steps": [
                *checkout("${{ matrix.python }}"),
                {"run": "python -m pip install tox"},
                {
                    "run": "python tools/matrix.py tox ${{ matrix.package }}${{ matrix.core }} ${{ matrix.python }}",
                },
            ],
        }
    jobs["checks"] = {
        "name": "${{ matrix.check }}",
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 30,
        "strategy": {
            "fail-fast": False,
            "matrix": {"check": [*CHECKS, *(f"isolated-{name}" for name in (*packages, UMBRELLA))]},
        },
        "steps": [
            *checkout(MAIN_PYTHON),
            {"run": "python -m pip install tox"},
            {"run": "python -m tox run -e ${{ matrix.check }}"},
        ],
    }
    jobs["whole"] = {
        "name": "everything, as on a fresh machine",
        "runs-on": "ubuntu-latest",
        "timeout-minutes": 60,
        "steps": [*checkout("3.11"), {"run": 'sudo -E env PATH="$PATH" bash .ci/run'}],
    }
    return {
        "name": "tests",
        "on": {"push": {"branches": ["main"]}, "pull_request": {}},
        "permissions": {"contents": "read"},
        "concurrency": {"group": "${{ github.workflow }}-${{ github.ref }}", "cancel-in-progress": True},
        "jobs": jobs,
    }


def checkout(python: str) -> list[Job]:
    """The steps every job begins with."""
    return [
        {"uses": "actions/checkout@v4"},
        {"uses": "actions/setup-python@v5", "with": {"python-version": python, "allow-prereleases": True}},
    ]
