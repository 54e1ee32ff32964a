"""Letting only some events pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from constantly import NamedConstant
from zope.interface import implementer

from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._levels import LEVELS, ILogFilterPredicate, InvalidLogLevelError, LogLevel, PredicateResult


def _drop(event: LogEvent) -> None:
    """Nobody is interested."""


@implementer(ILogObserver)
class FilteringLogObserver:
    """Hand to one observer the events that predicates let pass, and the others to another one."""

    def __init__(
        self,
        observer: ILogObserver,
        predicates: Iterable[ILogFilterPredicate],
        negativeObserver: ILogObserver = cast(ILogObserver, _drop),  # noqa: B008  (a cast is no call)
    ) -> None:
        """
        Args:
            observer: Who gets what passes.
            predicates: Asked in this order until one says yes or no.
            negativeObserver: Who gets what does not pass; nobody unless told.
        """
        self._observer = observer
        self._predicates = list(predicates)
        self._negative_observer = negativeObserver

    def __call__(self, event: LogEvent) -> None:
        observer = self._observer if self._passes(event) else self._negative_observer
        if "log_trace" in event:
            event["log_trace"].append((self, observer))
        observer(event)

    def _passes(self, event: LogEvent) -> bool:
        for predicate in self._predicates:
            result = predicate(event)
            if result is PredicateResult.maybe:
                continue
            if result is PredicateResult.no:
                return False
            if result is PredicateResult.yes:
                return True
            raise TypeError(f"Invalid predicate result: {result!r}")
        return True


@implementer(ILogFilterPredicate)
class LogLevelFilterPredicate:
    """
    Keep out what is below the level that was set for its namespace.

    A level counts for the namespace it was set for and for all below it (``a`` for ``a.b``), the longest name
    winning. Events without level or namespace are kept out.

    Attributes:
        defaultLogLevel: What counts where no level was set.
    """

    def __init__(self, defaultLogLevel: NamedConstant = LogLevel.info) -> None:
        self.defaultLogLevel = defaultLogLevel
        self._set: dict[str, NamedConstant] = {}
        # What was found out once per namespace; dropped whenever a level is set.
        self._found: dict[str, NamedConstant] = {}
        self.clearLogLevels()

    def logLevelForNamespace(self, namespace: str | None) -> NamedConstant:
        """Say which level counts for *namespace*."""
        if not namespace:
            return self._set[""]
        if (level := self._set.get(namespace)) is not None:
            return level
        parent = namespace
        while parent:
            parent = parent.rpartition(".")[0]
            if (level := self._set.get(parent)) is not None:
                return level
        return self._set[""]

    def setLogLevelForNamespace(self, namespace: str | None, level: NamedConstant) -> None:
        """
        Let *level* count for *namespace* and those below it. With no namespace it becomes the default.

        Raises:
            InvalidLogLevelError: It is none of `LogLevel`.
        """
        if level not in LEVELS:
            raise InvalidLogLevelError(level)
        self._set[namespace or ""] = level
        self._found.clear()

    def clearLogLevels(self) -> None:
        """Forget every level that was set; the default counts everywhere."""
        self._set = {"": self.defaultLogLevel}
        self._found.clear()

    def __call__(self, event: LogEvent) -> NamedConstant:
        level = event.get("log_level")
        namespace = event.get("log_namespace")
        if level is None or not namespace:
            return PredicateResult.no
        needed = self._found.get(namespace)
        if needed is None:
            needed = self._found[namespace] = self.logLevelForNamespace(namespace)
        return PredicateResult.no if level < needed else PredicateResult.maybe
