"""
``dev.py demo``: the front door, in a process of its own.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from tools.workspace.steps import run as run_program


def run(root: Path, options: Namespace) -> int:
    """Become the demo, so that Ctrl-C reaches one process only."""
    command = [sys.executable, "-m", "tools.demo", *options.rest]
    if os.name == "posix":
        os.chdir(root)
        os.execv(command[0], command)
    return run_program(command, cwd=root)
