"""
The environment in ``.venv``: made once, refreshed when a package's settings change.

Bare machines differ: Debian's Python may lack ``ensurepip`` (and ``-m venv`` then leaves a half-made folder), some
have uv, some reach a registry only through what pip was told. `ready` copes with these, and a stamp written last tells
a whole environment from one whose making was interrupted.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.workspace import installing
from tools.workspace.steps import Log, Trouble, say

STAMP = "workspace-stamp"

# pip's settings that change where packages come from or which are allowed. uv reads none of them.
_PIP_ONLY = (
    "index-url",
    "extra-index-url",
    "find-links",
    "no-index",
    "constraint",
    "trusted-host",
    "proxy",
    "cert",
    "client-cert",
)


def python_of(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_running(root: Path) -> bool:
    """Whether this very process runs in the environment."""
    return Path(sys.prefix).resolve() == (root / ".venv").resolve()


def fingerprint(root: Path) -> str:
    """What the environment was made from: when this changes, it has to be refreshed."""
    digest = hashlib.sha256()
    sources = [root / "pyproject.toml", Path(installing.__file__)]
    sources += sorted(root.glob("packages/*/pyproject.toml"))
    # Editable installs copy the version.
    sources += sorted(root.glob("packages/*/src/twisted/**/_version.py"))
    for path in sources:
        digest.update(str(path.relative_to(root) if path.is_relative_to(root) else path.name).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def ready(root: Path) -> Path:
    """Make or refresh the environment if need be, and give its interpreter."""
    folder = root / ".venv"
    python = python_of(folder)
    stamp = folder / STAMP
    wanted = fingerprint(root)
    if stamp.is_file() and python.exists() and stamp.read_text() == wanted:
        return python
    say(f"{'refreshing' if stamp.is_file() else 'setting up'} {folder} (once; takes a minute or so)")
    ask_pip = bool(pip_settings(os.environ))
    if not usable(python):
        make(folder, ask_pip=ask_pip)
    log = Log(folder / "install.log")
    installing.install_workspace(root, python, log, ask_pip=ask_pip)
    stamp.write_text(wanted)
    say("the environment is ready")
    return python


def usable(python: Path) -> bool:
    """Whether an environment is there that runs, and into which packages can be installed."""
    if not python.exists():
        return False
    try:
        started = subprocess.run([python, "-c", ""], capture_output=True, check=False)
    except OSError:
        return False
    return started.returncode == 0 and (has_pip(python) or shutil.which("uv") is not None)


def has_pip(python: Path | str) -> bool:
    """Whether ``-m pip`` works there. Asking for a spec is not enough: an empty folder has one."""
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def make(folder: Path, *, ask_pip: bool) -> None:
    """
    Make an empty environment with whatever this machine has.

    Args:
        folder: Where; whatever is there is removed.
        ask_pip: Packages will be installed by pip, so an environment without it is of no use.
    """
    python = python_of(folder)
    uv = None if ask_pip else shutil.which("uv")
    if uv and _try(folder, [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]):
        return
    if _try(folder, [sys.executable, "-m", "venv", str(folder)]) and has_pip(python):
        return
    if _try(folder, [sys.executable, "-m", "venv", "--without-pip", str(folder)]) and has_pip(sys.executable):
        fetched = subprocess.run(
            [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "pip"], check=False
        )
        if fetched.returncode == 0 and has_pip(python):
            return
    # It will not hear pip's settings: better than nothing.
    uv = shutil.which("uv")
    if uv and _try(folder, [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]):
        return
    shutil.rmtree(folder, ignore_errors=True)
    raise Trouble(
        f"{sys.executable} can make no virtual environment: apt install python3-venv (or install uv) and run this again"
    )


def _try(folder: Path, command: list[str]) -> bool:
    """Start from nothing: a failed attempt leaves a half-made folder."""
    shutil.rmtree(folder, ignore_errors=True)
    return subprocess.run(command, capture_output=True, check=False, env=installing.uv_settings()).returncode == 0


def pip_settings(environ: Mapping[str, str]) -> list[str]:
    """Which settings pip was given, by variables and files, that uv would ignore."""
    names = [f"PIP_{name.upper().replace('-', '_')}" for name in _PIP_ONLY]
    found = [name for name in names if environ.get(name)]
    for path in pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                options = {option.replace("_", "-") for option in parser.options(section)}
                found += [f"{path}: {name}" for name in _PIP_ONLY if name in options]
    return found


def pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Where pip would look for its settings."""
    if environ.get("PIP_CONFIG_FILE") == os.devnull:
        return []
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "~").expanduser()
    if sys.platform == "win32":
        bases = [Path(environ[name]) for name in ("PROGRAMDATA", "APPDATA") if environ.get(name)]
        files = [base / "pip" / "pip.ini" for base in bases] + [home / "pip" / "pip.ini"]
    else:
        system = [Path(one) for one in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)]
        own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        library = Path("Library/Application Support")
        files = [base / "pip" / "pip.conf" for base in [*system, Path("/") / library, own, home / library]]
        files += [Path("/etc/pip.conf"), home / ".pip" / "pip.conf"]
    if environ.get("PIP_CONFIG_FILE"):
        files.append(Path(environ["PIP_CONFIG_FILE"]))
    return files
