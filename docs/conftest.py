"""
Every Python block of the manual is run; the blocks of one page share their names.

A block that cannot be run (it waits for somebody to connect, say) is cut short by a hidden block after it, or the page
says why it is skipped: ``<!--- skip: next "reason" -->``.
"""

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

pytest_collect_file = Sybil(
    [PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md", "**/*.md"],
).pytest()
