"""
Making events.

This is on everybody's way to the reactor: `constantly` and what formats events are loaded when the first event is made.
"""

from __future__ import annotations

import sys
from time import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._publishing import LogPublisher

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from constantly import NamedConstant

    from twisted.python.failure import Failure


class _Levels:
    """The members of `LogLevel` by name, and the set of all, from their first use on."""

    # Any: constantly has no types.
    debug: Any
    info: Any
    warn: Any
    error: Any
    critical: Any
    all: frozenset[Any]

    def __getattr__(self, name: str) -> Any:
        from twisted.logger._levels import LEVELS

        self.__dict__.update({level.name: level for level in LEVELS}, all=LEVELS)
        return self.__dict__[name]


_levels = _Levels()


class Operation:
    """How a ``with`` block of `Logger.failuresHandled` went."""

    _failure: Failure | None = None
    _ended = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        """The class serves annotations; which arguments an instance takes is nobody's business but ours."""

    @property
    def succeeded(self) -> bool:
        """Whether the block came to its end; false while it runs."""
        return self._ended and self._failure is None

    @property
    def failed(self) -> bool:
        """Whether the block raised."""
        return self._failure is not None

    @property
    def failure(self) -> Failure | None:
        """What the block raised."""
        return self._failure


class _Watched(Operation):
    """A ``with`` block that logs what is raised in it."""

    def __init__(self, logger: Logger, format: str, level: NamedConstant, fields: dict[str, Any]) -> None:
        self._logger, self._format, self._level, self._fields = logger, format, level, fields

    def __enter__(self) -> Operation:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> bool:
        self._ended = True
        if value is None:
            return False
        from twisted.python.failure import Failure

        self._failure = Failure(value, kind, tb)
        self._logger.failure(self._format, self._failure, self._level, **self._fields)
        return True


class _Guard:
    """A ``with`` block whose exceptions are logged. It keeps no state, so one serves any number of blocks."""

    __slots__ = ("_level", "_logger", "_message")

    def __init__(self, logger: Logger, message: str, level: NamedConstant) -> None:
        self._logger, self._message, self._level = logger, message, level

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> bool:
        if value is None:
            return False
        from twisted.python.failure import Failure

        self._logger.failure(self._message, Failure(value, kind, tb), self._level)
        return True


class Logger:
    """
    Make events of one namespace.

    As an attribute of a class it gives each instance a logger with the class's name as namespace and the instance as
    source, so that formats can say ``{log_source.name}``.

    Attributes:
        namespace: Which part of the program speaks. Filters go by it.
        source: The object that speaks, if it is one.
        observer: Who gets the events.
    """

    namespace: str
    source: object | None
    observer: ILogObserver

    def __init__(
        self, namespace: str | None = None, source: object | None = None, observer: ILogObserver | None = None
    ) -> None:
        """
        Args:
            namespace: The calling module's name if `None`.
            source: The object that speaks.
            observer: Who gets the events; `globalLogPublisher` if `None`.
        """
        if namespace is None:
            namespace = sys._getframe(1).f_globals.get("__name__", "<unknown>")
        if observer is None:
            from twisted.logger._beginning import globalLogPublisher

            observer = globalLogPublisher
        self.namespace = namespace
        self.source = source
        self.observer = observer

    def __get__(self, instance: object, owner: type | None = None) -> Logger:
        kind = type(instance) if owner is None else owner
        source = kind if instance is None else instance
        return self.__class__(f"{kind.__module__}.{kind.__name__}", source, observer=self.observer)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.namespace!r}>"

    def emit(self, level: NamedConstant, format: str | None = None, **kwargs: object) -> None:
        """
        Make an event.

        Args:
            level: One of `LogLevel`. Any other value is reported as an event of its own.
            format: A format (PEP 3101) over the event's keys, in which ``{name()}`` calls what it finds.
            kwargs: The keys.
        """
        observer = self.observer
        if type(observer) is LogPublisher and not observer._observers:
            return
        if level not in _levels.all:
            from twisted.logger._levels import InvalidLogLevelError
            from twisted.python.failure import Failure

            self.failure(
                "Got invalid log level {invalidLevel!r} in {logger}.emit().",
                Failure(InvalidLogLevelError(level)),
                invalidLevel=level,
                logger=self,
            )
            return
        event: LogEvent = kwargs
        event["log_logger"] = self
        event["log_level"] = level
        event["log_namespace"] = self.namespace
        event["log_source"] = self.source
        event["log_format"] = format
        event["log_time"] = time()
        observer(event)

    def failure(
        self,
        format: str,
        failure: Failure | None = None,
        level: NamedConstant = None,
        **kwargs: object,
    ) -> None:
        """
        Make an event about an exception.

        Args:
            format: What was tried, as for `emit`.
            failure: What went wrong; the exception being handled if `None`.
            level: `LogLevel.critical` unless told.
            kwargs: The event's keys.
        """
        if failure is None:
            from twisted.python.failure import Failure

            failure = Failure()
        self.emit(_levels.critical if level is None else level, format, log_failure=failure, **kwargs)

    def debug(self, format: str | None = None, **kwargs: object) -> None:
        """Make an event of level `LogLevel.debug`; the arguments are those of `emit`."""
        self.emit(_levels.debug, format, **kwargs)

    def info(self, format: str | None = None, **kwargs: object) -> None:
        """Make an event of level `LogLevel.info`; the arguments are those of `emit`."""
        self.emit(_levels.info, format, **kwargs)

    def warn(self, format: str | None = None, **kwargs: object) -> None:
        """Make an event of level `LogLevel.warn`; the arguments are those of `emit`."""
        self.emit(_levels.warn, format, **kwargs)

    def error(self, format: str | None = None, **kwargs: object) -> None:
        """Make an event of level `LogLevel.error`; the arguments are those of `emit`."""
        self.emit(_levels.error, format, **kwargs)

    def critical(self, format: str | None = None, **kwargs: object) -> None:
        """Make an event of level `LogLevel.critical`; the arguments are those of `emit`."""
        self.emit(_levels.critical, format, **kwargs)

    def failuresHandled(
        self, format: str, level: NamedConstant = None, **kwargs: object
    ) -> AbstractContextManager[Operation]:
        """
        Run a ``with`` block, log what it raises, and go on behind it.

        Args:
            format: What was tried, as for `emit`.
            level: `LogLevel.critical` unless told.
            kwargs: The event's keys.

        Returns:
            A context manager that gives an `Operation`, which knows how it went.
        """
        return _Watched(self, format, _levels.critical if level is None else level, kwargs)

    def failureHandler(self, staticMessage: str, level: NamedConstant = None) -> AbstractContextManager[None]:
        """
        Make a context manager that logs what its block raises, and may be used again and again.

        Args:
            staticMessage: What is tried, with no fields in it.
            level: `LogLevel.critical` unless told.
        """
        return _Guard(self, staticMessage, _levels.critical if level is None else level)


def _loggerFor(obj: object) -> Logger:
    """A logger that speaks for *obj*, as if its class had a `Logger` as attribute."""
    return Logger("").__get__(obj, type(obj))
