"""
Running an application: its log, its reactor, its end.
"""

from __future__ import annotations

import sys
from typing import Any, TextIO

from zope.interface import providedBy

from twisted.application import service
from twisted.application._app.loading import getApplication, getPassphrase
from twisted.application._app.profiling import AppProfiler, fixPdb
from twisted.application.runner._ending import end_by_signal
from twisted.logger import ILogObserver, LegacyLogObserverWrapper, Logger, globalLogBeginner, globalLogPublisher
from twisted.logger import textFileLogObserver as text_observer
from twisted.persisted import sob
from twisted.python import log
from twisted.python.reflect import qual

_CRASH_FILE = "TWISTD-CRASH.log"


class AppLogger:
    """
    The log of an application.

    Args:
        options: With ``logfile``, a path, or ``-`` for standard output; and ``logger``, what makes an observer, which
            goes before.
    """

    _observer: Any = None
    _log = Logger()

    def __init__(self, options: Any) -> None:
        self._logfilename: str = options.get("logfile", "") or ""
        self._observerFactory: Any = options.get("logger") or None

    def start(self, application: Any) -> None:
        """
        Begin to log: to the observer that the options name, else to that of the application (its component
        `ILogObserver`), else to the file.
        """
        if self._observerFactory is not None:
            observer = self._observerFactory()
        else:
            observer = application.getComponent(ILogObserver, None) or application.getComponent(log.ILogObserver, None)
            if observer is None:
                observer = self._getLogObserver()
        if not providedBy(observer).isOrExtends(ILogObserver):
            # Written for the classic log, or a plain function.
            observer = LegacyLogObserverWrapper(observer)
        self._observer = observer
        globalLogBeginner.beginLoggingTo([observer])
        self._initialLog()

    def _initialLog(self) -> None:
        from twisted.copyright import version
        from twisted.internet import reactor

        self._log.info(
            "twistd {version} ({exe} {pyVersion}) starting up.",
            version=version,
            exe=sys.executable,
            pyVersion=sys.version.split()[0],
        )
        self._log.info("reactor class: {reactor}.", reactor=qual(reactor.__class__))

    def _getLogObserver(self) -> Any:
        """Make the observer of the file; a hook of subclasses."""
        if self._logfilename in ("", "-"):
            return text_observer(sys.stdout)
        from twisted.python.logfile import LogFile

        return text_observer(LogFile.fromFullPath(self._logfilename))

    def stop(self) -> None:
        """Say that it is over, and log no more."""
        self._log.info("Server Shut Down.")
        observer, self._observer = self._observer, None
        if observer is not None:
            globalLogPublisher.removeObserver(observer)


class ApplicationRunner:
    """
    Runs an application from its start to its end. Platforms differ in what comes before and after the application is
    there: subclasses say it in `preApplication` and `postApplication`.

    Args:
        config: The options.

    Attributes:
        application: What is run.
    """

    profilerFactory = AppProfiler
    loggerFactory = AppLogger
    application: Any

    def __init__(self, config: Any) -> None:
        self.config = config
        self.profiler = self.profilerFactory(config)
        self.logger = self.loggerFactory(config)
        self._oldstdout = sys.stdout
        self._oldstderr = sys.stderr

    def run(self) -> None:
        """Run. If a signal stopped the reactor, the process ends by that signal."""
        self.preApplication()
        self.application = self.createOrGetApplication()
        self.logger.start(self.application)
        try:
            self.postApplication()
        finally:
            self.logger.stop()
        from twisted.internet import reactor

        number = getattr(reactor, "_exitSignal", None)
        if number is not None:
            end_by_signal(number)

    def startReactor(self, reactor: Any, oldstdout: TextIO, oldstderr: TextIO) -> None:
        """Run the reactor, under a profiler or a debugger if that was asked for."""
        if reactor is None:
            from twisted.internet import reactor
        runReactorWithLogging(self.config, oldstdout, oldstderr, self.profiler, reactor)

    def preApplication(self) -> None:
        """Override me: the application is not there yet."""
        raise NotImplementedError(f"{type(self).__name__} must override preApplication")

    def postApplication(self) -> None:
        """Override me: the application is there, and is to be started, run and stopped."""
        raise NotImplementedError(f"{type(self).__name__} must override postApplication")

    def createOrGetApplication(self) -> Any:
        """Make an application of the service that the options name, or load the one whose file they name."""
        config = self.config
        if config.subCommand:
            maker = config.loadedPlugins[config.subCommand]
            made = maker.makeService(config.subOptions)
            application = service.Application(maker.tapname)
            made.setServiceParent(application)
            return application
        return getApplication(config, getPassphrase(config["encrypted"]))


def startApplication(application: Any, save: bool) -> None:
    """
    Start an application's services, and have them stopped with the reactor.

    Args:
        application: What `service.Application` made.
        save: Whether it is stored in a file when the reactor has stopped.
    """
    from twisted.internet import reactor as chosen

    reactor: Any = chosen
    service.IService(application).startService()
    if save:
        persistable = sob.IPersistable(application)
        reactor.addSystemEventTrigger("after", "shutdown", persistable.save, "shutdown")
    reactor.addSystemEventTrigger("before", "shutdown", service.IService(application).stopService)


def runReactorWithLogging(
    config: Any, oldstdout: TextIO, oldstderr: TextIO, profiler: AppProfiler | None = None, reactor: Any = None
) -> None:
    """
    Run a reactor the way options say. An exception that ends it is reported, not raised.

    Args:
        config: The options: ``profile``, ``debug`` and ``nodaemon``.
        oldstdout, oldstderr: The streams from before logging took them over: the debugger talks there.
        profiler: Runs it under a profiler.
        reactor: What is run; the process's reactor if it is left out.
    """
    if reactor is None:
        from twisted.internet import reactor
    try:
        if config["profile"]:
            if profiler is not None:
                profiler.run(reactor)
        elif config["debug"]:
            _run_under_debugger(reactor, oldstdout, oldstderr)
        else:
            reactor.run()
    except BaseException:
        import traceback

        if config["nodaemon"]:
            traceback.print_exc(file=oldstdout)
        else:
            with open(_CRASH_FILE, "a", encoding="utf-8") as file:
                traceback.print_exc(file=file)


def _run_under_debugger(reactor: Any, oldstdout: TextIO, oldstderr: TextIO) -> None:
    import pdb
    import signal

    sys.stdout, sys.stderr = oldstdout, oldstderr
    if hasattr(signal, "SIGUSR2"):
        signal.signal(signal.SIGUSR2, lambda *_: pdb.set_trace())
    fixPdb()
    pdb.runcall(reactor.run)
