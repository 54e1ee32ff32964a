"""
What ``twist`` does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from twisted.application.runner._ending import EX_CONFIG, EX_FAILED, EX_IOERR, EX_USAGE, end_by_signal, leave
from twisted.application.service import IService, IServiceMaker, Service
from twisted.application.twist._options import TwistOptions
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorCore
from twisted.logger import (
    FilteringLogObserver,
    Logger,
    LogLevelFilterPredicate,
    globalLogBeginner,
)
from twisted.python.usage import UsageError

_log = Logger("twisted.application.twist")


class Twist:
    """
    The command ``twist``. `main` does it all; the other methods are its parts.
    """

    @staticmethod
    def options(argv: Sequence[str]) -> TwistOptions:
        """Take a command line apart, the program's name included. Ends the program if it is wrong."""
        options = TwistOptions()
        try:
            options.parseOptions(argv[1:])
        except UsageError as problem:
            leave(EX_USAGE, f"Error: {problem}\n\n{options}")
        return options

    @staticmethod
    def service(plugin: IServiceMaker, options: Any) -> IService:
        """Make a plugin's service."""
        made: IService = plugin.makeService(options)
        return made

    @staticmethod
    def startService(reactor: IReactorCore, service: IService) -> None:
        """Start a service, and have it stopped when the reactor stops."""
        service.startService()
        reactor.addSystemEventTrigger("before", "shutdown", service.stopService)

    @staticmethod
    def run(options: TwistOptions) -> None:
        """Log, and run the reactor. Does not return if a signal ended it."""
        Twist._begin_logging(options)
        reactor: Any = options["reactor"]
        if os.environ.get("NOTIFY_SOCKET") and not options["workers"]:
            from twisted.application._workers.notify import report

            report(reactor)
        _log.info("Starting reactor...")
        reactor.run()
        number = getattr(reactor, "_exitSignal", None)
        if number is not None:
            Twist._clean_up(options)
            end_by_signal(number)

    @staticmethod
    def _begin_logging(options: TwistOptions) -> None:
        observer = FilteringLogObserver(
            options["fileLogObserverFactory"](options["logFile"]),
            [LogLevelFilterPredicate(defaultLogLevel=options["logLevel"])],
        )
        globalLogBeginner.beginLoggingTo([observer])

    @staticmethod
    def _clean_up(options: TwistOptions) -> None:
        file, options["writtenPidFile"] = options.get("writtenPidFile"), None
        if file is not None:
            file.remove()

    @classmethod
    def main(cls, argv: Sequence[str] = sys.argv) -> None:
        """Do what a command line says, and end the program if that fails."""
        options = cls.options(argv)
        if options["pidFile"] is not None:
            cls._write_pid_file(options)
        try:
            status = cls._serve(options)
        finally:
            cls._clean_up(options)
        if status:
            leave(status)

    @classmethod
    def _serve(cls, options: TwistOptions) -> int:
        service: IService
        try:
            if options["workers"]:
                from twisted.application._workers.manager import make_service

                service = make_service(options)
            else:
                service = cls.service(plugin=options.plugins[str(options.subCommand)], options=options.subOptions)
            cls.startService(options["reactor"], service)
        except (CannotListenError, OSError, UsageError) as problem:
            # What a user can mend, in a sentence; the traceback of anything else tells whose fault it is.
            leave(EX_FAILED, f"{options.subCommand} cannot be started: {problem}")
        cls.run(options)
        return getattr(service, "exit_status", 0) if isinstance(service, Service) else 0

    @staticmethod
    def _write_pid_file(options: TwistOptions) -> None:
        from twisted.application.runner._pidfile import AlreadyRunning, NotAPidFile, PidFile

        file = PidFile(options["pidFile"])
        try:
            file.check()
            file.write()
        except AlreadyRunning as problem:
            leave(EX_CONFIG, f"Already running: {problem}")
        except NotAPidFile as problem:
            leave(EX_CONFIG, f"Not started: {problem}")
        except OSError as problem:
            leave(EX_IOERR, f"Unable to write the pidfile {options['pidFile']!r}: {problem}")
        options["writtenPidFile"] = file
