"""
The options of ``twist``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import dedent
from typing import Any, TextIO

from twisted.application._workers.options import WorkerOptions
from twisted.application.reactors import NoSuchReactor, getReactorTypes, installReactor
from twisted.application.runner._ending import EX_IOERR, EX_OK, leave
from twisted.application.service import IServiceMaker
from twisted.logger import InvalidLogLevelError, LogLevel, jsonFileLogObserver, textFileLogObserver
from twisted.plugin import getPlugins
from twisted.python.usage import Options, UsageError

_OBSERVERS: dict[str, Callable[[TextIO], Any]] = {"text": textFileLogObserver, "json": jsonFileLogObserver}


def _said(method: Any, **words: str) -> Any:
    """Fill in what a method's help does not know before it is asked for."""
    method.__doc__ = dedent(method.__doc__).format(**words)
    return method


class TwistOptions(WorkerOptions, Options):
    """
    What ``twist`` was asked to do.

    Attributes:
        argv: The words of the command line, without the program's name.
    """

    defaultReactorName = "default"
    defaultLogLevel = LogLevel.info
    argv: Sequence[str] = ()

    def __init__(self) -> None:
        super().__init__()
        self["reactorName"] = self.defaultReactorName
        self["logLevel"] = self.defaultLogLevel
        self["logFile"] = sys.stdout
        self["pidFile"] = None
        self.update(self.worker_defaults)
        # An empty description is one that usage writes nothing under.
        self.longdesc = ""

    def getSynopsis(self) -> str:
        """Give the line that shows what a command line looks like."""
        return f"{super().getSynopsis()} plugin [plugin_options]"

    def opt_version(self) -> None:
        """
        Print version and exit.
        """
        from twisted.copyright import version

        leave(EX_OK, str(version))

    def opt_reactor(self, name: str) -> None:
        """
        The name of the reactor to use.
        (options: {options})
        """
        # It is installed as soon as it is named: the options of a plugin may import a reactor.
        try:
            self["reactor"] = installReactor(name)
        except NoSuchReactor:
            raise UsageError(f"Unknown reactor: {name}") from None
        except ImportError as problem:
            raise UsageError(f"The reactor {name} does not work here: {problem}") from None
        self["reactorName"] = name

    def opt_log_level(self, levelName: str) -> None:
        """
        Set default log level.
        (options: {options}; default: "{default}")
        """
        try:
            self["logLevel"] = LogLevel.levelWithName(levelName)
        except InvalidLogLevelError:
            raise UsageError(f"Invalid log level: {levelName}") from None

    def opt_log_file(self, fileName: str) -> None:
        """
        Log to file. ("-" for stdout, "+" for stderr; default: "-")
        """
        if fileName == "-":
            self["logFile"] = sys.stdout
        elif fileName == "+":
            self["logFile"] = sys.stderr
        else:
            try:
                self["logFile"] = open(fileName, "a", encoding="utf-8")  # noqa: SIM115  # open as long as we log
            except OSError as problem:
                leave(EX_IOERR, f"Unable to open log file {fileName!r}: {problem}")

    def opt_log_format(self, format: str) -> None:
        """
        Log file format.
        (options: "text", "json"; default: "text" if the log file is a tty, otherwise "json")
        """
        name = format.lower()
        if name not in _OBSERVERS:
            raise UsageError(f"Invalid log format: {format}")
        self["fileLogObserverFactory"] = _OBSERVERS[name]
        self["logFormat"] = name

    def opt_pidfile(self, fileName: str) -> None:
        """
        Write the process id to this file, and remove it at the end.
        """
        self["pidFile"] = fileName

    @property
    def plugins(self) -> Mapping[str, Any]:
        """The services that are installed here, by name."""
        found: dict[str, Any] = self.get("plugins") or {}
        if not found:
            for plugin in getPlugins(IServiceMaker):
                found[plugin.tapname] = plugin
            self["plugins"] = found
        return found

    @property
    def subCommands(self) -> Iterable[tuple[str, None, Callable[[], Any], str]]:
        """The services, as `usage.Options` wants them."""
        plugins = self.plugins
        for name in sorted(plugins):
            yield name, None, self._options_of(plugins[name]), plugins[name].description

    @staticmethod
    def _options_of(plugin: Any) -> Callable[[], Any]:
        # The plugin's module is imported when somebody asks for its options, and not for its name.
        return lambda: plugin.options()

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Take a command line apart.

        Raises:
            UsageError: It is wrong, or names no service.
        """
        self.argv = list(sys.argv[1:] if options is None else options)
        super().parseOptions(self.argv)
        if "reactor" not in self:
            # A service's own modules may import the reactor, and have it installed that way.
            self["reactor"] = sys.modules.get("twisted.internet.reactor") or installReactor(self["reactorName"])
        if "fileLogObserverFactory" not in self:
            on_terminal = getattr(self["logFile"], "isatty", lambda: False)()
            self.opt_log_format("text" if on_terminal else "json")
        if not self.subCommand:
            raise UsageError("No plugin specified.")


_said(TwistOptions.opt_reactor, options=", ".join(f'"{kind.shortName}"' for kind in getReactorTypes()))
_said(
    TwistOptions.opt_log_level,
    options=", ".join(f'"{level.name}"' for level in LogLevel.iterconstants()),
    default=TwistOptions.defaultLogLevel.name,
)
_said(TwistOptions.opt_log_format)
