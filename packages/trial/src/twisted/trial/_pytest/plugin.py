"""
What pytest loads: options, the marker, fixtures. Nothing of Twisted is imported before a test wants it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from twisted.internet.task import Clock
    from twisted.internet.testing import MemoryReactorClock
    from twisted.python.failure import Failure

_MARKER = (
    "twisted(timeout=None, fresh_reactor=None): run a function that is a coroutine or returns a Deferred, on Twisted's "
    "reactor; timeout: its seconds; fresh_reactor: whether it has a reactor of its own"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what can be said on the command line and in the configuration."""
    _add_reactor_option(parser, "--trial-reactor")
    parser.addini("trial_reactor", "the reactor that tests run on", default="")
    parser.addini(
        "trial_mode",
        "which functions run on the reactor. 'strict': those that are marked (default); 'auto': all that no other "
        "plugin has marked",
        default="strict",
    )
    parser.addini("trial_timeout", "seconds that a function on the reactor has (default: 120)", default="120")
    parser.addini("trial_fresh_reactor", "whether each test has a reactor of its own", type="bool", default=False)


def _add_reactor_option(parser: pytest.Parser, name: str) -> None:
    parser.getgroup("trial", "tests of twisted.trial").addoption(
        name,
        dest="trial_reactor",
        metavar="NAME",
        help="the reactor that tests run on: a name that `twist --help-reactors` lists (ini: trial_reactor)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Iterator[None]:
    """Add a shorter name for an option, unless it is pytest-twisted's or the project's own: all are loaded now."""
    yield
    # Private, but pytest says nothing of options that clash before it is too late.
    groups = [*parser._groups, parser._anonymous]
    if not any("--reactor" in option.names() for group in groups for option in group.options):
        _add_reactor_option(parser, "--reactor")


def _has_pytest_twisted(config: pytest.Config) -> bool:
    # By the name of its entry point, or of its module.
    return config.pluginmanager.hasplugin("twisted") or config.pluginmanager.hasplugin("pytest_twisted")


@pytest.hookimpl(tryfirst=True)  # before pytest-twisted installs its own choice
def pytest_configure(config: pytest.Config) -> None:
    """Install the reactor that was asked for."""
    config.addinivalue_line("markers", _MARKER)
    mode = config.getini("trial_mode")
    if mode not in ("strict", "auto"):
        raise pytest.UsageError(f"trial_mode is 'strict' or 'auto', not {mode!r}")
    try:
        float(config.getini("trial_timeout"))
    except ValueError:
        raise pytest.UsageError(
            f"trial_timeout is a number of seconds, not {config.getini('trial_timeout')!r}"
        ) from None
    name = config.getoption("trial_reactor") or config.getini("trial_reactor")
    if name:
        from twisted.trial._pytest.reactors import choose

        choose(name, config, with_pytest_twisted=_has_pytest_twisted(config))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load what the tests that were found need."""
    if "twisted.trial.unittest" in sys.modules:
        from twisted.trial._pytest.cases import tell_pytest

        tell_pytest()
    config = session.config
    if _has_pytest_twisted(config):
        from twisted.trial._pytest.reactors import wait_with_pytest_twisted

        wait_with_pytest_twisted()
    if (
        config.getini("trial_mode") == "auto"
        or config.getini("trial_fresh_reactor")
        or any(item.get_closest_marker("twisted") is not None for item in session.items)
    ):
        from twisted.trial._pytest.functions import OnReactor

        if not config.pluginmanager.hasplugin("twisted_trial_functions"):
            config.pluginmanager.register(OnReactor(config), "twisted_trial_functions")


@pytest.fixture
def reactor() -> Any:  # Any: reactors have no class in common.
    """The reactor: the process's, or this test's own if it has one."""
    from twisted.internet import reactor

    return reactor


@pytest.fixture
def clock() -> Clock:
    """Time that stands still until it is advanced."""
    from twisted.internet.task import Clock

    return Clock()


@pytest.fixture
def memory_reactor() -> MemoryReactorClock:
    """A reactor in memory: it notes what it is asked to do, opens nothing, and its time stands still."""
    from twisted.internet.testing import MemoryReactorClock

    return MemoryReactorClock()


@pytest.fixture
def flush_logged_errors() -> Iterator[Callable[..., list[Failure]]]:
    """
    A function that gives the errors which were logged since the test began, and lets the test not fail with them.

    Its arguments are the exceptions that are meant; any if there are none.
    """
    from twisted.trial._unittest.logged import observer

    yield observer.flushErrors
