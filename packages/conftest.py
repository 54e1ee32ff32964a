"""
A package's README shows a program. It is run here as a reader would run it: written to a file, by itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take each package's README.md for a test."""
    if file_path.name == "README.md" and file_path.parent.parent.name == "packages":
        readme: Readme = Readme.from_parent(parent, path=file_path)
        return readme
    return None


class Readme(pytest.File):
    """A README whose Python blocks together are a program that ends by itself."""

    def collect(self) -> Iterator[pytest.Item]:
        text = self.path.read_text(encoding="utf-8")
        program = ""
        for block in _FENCE.finditer(text):
            # Blank lines before it, so that a traceback names the README's own lines.
            program += "\n" * (text.count("\n", 0, block.start(1)) - program.count("\n")) + block[1]
        if program:
            yield Example.from_parent(self, name="example", program=program)


class Example(pytest.Item):
    """The program of one README."""

    def __init__(self, *, program: str, **others: object) -> None:
        super().__init__(**others)  # type: ignore[arg-type]  # pytest passes on its own arguments.
        self.program = program

    def runtest(self) -> None:
        run = "import sys; exec(compile(sys.stdin.read(), 'README.md', 'exec'), {'__name__': '__main__'})"
        ended = subprocess.run(
            [sys.executable, "-I", "-c", run],
            input=self.program,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        if ended.returncode:
            raise ReadmeFailed(ended.stdout)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """What the program printed is all there is to say."""
        if isinstance(excinfo.value, ReadmeFailed):
            return f"The example of {self.path} failed:\n{excinfo.value}"
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.path.parent.name}/README.md"


class ReadmeFailed(Exception):
    """The program ended with an error; the text is its output."""
