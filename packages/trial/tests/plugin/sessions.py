"""Runs of pytest by itself, in a directory of their own, and what became of their tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

# Written into the directory: tells us of each test's phases.
_CONFTEST = """
import json, os

_reports = []

def pytest_runtest_logreport(report):
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "xfailed" if outcome == "skipped" else "xpassed"
    if report.when == "call" or outcome != "passed":
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr or "")
        _reports.append([report.nodeid.partition("::")[2], report.when, outcome,
                         getattr(report, "wasxfail", "") or text, [list(section) for section in report.sections]])

def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        with open("reports.json", "w") as file:
            json.dump(_reports, file)
"""


@dataclass(frozen=True)
class Session:
    """
    A run of pytest.

    Attributes:
        status: Its exit status.
        output: What it printed.
        outcomes: By the test's name, what became of it: for each phase that is worth a word, "phase outcome".
        texts: By the test's name, what was said about that.
        sections: By the test's name, the names of its captured sections with their text.
    """

    status: int
    output: str
    outcomes: Mapping[str, str]
    texts: Mapping[str, str]
    sections: Mapping[str, Mapping[str, str]]


def run(
    directory: Path,
    source: str,
    *options: str,
    ini: str = "",
    conftest: str = "",
    others: str = "",
    seconds: float = 100,
) -> Session:
    """
    Run pytest.

    Args:
        directory: Where.
        source: The tests.
        options: Of the command line.
        ini: Lines of its configuration.
        conftest: What its conftest.py has besides ours.
        others: The names of other plugins that take part, or "all". Without it only ours does.
        seconds: How long that may take.
    """
    (directory / "test_them.py").write_text(dedent(source), encoding="utf-8")
    (directory / "conftest.py").write_text(_CONFTEST + conftest, encoding="utf-8")
    (directory / "pytest.ini").write_text(f"[pytest]\n{dedent(ini)}", encoding="utf-8")
    reports = directory / "reports.json"
    reports.unlink(missing_ok=True)
    plugins = [] if others == "all" else [f"-p{name}" for name in ["twisted_trial", *others.split()]]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugins, *options, "test_them.py"],
        cwd=directory,
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "" if others == "all" else "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    outcomes: dict[str, str] = {}
    texts: dict[str, str] = {}
    sections: dict[str, dict[str, str]] = {}
    for name, when, outcome, text, said in json.loads(reports.read_text()) if reports.exists() else []:
        outcomes[name] = f"{outcomes[name]}, {when} {outcome}" if name in outcomes else f"{when} {outcome}"
        texts[name] = texts.get(name, "") + text
        kept = sections.setdefault(name, {})
        for title, content in said:
            kept[title] = kept.get(title, "") + content
    return Session(ended.returncode, ended.stdout, outcomes, texts, sections)
