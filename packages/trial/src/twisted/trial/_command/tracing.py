"""
Which lines were run, and every call, as it is made.
"""

from __future__ import annotations

import sys
import threading
from typing import Any


def start_coverage() -> Any:  # Any: trace.Trace, which is imported when it is wanted
    """Count lines from now on, in this thread and those to come."""
    from trace import Trace

    tracer = Trace(count=True, trace=False)
    sys.settrace(tracer.globaltrace)
    threading.settrace(tracer.globaltrace)
    return tracer


def write_coverage(tracer: Any, folder: str) -> None:
    """Stop counting, and write a file for each module to a directory."""
    sys.settrace(None)
    threading.settrace(None)
    tracer.results().write_results(show_missing=True, summary=False, coverdir=folder)


def start_spewing() -> None:
    """Print every call that is made from now on."""
    from twisted.python.util import spewer

    sys.settrace(spewer)
