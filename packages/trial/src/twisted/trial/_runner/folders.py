"""
The directory where tests run: made anew for each run, and never one that holds something else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from twisted.python.lockfile import FilesystemLock

#: A file in each directory that may be removed.
MARKER = "_trial_marker"


class NoMarker(Exception):
    """A directory is in the way that no run of tests has made."""


def _remove(path: str) -> None:
    """
    Remove a directory that a run of tests has made.

    Raises:
        NoMarker: None has.
    """
    if not os.path.exists(os.path.join(path, MARKER)):
        raise NoMarker(f"{path!r} is not a directory of earlier tests (it has no {MARKER}): it is not removed")
    import shutil

    try:
        shutil.rmtree(path)
    except OSError as error:
        # Something in it is held open, on Windows, or belongs to somebody else: out of the way will do.
        aside = f"{path}-{os.getpid()}-old"
        try:
            os.rename(path, aside)
        except OSError:
            raise error from None


def _locked_folder(base: str) -> tuple[str, FilesystemLock]:
    """Give the first of base, base-1, base-2, ... where no other run is, absent now, and its lock."""
    for number in count():
        path = base if not number else f"{base}-{number}"
        lock = FilesystemLock(path + ".lock")
        if lock.lock():
            try:
                if os.path.exists(path):
                    _remove(path)
            except BaseException:
                lock.unlock()
                raise
            return path, lock
    raise AssertionError("count() has no end")


@contextmanager
def working_in(base: str) -> Iterator[str]:
    """
    Work in a new directory for a while.

    Args:
        base: Its path. If another run is there, numbers are added.

    Raises:
        NoMarker: There is such a directory, and tests have not made it.
    """
    before = os.getcwd()
    path, lock = _locked_folder(os.path.abspath(base))
    try:
        os.makedirs(path)
        with open(os.path.join(path, MARKER), "wb"):
            pass
        os.chdir(path)
        yield path
    finally:
        os.chdir(before)
        lock.unlock()
