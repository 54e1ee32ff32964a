"""
Names, signatures, defaults, constants and interfaces are what they were.

Where one was to change, ``python -m twisted.python._public`` with the path of promises.txt writes the new ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted.python import _public

KEPT = _public.read(Path(__file__).with_name("promises.txt"))


@pytest.mark.parametrize("module", KEPT)
def test_a_module_promises_what_it_did(module: str) -> None:
    assert _public.promises(module) == KEPT[module]
