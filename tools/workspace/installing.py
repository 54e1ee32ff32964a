"""
Installing into an environment: with uv where it does as well as pip, else with pip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.workspace.steps import Log, Trouble

# What building our own packages takes. Having it there spares an environment for each of them.
FOUNDATION = (
    "hatchling>=1.27",  # builds every package
    "incremental>=24.11",  # tells hatchling their versions
    "editables>=0.3",  # hatchling's editable installs
    "tomli>=2; python_version < '3.11'",  # reads pyproject.toml where the standard library cannot
)


def uv_settings(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables for uv: without this one it fetches an interpreter that it does not find."""
    return {**environ, "UV_PYTHON_DOWNLOADS": "never"}


def _runs_pip(python: Path) -> bool:
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


class Installer:
    """Installs requirements into one environment."""

    def __init__(self, python: Path, log: Log, *, ask_pip: bool) -> None:
        self.python, self.log = python, log
        self._pip = _runs_pip(python)
        self._uv = None if ask_pip and self._pip else self._find_uv()

    @property
    def is_uv(self) -> bool:
        return self._uv is not None

    def _find_uv(self) -> str | None:
        if on_path := shutil.which("uv"):
            return on_path
        inside = self.python.with_name("uv.exe" if os.name == "nt" else "uv")
        if not inside.exists() and self._pip:
            # A few seconds that it earns back at once; where there is no uv for the platform, pip does.
            self.log.quiet("fetching uv, which installs faster", [self.python, "-m", "pip", "install", "uv"])
        return str(inside) if inside.exists() else None

    def install(self, title: str, arguments: Sequence[str | Path]) -> None:
        """Install; *arguments* are those that pip and uv share."""
        if self._uv:
            command: list[str | Path] = [self._uv, "pip", "install", "--python", self.python, *arguments]
            if self.log.quiet(title, command, env=uv_settings()):
                return
            if not self._pip:
                raise self.trouble(title)
        command = [self.python, "-m", "pip", "install", "--progress-bar=off", "--no-input", *arguments]
        if not self.log.quiet(f"{title} (pip)", command):
            raise self.trouble(title)

    def trouble(self, title: str) -> Trouble:
        lines = self.log.path.read_text(encoding="utf-8", errors="replace").splitlines()
        said = next((line for line in lines if line.startswith("ERROR") or "error:" in line.lower()), "no reason given")
        return Trouble(
            f"{title} failed ({said.strip()[:300]}): see {self.log.path}, check that a package registry can be reached "
            "(PIP_INDEX_URL names another one), and run this again"
        )


def install_workspace(root: Path, python: Path, log: Log, *, ask_pip: bool) -> None:
    """Install the tools, and all packages of the workspace as editable checkouts in one command."""
    installer = Installer(python, log, ask_pip=ask_pip)
    installer.install("installing what builds packages", FOUNDATION)
    # Asked there: this Python may be one that cannot read TOML.
    asked = subprocess.run(
        [python, "-m", "tools.workspace.installing", root],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise Trouble(asked.stderr.strip().splitlines()[-1])
    lists = json.loads(asked.stdout)
    installer.install("installing the tools", lists["tools"])
    # All at once: alone, a package would look for its siblings in the registry.
    installer.install("installing the packages", ["--no-build-isolation", *lists["packages"]])


def wanted(root: Path) -> dict[str, list[str]]:
    """
    What the environment holds.

    Returns:
        ``tools``, the root's ``dev`` group and what the packages' tests and extras need; ``packages``, arguments that
        install all packages as editable checkouts.
    """
    from tools.workspace.layout import flatten, load_toml, packages, required_name

    found = packages(root)
    tools = flatten(load_toml(root / "pyproject.toml").get("dependency-groups", {}), "dev")
    for one in found:
        tools += one.test_requirements
        # Named here rather than as "--editable core[tls]": that pip does not take for the twisted-core others require.
        tools += one.extra_requirements if one.source else []
    siblings = {one.distribution for one in found}
    return {
        "tools": [one for one in dict.fromkeys(tools) if required_name(one) not in siblings],
        "packages": [word for one in found for word in ("--editable", str(one.folder))],
    }


if __name__ == "__main__":
    print(json.dumps(wanted(Path(sys.argv[1]))))
