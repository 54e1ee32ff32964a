"""
Having another reactor, or none, as the process's for a while.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import twisted.internet

__all__ = ["AlternateReactor", "NoReactor"]

_NAME = "twisted.internet.reactor"
_MISSING = object()


class NoReactor:
    """A context in which ``twisted.internet.reactor`` has not been imported."""

    _stand_in: Any = _MISSING  # Any: whatever a test has for a reactor.

    def __enter__(self) -> None:
        self._module = sys.modules.pop(_NAME, _MISSING)
        self._attribute = vars(twisted.internet).pop("reactor", _MISSING)
        self._set(self._stand_in, self._stand_in)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.modules.pop(_NAME, None)
        vars(twisted.internet).pop("reactor", None)
        self._set(self._module, self._attribute)

    @staticmethod
    def _set(module: Any, attribute: Any) -> None:
        if module is not _MISSING:
            sys.modules[_NAME] = module
        if attribute is not _MISSING:
            vars(twisted.internet)["reactor"] = attribute


class AlternateReactor(NoReactor):
    """A context in which ``from twisted.internet import reactor`` gives a certain reactor."""

    def __init__(self, reactor: Any) -> None:
        self._stand_in = reactor
