"""
Tracebacks as people want to see them: without the frames of what runs the tests.
"""

from __future__ import annotations

import os
import unittest
from collections.abc import Sequence
from typing import Any

import twisted.internet
import twisted.python
import twisted.trial
from twisted.python.failure import Failure
from twisted.python.reflect import qual

# A frame: name of the function, file, line, and its variables. Any: those are anything.
Frame = Sequence[Any]


def _folders(*paths: str) -> tuple[str, ...]:
    return tuple(path + os.sep for path in paths)


_TRIAL = os.path.dirname(os.path.abspath(twisted.trial.__file__ or ""))
_INTERNET = os.path.dirname(os.path.abspath(twisted.internet.__file__ or ""))
# The standard unittest and ours: assertions, and what calls tests.
_RUNNERS = _folders(
    os.path.dirname(os.path.abspath(unittest.__file__)),
    *(os.path.join(_TRIAL, room) for room in ("_unittest", "_runner", "_jobs", "_pytest")),
)
# Between a test and what has called it may stand what runs coroutines, calls with warnings suppressed, or imports.
_BETWEEN = (
    *_folders(os.path.join(_INTERNET, "_defer")),
    os.path.join(_INTERNET, "utils.py"),
    os.path.join(os.path.dirname(os.path.abspath(twisted.python.__file__ or "")), "reflect.py"),
)


def trim(frames: Sequence[Frame]) -> list[Frame]:
    """
    Leave out the runner's frames at both ends.

    What lies between stays: a test may call an assertion that calls the test's own code.
    """
    start, end = 0, len(frames)
    while start < end and frames[start][1].startswith((*_RUNNERS, *_BETWEEN)):
        start += 1
    while end > start and frames[end - 1][1].startswith(_RUNNERS):
        end -= 1
    return list(frames[start:end])


def format_trimmed(failure: Failure, layout: str) -> str:
    """
    Describe a failure, without the runner's frames.

    Args:
        failure: The failure.
        layout: ``default``, ``brief`` or ``verbose``, as in `Failure.getTraceback`.
    """
    whole = failure.frames
    failure.frames = trim(whole)
    try:
        if not failure.frames:
            return _without_frames(failure, layout)
        return failure.getTraceback(detail=layout)
    finally:
        failure.frames = whole


def _without_frames(failure: Failure, layout: str) -> str:
    if layout != "default":
        return failure.getTraceback(detail=layout)
    name = failure.type if isinstance(failure.type, str) else qual(failure.type or type(failure.value))
    return f"Traceback (most recent call last):\nFailure: {name}: {failure.getErrorMessage()}\n"
