"""
The reactor that tests run on, and reactors that one test has for itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from twisted.internet.error import ReactorAlreadyInstalledError


def install(name: str) -> None:
    """
    Make a reactor the process's.

    Raises:
        pytest.UsageError: There is no such reactor, or another one is the process's already.
    """
    from twisted.application.reactors import getReactorTypes

    kinds = {kind.shortName: kind for kind in getReactorTypes()}
    if name not in kinds:
        raise pytest.UsageError(f"there is no reactor {name!r}; there are: {', '.join(sorted(kinds))}")
    kind: Any = kinds[name]  # Any: a plugin of anybody's
    try:
        kind.install()
    except ReactorAlreadyInstalledError:
        installed = type(sys.modules["twisted.internet.reactor"])
        if name != "default" and installed.__module__ != getattr(kind, "moduleName", None):
            raise pytest.UsageError(
                f"cannot run tests on the reactor {name!r}: something has installed {installed.__name__} before"
            ) from None
    except ImportError as error:
        raise pytest.UsageError(f"the reactor {name!r} cannot be had here: {error}") from None


@contextmanager
def fresh_reactor() -> Iterator[Any]:  # Any: reactors have no class in common.
    """Have another reactor, of the same kind, in the place of the process's for a while."""
    from twisted.internet import reactor
    from twisted.internet.test.modulehelpers import AlternateReactor
    from twisted.internet.test.reactormixins import close_reactor

    usual: Any = reactor
    loop = getattr(usual, "_asyncioEventloop", None)
    own_loop = None if loop is None else type(loop)()
    made = type(usual)() if loop is None else type(usual)(own_loop)
    with AlternateReactor(made):
        try:
            yield made
        finally:
            close_reactor(made)
            if own_loop is not None:
                own_loop.close()
