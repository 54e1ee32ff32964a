"""
Where the measured programs run: our environment, and one apart for released Twisted and the peers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tools.bench.model import Candidate, Runs

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build" / "bench"

# Released Twisted, and whoever does a row's work best. They never meet our packages.
REFERENCE = (
    "twisted[tls,http2,websocket,conch]==26.10.0",
    "uvloop",
    "aiohttp",
    "uvicorn[standard]",
    "hypercorn",
    "websockets",
)


class Unavailable(Exception):
    """Something that a row needs is not on this machine; the text says how to get it."""


def reference_python() -> Path:
    """Make the environment of released Twisted at first use. ``BENCH_REFERENCE`` names one that exists already."""
    if given := os.environ.get("BENCH_REFERENCE"):
        return Path(given)
    folder = BUILD / "reference"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print("setting up released Twisted and the peers (once) ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *REFERENCE], check=True)
        (folder / "complete").touch()
    return python


def binary(name: str) -> Path:
    """Compile ``NAME.c`` of this folder, when it is newer than what was compiled."""
    source, target = HERE / f"{name}.c", BUILD / name
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("cc")
        if compiler is None:
            raise Unavailable("no C compiler: apt install gcc libssl-dev")
        BUILD.mkdir(parents=True, exist_ok=True)
        plain = [compiler, "-O2", "-o", str(target), str(source)]
        with_tls = subprocess.run([*plain, "-DWITH_TLS", "-lssl", "-lcrypto"], capture_output=True, check=False)
        if with_tls.returncode:
            subprocess.run(plain, check=True)
    return target


def command(candidate: Candidate) -> list[str]:
    """The command line that starts a candidate."""
    if candidate.runs is Runs.BINARY:
        return [str(binary(candidate.program)), *candidate.arguments]
    python = Path(sys.executable) if candidate.runs is Runs.OURS else reference_python()
    return [str(python), str(HERE / "programs" / candidate.program), *candidate.arguments]
