"""
Structured logging: events are dictionaries, observers decide what becomes of them.

A `Logger` makes events, a `LogPublisher` hands them to observers, and text is made only when an observer wants text::

    from twisted.logger import Logger

    class Shop:
        log = Logger()

        def sell(self, item):
            self.log.info("sold {item.name} for {item.price:.2f}", item=item)

What programs need in order to make events is loaded with this module. What only some of them need (formats, files,
JSON, the bridge to `logging`) comes when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from twisted.logger._beginning import LogBeginner, globalLogBeginner, globalLogPublisher
from twisted.logger._emitting import Logger, Operation, _loggerFor
from twisted.logger._history import LimitedHistoryLogObserver
from twisted.logger._interfaces import ILogObserver, LogEvent
from twisted.logger._publishing import LogPublisher
from twisted.python._facade import publish

if TYPE_CHECKING:
    from twisted.logger._capturing import capturedLogs
    from twisted.logger._choosing import FilteringLogObserver, LogLevelFilterPredicate
    from twisted.logger._classic import LegacyLogObserverWrapper
    from twisted.logger._fields import extractField, formatEvent
    from twisted.logger._files import FileLogObserver, jsonFileLogObserver, textFileLogObserver
    from twisted.logger._json import eventAsJSON, eventFromJSON, eventsFromJSONLogFile
    from twisted.logger._levels import ILogFilterPredicate, InvalidLogLevelError, LogLevel, PredicateResult
    from twisted.logger._stdlib import STDLibLogObserver
    from twisted.logger._streams import LoggingFile
    from twisted.logger._text import eventAsText, formatEventAsClassicLogText, formatTime, timeFormatRFC3339

__all__ = [
    "FileLogObserver",
    "FilteringLogObserver",
    "ILogFilterPredicate",
    "ILogObserver",
    "InvalidLogLevelError",
    "LegacyLogObserverWrapper",
    "LimitedHistoryLogObserver",
    "LogBeginner",
    "LogEvent",
    "LogLevel",
    "LogLevelFilterPredicate",
    "LogPublisher",
    "Logger",
    "LoggingFile",
    "Operation",
    "PredicateResult",
    "STDLibLogObserver",
    "_loggerFor",
    "capturedLogs",
    "eventAsJSON",
    "eventAsText",
    "eventFromJSON",
    "eventsFromJSONLogFile",
    "extractField",
    "formatEvent",
    "formatEventAsClassicLogText",
    "formatTime",
    "globalLogBeginner",
    "globalLogPublisher",
    "jsonFileLogObserver",
    "textFileLogObserver",
    "timeFormatRFC3339",
]

# Where what is not loaded yet lives.
_ROOMS = {
    "FileLogObserver": "_files",
    "FilteringLogObserver": "_choosing",
    "ILogFilterPredicate": "_levels",
    "InvalidLogLevelError": "_levels",
    "LegacyLogObserverWrapper": "_classic",
    "LogLevel": "_levels",
    "LogLevelFilterPredicate": "_choosing",
    "LoggingFile": "_streams",
    "PredicateResult": "_levels",
    "STDLibLogObserver": "_stdlib",
    "capturedLogs": "_capturing",
    "eventAsJSON": "_json",
    "eventAsText": "_text",
    "eventFromJSON": "_json",
    "eventsFromJSONLogFile": "_json",
    "extractField": "_fields",
    "formatEvent": "_fields",
    "formatEventAsClassicLogText": "_text",
    "formatTime": "_text",
    "jsonFileLogObserver": "_files",
    "textFileLogObserver": "_files",
    "timeFormatRFC3339": "_text",
}

publish(__name__, [name for name in __all__ if name not in _ROOMS])


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{room}"), name)
    globals()[name] = value
    publish(__name__, [name])
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
