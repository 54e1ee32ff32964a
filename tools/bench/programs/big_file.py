"""A file of a megabyte, made once for each process that asks."""

import atexit
import functools
import os
import tempfile


@functools.cache
def path() -> str:
    """Give the path of a file of 1,000,000 bytes."""
    number, name = tempfile.mkstemp(suffix=".bin")
    atexit.register(os.unlink, name)
    with open(number, "wb") as file:
        file.write(os.urandom(1000) * 1000)
    return name
