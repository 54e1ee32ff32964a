"""
The reporter that people see: modules, classes and tests, indented, with what became of each at the right.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.trial._reporter.streams import paint_for
from twisted.trial._reporter.texts import Reporter


class TreeReporter(Reporter):
    """
    Writes tests as a tree, in colours if it writes to a terminal.

    Attributes:
        currentLine: What was written before the word at the right.
        indent: What each level is indented by.
        columns: How wide a line is.
    """

    currentLine = ""
    indent = "  "
    columns = 79

    FAILURE = "red"
    ERROR = "red"
    TODO = "blue"
    SKIP = "blue"
    TODONE = "red"
    SUCCESS = "green"

    def __init__(self, stream: Any = sys.stdout, *args: Any, **kwargs: Any) -> None:
        """
        Args:
            stream: Where to write. (Any: whatever has a ``write`` method.)
            args: As for any `Reporter`. (Any: they are of several types.)
            kwargs: Likewise.
        """
        super().__init__(stream, *args, **kwargs)
        self._headings: list[str] = []
        self._paint = paint_for(self._stream)

    def getDescription(self, test: Any) -> str:
        """Give what a test is called on its line: the last part of its name."""
        name: str = test.id()
        return name.rpartition(".")[2]

    def addSuccess(self, test: Any) -> None:
        """Count it, and write so."""
        super().addSuccess(test)
        self.endLine("[OK]", self.SUCCESS)

    def addError(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addError(*args)
        self.endLine("[ERROR]", self.ERROR)

    def addFailure(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addFailure(*args)
        self.endLine("[FAIL]", self.FAILURE)

    def addSkip(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addSkip(*args)
        self.endLine("[SKIPPED]", self.SKIP)

    def addExpectedFailure(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addExpectedFailure(*args)
        self.endLine("[TODO]", self.TODO)

    def addUnexpectedSuccess(self, *args: Any) -> None:
        """Keep it, and write so."""
        super().addUnexpectedSuccess(*args)
        self.endLine("[SUCCESS!?!]", self.TODONE)

    def _write(self, format: str, *args: object) -> None:
        self.currentLine = format % args if args else format
        super()._write(self.currentLine)

    def _write_headings(self, name: str) -> None:
        """Write the module and the class of a test, as far as they are others than before."""
        headings = name.rsplit(".", 2)[:-1]
        for level, heading in enumerate(headings):
            if heading not in self._headings[level : level + 1]:
                self._write(f"{self.indent * level}{heading}\n")
        self._headings = headings

    def startTest(self, test: Any) -> None:
        """Begin its line, below its module and class."""
        self._write_headings(test.id())
        self._write(f"{self.indent * len(self._headings)}{self.getDescription(test)} ... ")
        super().startTest(test)

    def endLine(self, message: str, color: str) -> None:
        """
        Write what became of a test, at the right.

        Args:
            message: A word.
            color: Its colour.
        """
        self._paint.write(" " * (self.columns - len(self.currentLine) - len(message)), color)
        self._paint.write(f"{message}\n", color)

    def cleanupErrors(self, errs: Any) -> None:
        """Write that cleaning up went wrong."""
        self._paint.write("    cleanup errors", self.ERROR)
        self.endLine("[ERROR]", self.ERROR)
        super().cleanupErrors(errs)

    def upDownError(self, method: Any, error: Any, warn: bool = True, printStatus: bool = True) -> None:
        """Write which fixture went wrong, and the word at the right if *printStatus*."""
        self._paint.write(f"  {method}", self.ERROR)
        if printStatus:
            self.endLine("[ERROR]", self.ERROR)
        super().upDownError(method, error, warn, printStatus)

    def _printSummary(self) -> None:
        passed = self.wasSuccessful()
        verdict, color = ("PASSED", self.SUCCESS) if passed else ("FAILED", self.FAILURE)
        self._paint.write(verdict, color)
        self._write("%s\n", self._counts())
