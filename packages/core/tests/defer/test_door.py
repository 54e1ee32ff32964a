"""What `twisted.internet.defer` promises beyond behaviour."""

from __future__ import annotations

import subprocess
import sys

from twisted.internet import defer


def test_every_name_is_there_and_says_it_lives_there() -> None:
    for name in set(defer.__all__) - {"DeferredCallback", "DeferredErrback"}:
        value = getattr(defer, name)
        if isinstance(value, type):
            assert value.__module__ == "twisted.internet.defer", name


def test_importing_it_brings_neither_asyncio_nor_logging() -> None:
    program = (
        "import sys; import twisted.internet.defer; slow = 'asyncio logging dataclasses inspect attr json'.split(); "
        "print([name for name in slow if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert answer.stdout.strip() == "[]"


def test_unknown_names_are_refused() -> None:
    assert not hasattr(defer, "no_such_name")
