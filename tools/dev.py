"""
The developer's front door: ``python3 tools/dev.py COMMAND``.

Standard library only, since it runs before anything is installed. It makes or refreshes ``.venv``, then runs itself
there. Each command is a module of ``tools/workspace``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Run as a script, the first entry would be this folder: its subfolders would pose as top-level modules.
sys.path[0] = str(ROOT)

OLDEST_PYTHON = (3, 10)


def main(arguments: list[str]) -> int:
    """Run one command and give its exit code."""
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        print(f"dev.py: this is Python {sys.version.split()[0]}; run it with Python {wanted} or newer", file=sys.stderr)
        return 1
    # Imported late: what they contain is syntax of Python 3.10.
    from tools.workspace import environment
    from tools.workspace.commands import COMMANDS, parse
    from tools.workspace.steps import Trouble

    options = parse(arguments)
    try:
        python = environment.ready(ROOT)
        if not environment.is_running(ROOT):
            return hand_over(python, arguments)
        return COMMANDS[options.command].run(ROOT, options)
    except Trouble as trouble:
        print(f"dev.py: {trouble}", file=sys.stderr)
    except KeyboardInterrupt:
        print("dev.py: interrupted", file=sys.stderr)
    return 1


def hand_over(python: Path, arguments: list[str]) -> int:
    """Run this very command with the environment's Python."""
    command = [str(python), str(Path(__file__).resolve()), *arguments]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    # Windows has no exec that keeps the console.
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
