"""
Test functions on the reactor: coroutines, and functions that return Deferreds.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from twisted.python import failure as failures
from twisted.python.failure import Failure
from twisted.trial._pytest.cases import raised_again
from twisted.trial._pytest.reactors import fresh_reactor
from twisted.trial._unittest.leftovers import Leftovers
from twisted.trial._unittest.logged import observer
from twisted.trial._unittest.waiting_course import WaitingCourse

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

#: Whose tests are not ours, by their markers.
_MARKERS_OF_OTHERS = ("anyio", "asyncio", "asyncio_cooperative", "curio", "gen_test", "trio")
_LEFTOVERS = pytest.StashKey[Leftovers]()


class OnReactor:
    """Hooks for tests on the reactor. They are there only in sessions that have such tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._auto = config.getini("trial_mode") == "auto"
        self._timeout = float(config.getini("trial_timeout"))
        self._fresh = bool(config.getini("trial_fresh_reactor"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give the test a reactor of its own if it wants one."""
        if wishes_of(item).get("fresh_reactor", self._fresh):
            with fresh_reactor():
                return (yield)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run the function, if it is ours to run."""
        __tracebackhide__ = True
        if not self._is_ours(pyfuncitem):
            return None
        names = pyfuncitem._fixtureinfo.argnames
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        timeout = float(wishes_of(pyfuncitem).get("timeout", self._timeout))
        course = FunctionCourse(pyfuncitem.nodeid, timeout, pyfuncitem.obj, arguments)
        pyfuncitem.stash[_LEFTOVERS] = course.leftovers
        failed_before = failures.count
        with observer.watching():
            course.go()
            if failures.count != failed_before:
                # Deferreds with a failure that refer to themselves say so only now. They are young.
                gc.collect(1)
            troubles = [*course.troubles, *observer.flushErrors()]
        for further in troubles[1:]:
            pyfuncitem.add_report_section("call", "further errors", further.getTraceback())
        if troubles:
            _, error, traceback = raised_again(troubles[0], pyfuncitem)
            raise error.with_traceback(traceback)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Look what is left when the fixtures are torn down as well."""
        __tracebackhide__ = True
        result = yield
        leftovers = item.stash.get(_LEFTOVERS, None)
        if leftovers is not None:
            for trouble in (leftovers.cancel_calls(), leftovers.drop_selectables()):
                if trouble is not None:
                    _, error, traceback = raised_again(trouble, item)
                    raise error.with_traceback(traceback)
        return result

    def _is_ours(self, item: pytest.Function) -> bool:
        marked = item.get_closest_marker("twisted") is not None
        if type(item) is not pytest.Function or not (marked or self._auto):
            return False
        return not (
            any(item.get_closest_marker(name) is not None for name in _MARKERS_OF_OTHERS)
            or "anyio_backend" in item.fixturenames
            or hasattr(item.obj, "_pytest_twisted_mark")
        )


def wishes_of(item: pytest.Item) -> dict[str, Any]:  # Any: whatever stands in markers
    """
    Give what the markers of a test say: a function's before its class's, and that before its module's.

    Raises:
        pytest.UsageError: One says something that nobody understands.
    """
    wishes: dict[str, Any] = {}
    for marker in item.iter_markers("twisted"):
        said = {**dict(zip(["timeout"], marker.args, strict=False)), **marker.kwargs}
        unknown = said.keys() - {"timeout", "fresh_reactor"}
        if unknown or len(marker.args) > 1:
            raise pytest.UsageError(
                f"{item.nodeid}: the marker twisted takes timeout and fresh_reactor, "
                f"not {marker.args!r} {marker.kwargs!r}"
            )
        wishes = {**{name: wish for name, wish in said.items() if wish is not None}, **wishes}
    return wishes


class FunctionCourse(WaitingCourse):
    """
    The course of one function. What goes wrong is kept, for the caller to raise.

    Attributes:
        troubles: What went wrong.
    """

    def __init__(self, name: str, timeout: float, function: Callable[..., Any], arguments: dict[str, Any]) -> None:
        case: Any = _Named(name, timeout)  # Any: it stands for a case where a course needs one.
        super().__init__(case, reporter=None)
        self.leftovers = Leftovers()
        self.troubles: list[Failure] = []
        self._function = function
        self._arguments = arguments

    def go(self) -> None:
        """Take all steps, in the context that fixtures share."""
        self.take_steps()

    def steps(self) -> Generator[Deferred[None], None, None]:
        """Call the function, and wait."""
        name = getattr(self._function, "__name__", repr(self._function))
        trouble = yield from self.perform(self._function, name, **self._arguments)
        self.was_clean(trouble)

    def was_clean(self, trouble: Failure | None) -> bool:
        """Keep what went wrong, if anything did."""
        if trouble is not None:
            self.troubles.append(trouble)
        return trouble is None


class _Named:
    def __init__(self, name: str, timeout: float) -> None:
        self._name = name
        self._timeout = timeout

    def __repr__(self) -> str:
        return self._name

    def getTimeout(self) -> float:
        return self._timeout
