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
from twisted.trial._unittest.waiting import others_who_wait


def choose(name: str, config: pytest.Config, with_pytest_twisted: bool) -> None:
    """
    Make a reactor the process's, or have pytest-twisted do so if it is there.

    Raises:
        pytest.UsageError: There is no such reactor, or another one is the process's already.
    """
    if not with_pytest_twisted:
        install(name)
    elif name in ("default", "asyncio"):
        config.option.reactor = name
    else:
        raise pytest.UsageError(f"pytest-twisted cannot run the reactor {name!r}; leave it out with -p no:twisted")


def wait_with_pytest_twisted() -> None:
    """While pytest-twisted runs the reactor, have it wait for what our tests wait for."""
    blockon = getattr(sys.modules.get("pytest_twisted"), "blockon", None)
    if blockon is not None and blockon not in others_who_wait:
        others_who_wait.append(blockon)


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
