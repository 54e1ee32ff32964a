"""
Logging as it was before `twisted.logger`: messages, failures, observers that are functions of dictionaries.

Both see each other's events. New code makes events with `twisted.logger.Logger`.
"""

from __future__ import annotations

import sys
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import IO, Any, Dict, NoReturn, cast  # noqa: UP035  (programs compare with the old name)

from zope.interface import Interface

from twisted.logger import ILogObserver as _INewObserver
from twisted.logger import LegacyLogObserverWrapper, LogBeginner, LoggingFile
from twisted.logger import Logger as NewLogger
from twisted.logger import LogLevel as NewLogLevel
from twisted.logger import LogPublisher as NewPublisher
from twisted.logger import STDLibLogObserver as NewSTDLibLogObserver
from twisted.logger import globalLogBeginner as newGlobalLogBeginner
from twisted.logger import globalLogPublisher as newGlobalLogPublisher
from twisted.logger._classic import publish_classic
from twisted.logger._origin import prefix as prefix_of_now
from twisted.python import context

__all__ = [
    "DefaultObserver",
    "EventDict",
    "FileLogObserver",
    "ILogContext",
    "ILogObserver",
    "LegacyLogObserverWrapper",
    "LogBeginner",
    "LogPublisher",
    "Logger",
    "LoggingFile",
    "NewLogLevel",
    "NewLogger",
    "NewPublisher",
    "NewSTDLibLogObserver",
    "NullFile",
    "PythonLoggingObserver",
    "StdioOnnaStick",
    "addObserver",
    "callWithContext",
    "callWithLogger",
    "defaultObserver",
    "deferr",
    "discardLogs",
    "err",
    "logerr",
    "logfile",
    "msg",
    "newGlobalLogBeginner",
    "newGlobalLogPublisher",
    "removeObserver",
    "showwarning",
    "startLogging",
    "startLoggingWithObserver",
    "textFromEventDict",
    "theLogPublisher",
]

#: An event. Any: programs log whatever they like.
EventDict = Dict[str, Any]  # noqa: UP006 (the name programs compare with is typing's)
_Observer = Callable[[EventDict], object]

_BUGGY_PREFIX = "(buggy logPrefix method)"


class ILogContext:
    """The key of `twisted.python.context` under which stands what every event is to contain."""


context.setDefault(ILogContext, {"system": "-"})


class ILogObserver(Interface):
    """Whatever can be called with an event."""

    def __call__(eventDict: EventDict) -> None:
        """
        Note an event.

        It has ``message`` (a tuple), ``time`` (seconds since the epoch), ``system``, ``isError`` (0 or 1), with an
        error ``failure`` and ``why``, with a ``format`` the keys of that.
        """


