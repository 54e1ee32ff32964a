"""
Running programs: with progress for whoever watches, and one sentence when they fail.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Trouble(Exception):
    """What went wrong and what to do about it, in one sentence."""


def say(text: str) -> None:
    """Tell what happens now."""
    print(text, file=sys.stderr, flush=True)


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, label: str = ""
) -> int:
    """Run a program whose output is for the user, and give its exit code."""
    if label:
        say(f"== {label}")
    try:
        return subprocess.call([os.fspath(part) for part in command], cwd=cwd, env=None if env is None else dict(env))
    except FileNotFoundError as missing:
        raise Trouble(f"{command[0]} is not there ({missing}): remove .venv and run this again") from None


class Log:
    """A file that holds all that quiet programs said."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        path.write_text("", encoding="utf-8")

    def quiet(self, title: str, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> bool:
        """
        Run a program that may take long, its output kept in the log, and tell whether it succeeded.

        While it runs, its latest line is shown: in place on a terminal, every ten seconds elsewhere.
        """
        started = time.monotonic()
        words = [os.fspath(part) for part in command]
        try:
            process = subprocess.Popen(
                words,
                env=None if env is None else dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            with self.path.open("a", encoding="utf-8") as log:
                log.write(f"$ {' '.join(words)}\n{error}\n")
            return False
        ticker = _Ticker(title)
        ticker.start()
        with process, self.path.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(words)}\n")
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    log.write(line)
                    ticker.latest = line.strip() or ticker.latest
            except BaseException:
                process.terminate()
                raise
            finally:
                ticker.stop()
        good = process.returncode == 0
        say(f"{title}: {'done' if good else 'failed'} ({time.monotonic() - started:.1f} s)")
        return good


class _Ticker(threading.Thread):
    """Shows that something is still going on."""

    def __init__(self, title: str) -> None:
        super().__init__(daemon=True)
        self.title, self.latest = title, ""
        self._ended = threading.Event()
        self._terminal = sys.stderr.isatty()

    def run(self) -> None:
        say(f"{self.title} ...")
        interval = 0.5 if self._terminal else 10
        seconds = 0.0
        while not self._ended.wait(interval):
            seconds += interval
            text = f"{self.title} ... {seconds:.0f} s  {self.latest}"
            if self._terminal:
                width = max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
                sys.stderr.write(f"\r{text[:width]:<{width}}\r")
                sys.stderr.flush()
            else:
                say(text[:160])

    def stop(self) -> None:
        self._ended.set()
        self.join()
