"""How important an event is, and what a filter says of it. It needs `constantly`, which is slow to load."""

from __future__ import annotations

from constantly import NamedConstant, Names
from zope.interface import Interface

from twisted.logger._interfaces import LogEvent


class InvalidLogLevelError(Exception):
    """Something was used as a level which is none of `LogLevel`."""

    def __init__(self, level: NamedConstant) -> None:
        super().__init__(str(level))
        self.level = level


class LogLevel(Names):  # type: ignore[misc]  # constantly has no types.
    """
    How important an event is. The levels can be compared: ``LogLevel.info < LogLevel.warn``.

    Attributes:
        debug: What helps a programmer of the part that says it.
        info: What its operator may like to know.
        warn: What needs to be looked at before it becomes an error.
        error: What did not work.
        critical: What the program cannot go on with, or did not expect at all.
    """

    debug = NamedConstant()
    info = NamedConstant()
    warn = NamedConstant()
    error = NamedConstant()
    critical = NamedConstant()

    @classmethod
    def levelWithName(cls, name: str) -> NamedConstant:
        """
        Find the level called *name*.

        Raises:
            InvalidLogLevelError: There is none.
        """
        try:
            return cls.lookupByName(name)
        except ValueError:
            raise InvalidLogLevelError(name) from None


class PredicateResult(Names):  # type: ignore[misc]  # constantly has no types.
    """
    What a filter's predicate says of an event.

    Attributes:
        yes: Let it pass, and ask no other predicate.
        no: Keep it out, and ask no other predicate.
        maybe: Let the next predicate decide; if there is none, let it pass.
    """

    yes = NamedConstant()
    no = NamedConstant()
    maybe = NamedConstant()


class ILogFilterPredicate(Interface):
    """Whatever can be asked whether an event should pass."""

    def __call__(event: LogEvent) -> NamedConstant:
        """Return one of `PredicateResult`."""


#: For a quick test; the set is complete.
LEVELS = frozenset(LogLevel.iterconstants())