def callWithContext(ctx: dict[str, Any], func: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """Call *func*, and let every event that it makes contain *ctx*. Any: whatever *func* takes and returns."""
    return context.call({ILogContext: {**context.get(ILogContext), **ctx}}, func, *args, **kw)


def callWithLogger(logger: Any, func: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """
    Call *func*, and let its events carry the prefix of *logger*. What it raises is logged.

    Args:
        logger: Has a ``logPrefix()``.
        func: What to call.
        args: For it.
        kw: For it.

    Returns:
        What it returns, or `None` if it raised.
    """
    try:
        prefix = logger.logPrefix()
    except KeyboardInterrupt:
        raise
    except BaseException:
        prefix = _BUGGY_PREFIX
        err(system=prefix)
    try:
        return callWithContext({"system": prefix}, func, *args, **kw)
    except KeyboardInterrupt:
        raise
    except BaseException:
        err(system=prefix)


def err(_stuff: object = None, _why: str | None = None, **kw: object) -> None:
    """
    Log that something went wrong.

    Args:
        _stuff: An exception or a `Failure`; the exception being handled if `None`. Anything else is logged by its
            representation.
        _why: What was tried.
        kw: For the event.
    """
    from twisted.python.failure import Failure

    if _stuff is None:
        _stuff = Failure()
    elif isinstance(_stuff, Exception) and not isinstance(_stuff, Failure):
        _stuff = Failure(_stuff)
    if isinstance(_stuff, Failure):
        msg(failure=_stuff, why=_why, isError=1, **kw)
    else:
        msg(repr(_stuff), why=_why, isError=1, **kw)


deferr = err


class Logger:
    """Something with a prefix. Base of what is handed to `callWithLogger`."""

    def logPrefix(self) -> str:
        """What events of this object have as ``system``."""
        return "-"


class LogPublisher:
    """
    Observers, and how they are handed events.

    Attributes:
        showwarning: What `warnings.showwarning` can be, for warnings to become events.
    """

    synchronized = ["msg"]

    def __init__(
        self,
        observerPublisher: NewPublisher | None = None,
        publishPublisher: NewPublisher | None = None,
        logBeginner: LogBeginner | None = None,
        warningsModule: Any = warnings,  # Any: a module, or what tests make of it.
    ) -> None:
        """
        Args:
            observerPublisher: Where observers are added; a new one if `None`.
            publishPublisher: Where events go; the same one if `None`.
            logBeginner: How logging is begun.
            warningsModule: Has a ``showwarning``.
        """
        if publishPublisher is None:
            publishPublisher = NewPublisher()
            if observerPublisher is None:
                observerPublisher = publishPublisher
        if observerPublisher is None:
            observerPublisher = NewPublisher()
        self._observer_publisher = observerPublisher
        self._publish_publisher = publishPublisher
        self._wrapped: list[tuple[_Observer, LegacyLogObserverWrapper]] = []
        self._warnings = warningsModule
        self._original_showwarning = warningsModule.showwarning
        self._log_beginner = (
            LogBeginner(publishPublisher, cast("IO[Any]", NullFile()), sys, warnings)
            if logBeginner is None
            else logBeginner
        )

    def showwarning(
        self,
        message: str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: IO[Any] | None = None,
        line: str | None = None,
    ) -> None:
        """Make an event of a warning. The arguments are those of `warnings.showwarning`, to which *file* leads."""
        if file is not None:
            self._original_showwarning(message, category, filename, lineno, file, line)
            return
        self.msg(
            warning=message,
            category=f"{category.__module__}.{category.__qualname__}",
            filename=filename,
            lineno=lineno,
            format="%(filename)s:%(lineno)s: %(category)s: %(warning)s",
        )

    @property
    def observers(self) -> list[_Observer]:
        """The observers that were added here."""
        return [observer for observer, _ in self._wrapped]

    def _start_logging(self, other: _Observer, setStdout: bool) -> None:
        wrapped = self._wrap(other)
        self._log_beginner.beginLoggingTo([cast(_INewObserver, wrapped)], True, setStdout)

    def _wrap(self, other: _Observer) -> LegacyLogObserverWrapper:
        wrapped = LegacyLogObserverWrapper(other)
        self._wrapped.append((other, wrapped))
        return wrapped

    def addObserver(self, other: _Observer) -> None:
        """Let *other* have all events from now on."""
        self._observer_publisher.addObserver(cast(_INewObserver, self._wrap(other)))

    def removeObserver(self, other: _Observer) -> None:
        """Let *other* have no more events. That it has none is no error."""
        for entry in self._wrapped:
            if entry[0] == other:
                self._observer_publisher.removeObserver(cast(_INewObserver, entry[1]))
                self._wrapped.remove(entry)
                return

    def msg(self, *message: object, **kw: object) -> None:
        """
        Make an event.

        Args:
            message: What to say.
            kw: What else the event is to contain. With ``format`` it is said by that, as by the operator ``%``.
        """
        event: EventDict = dict(context.get(ILogContext) or {})
        if event.get("system", "-") == "-" and (prefix := prefix_of_now()) is not None:
            event["system"] = prefix
        event.update(kw)
        event["message"] = message
        event["time"] = time.time()
        event.setdefault("isError", 0)
        publish_classic(cast(_INewObserver, self._publish_publisher), event, textFromEventDict)


theLogPublisher = LogPublisher(
    observerPublisher=newGlobalLogPublisher,
    publishPublisher=newGlobalLogPublisher,
    logBeginner=newGlobalLogBeginner,
)


def addObserver(other: _Observer) -> None:
    """Let *other* have all events from now on."""
    theLogPublisher.addObserver(other)


def removeObserver(other: _Observer) -> None:
    """Let *other* have no more events."""
    theLogPublisher.removeObserver(other)


def msg(*message: object, **kw: object) -> None:
    """Make an event; see `LogPublisher.msg`."""
    theLogPublisher.msg(*message, **kw)


def showwarning(
    message: str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: IO[Any] | None = None,
    line: str | None = None,
) -> None:
    """Make an event of a warning; see `LogPublisher.showwarning`."""
    theLogPublisher.showwarning(message, category, filename, lineno, file, line)


def _formatted(format: Any, event: EventDict) -> str:  # Any: whatever somebody logs.
    """Apply the operator ``%``, or say what is wrong with it."""
    try:
        return str(format % event)
    except Exception:
        from twisted.python.reflect import safe_repr

        try:
            return f"Invalid format string or unformattable object in log message: {safe_repr(format)}, {event!r}"
        except Exception:
            return f"UNFORMATTABLE OBJECT WRITTEN TO LOG with fmt {safe_repr(format)}, MESSAGE LOST"


def textFromEventDict(eventDict: EventDict) -> str | None:
    """
    Turn an event into text.

    Returns:
        `None` for an event that says nothing.
    """
    message = eventDict["message"]
    if message:
        from twisted.python.reflect import safe_str

        return " ".join(safe_str(piece) for piece in message)
    if eventDict["isError"] and "failure" in eventDict:
        why = eventDict.get("why")
        text = why or "Unhandled Error"
        try:
            traceback = eventDict["failure"].getTraceback()
        except Exception as error:
            traceback = f"(unable to obtain traceback): {error}"
        return f"{text}\n{traceback}"
    if "format" in eventDict:
        return _formatted(eventDict["format"], eventDict)
    return None


class _Switchable(ABC):
    """An observer of all events that can be started and stopped."""

    @abstractmethod
    def emit(self, eventDict: EventDict) -> None:
        """Note an event."""

    def start(self) -> None:
        """Begin to observe."""
        addObserver(self.emit)

    def stop(self) -> None:
        """Observe no more."""
        removeObserver(self.emit)


class FileLogObserver(_Switchable):
    """
    Write events to a file, as lines of text.

    Attributes:
        timeFormat: How to write times (`time.strftime`); ISO 8601 with a space if `None`.
        write: The file's.
        flush: The file's.
    """

    timeFormat: str | None = None

    def __init__(self, f: Any) -> None:  # Any: old programs' files have ``write`` and ``flush`` and little else.
        """
        Args:
            f: Has ``write`` and ``flush``.
        """
        self.write = f.write
        self.flush = f.flush

    def getTimezoneOffset(self, when: float) -> int:
        """How many seconds local time is behind UTC at the time *when*."""
        return -time.localtime(when).tm_gmtoff

    def formatTime(self, when: float) -> str:
        """Write the time *when* (seconds since the epoch) by `timeFormat`."""
        local = time.localtime(when)
        if self.timeFormat is not None:
            return time.strftime(self.timeFormat, local)
        sign, minutes = ("-", -local.tm_gmtoff // 60) if local.tm_gmtoff < 0 else ("+", local.tm_gmtoff // 60)
        return f"{time.strftime('%Y-%m-%d %H:%M:%S', local)}{sign}{minutes // 60:02d}{minutes % 60:02d}"

    def emit(self, eventDict: EventDict) -> None:
        """Write a line of text for an event, with its further lines indented."""
        text = textFromEventDict(eventDict)
        if text is None:
            return
        system = _formatted("[%(system)s]", {"system": eventDict["system"]})
        text = text.replace("\n", "\n\t")
        self.write(f"{self.formatTime(eventDict['time'])} {system} {text}\n")
        self.flush()


class PythonLoggingObserver(_Switchable):
    """Hand events to a logger of Python's `logging`."""

    def __init__(self, loggerName: str = "twisted") -> None:
        """
        Args:
            loggerName: The logger's name.
        """
        self._observer = NewSTDLibLogObserver(loggerName)

    def emit(self, eventDict: EventDict) -> None:
        """Hand an event on, with the level that it has."""
        publish_classic(cast(_INewObserver, self._observer), eventDict, textFromEventDict)


class DefaultObserver(_Switchable):
    """Write errors to the error stream and nothing else: what a program has that never starts logging."""

    stderr = sys.stderr

    def emit(self, eventDict: EventDict) -> None:
        """Write an error."""
        if not eventDict["isError"]:
            return
        text = textFromEventDict(eventDict)
        if text is not None:
            self.stderr.write(text)
        self.stderr.flush()


class NullFile:
    """A file that nothing comes from and nothing stays in."""

    softspace = 0

    def read(self) -> None:
        """Give nothing."""

    def write(self, bytes: object) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Nothing is open."""


class StdioOnnaStick:
    """
    A file each line of which becomes an event, with ``printed`` in it.

    Attributes:
        isError: Whether the events are errors.
        buf: What has no line end yet.
        encoding: How bytes become text.
    """

    closed = 0
    softspace = 0
    mode = "wb"
    name = "<stdio (log)>"

    def __init__(self, isError: int = 0, encoding: str | None = None) -> None:
        """
        Args:
            isError: Whether the events are errors.
            encoding: How bytes become text; Python's default if `None`.
        """
        self.isError = isError
        self.encoding = sys.getdefaultencoding() if encoding is None else encoding
        self.buf = ""

    def close(self) -> None:
        """Stay open."""

    def fileno(self) -> int:
        """There is no descriptor: always -1."""
        return -1

    def flush(self) -> None:
        """Do nothing: whole lines are events already."""

    def _refuse(self) -> NoReturn:
        """Raise `OSError`: this file can only be written to."""
        raise OSError("can't read from the log!")

    read = readline = readlines = seek = tell = _refuse

    def write(self, data: str | bytes) -> None:
        """Make an event of each line of *data*."""
        text = data.decode(self.encoding) if isinstance(data, bytes) else data
        *lines, self.buf = (self.buf + text).split("\n")
        for line in lines:
            msg(line, printed=1, isError=self.isError)

    def writelines(self, lines: Any) -> None:  # Any: an iterable of text or bytes.
        """Make an event of each of *lines*."""
        for line in lines:
            text = line.decode(self.encoding) if isinstance(line, bytes) else line
            msg(text, printed=1, isError=self.isError)


def startLogging(file: Any, *a: Any, **kw: Any) -> FileLogObserver | None:
    """
    Log to *file* from now on, and make events of what is printed.

    Args:
        file: Has ``write`` and ``flush``; nothing is begun with a `StdioOnnaStick` or `LoggingFile`, which is the log.
        a: For `startLoggingWithObserver`.
        kw: For `startLoggingWithObserver`.

    Returns:
        The observer, for `FileLogObserver.stop`.
    """
    if isinstance(file, LoggingFile):
        return None
    observer = FileLogObserver(file)
    startLoggingWithObserver(observer.emit, *a, **kw)
    return observer


def startLoggingWithObserver(observer: _Observer, setStdout: int = 1) -> None:
    """
    Hand events to *observer* from now on.

    Args:
        observer: Who gets them.
        setStdout: Whether to make events of what is printed, and of warnings.
    """
    theLogPublisher._start_logging(observer, bool(setStdout))
    msg("Log opened.")


def discardLogs() -> None:
    """Throw away what is written to `logfile`."""
    global logfile
    logfile = NullFile()  # That is what discarding means.


logfile = LoggingFile(NewLogger("twisted.python.log"), NewLogLevel.info)
logerr = LoggingFile(NewLogger("twisted.python.log"), NewLogLevel.error)
#: Kept for programs that stop it; events are written to the error stream without it until logging begins.
defaultObserver = DefaultObserver()


def __getattr__(name: str) -> object:
    # Programs reach these modules through this one; logging itself does without them.
    if name in ("failure", "reflect", "util"):
        from importlib import import_module

        return import_module(f"twisted.python.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
