"""
What commands that run an application can be told, on every platform.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from twisted.application.reactors import NoSuchReactor, getReactorTypes, installReactor
from twisted.plugin import getPlugins
from twisted.python import usage
from twisted.python.reflect import namedAny

_REACTORS_AS_COMPLETIONS = usage.CompleteList(["asyncio", "default", "epoll", "poll", "select"])


class ReactorSelectionMixin:
    """
    The option ``--reactor``, for an `Options` class.

    Attributes:
        messageOutput: Where ``--help-reactors`` writes.
    """

    messageOutput: TextIO = sys.stdout
    compData = usage.Completions(optActions={"reactor": _REACTORS_AS_COMPLETIONS})

    def opt_help_reactors(self) -> None:
        """
        Display a list of possibly available reactor names.
        """
        working, broken = [], []
        for kind in sorted(getReactorTypes(), key=lambda kind: str(kind.shortName)):
            problem: Exception | None = None
            module = getattr(kind, "moduleName", None)
            if module is not None:
                try:
                    namedAny(module)
                except Exception as raised:
                    # Whatever it is that a reactor's module misses here.
                    problem = raised
            if problem is None:
                working.append(f"    {kind.shortName:<4}\t{kind.description}")
            else:
                broken.append(f"    !{kind.shortName:<4}\t{kind.description} ({problem})")
        lines = working
        if broken:
            lines = [*working, "", "    reactors not available on this platform:", "", *broken]
        self.messageOutput.write("\n".join(lines) + "\n")
        raise SystemExit(0)

    def opt_reactor(self, shortName: str) -> None:
        """
        Which reactor to use (see --help-reactors for a list of possibilities)
        """
        # At once: importing a service may import the reactor.
        try:
            installReactor(shortName)
        except NoSuchReactor:
            raise usage.UsageError(
                f"The specified reactor does not exist: '{shortName}'.\n"
                "See the list of available reactors with --help-reactors"
            ) from None
        except Exception as problem:
            raise usage.UsageError(
                f"The specified reactor cannot be used, failed with error: {problem}.\n"
                "See the list of available reactors with --help-reactors"
            ) from None
        options: Any = self  # Any: the dict that it is where it is mixed in
        options["reactor"] = shortName

    opt_r = opt_reactor


class ServerOptions(usage.Options, ReactorSelectionMixin):
    """
    Which application to run, and how.

    Attributes:
        loadedPlugins: The services that were found, by name.
        stdout: Where the lists of ``--help-...`` go.
    """

    longdesc = "twistd reads a twisted.application.service.Application out of a file and runs it."

    optFlags = [
        ["savestats", None, "save the Stats object rather than the text output of the profiler."],
        ["no_save", "o", "do not save state on shutdown"],
        ["encrypted", "e", "The specified tap/aos file is encrypted."],
    ]
    optParameters = [
        ["logfile", "l", None, "log to a specified file, - for stdout"],
        [
            "logger",
            None,
            None,
            "A fully-qualified name to a log observer factory to use for the initial log observer.  "
            "Takes precedence over --logfile and --syslog (when available).",
        ],
        ["profile", "p", None, "Run in profile mode, dumping results to specified file."],
        ["profiler", None, "cprofile", "Name of the profiler to use (profile, cprofile)."],
        ["file", "f", "twistd.tap", "read the given .tap file"],
        ["python", "y", None, "read an application from within a Python file (implies -o)"],
        ["source", "s", None, "Read an application from a .tas file (AOT format)."],
        ["rundir", "d", ".", "Change to a supplied directory before running"],
    ]
    compData = usage.Completions(
        mutuallyExclusive=[("file", "python", "source")],
        optActions={
            "file": usage.CompleteFiles("*.tap"),
            "python": usage.CompleteFiles("*.(tac|py)"),
            "source": usage.CompleteFiles("*.tas"),
            "rundir": usage.CompleteDirs(),
        },
    )

    def __init__(self, *a: Any, **kw: Any) -> None:
        self.stdout = kw.pop("stdout", sys.stdout)
        super().__init__(*a)
        self["debug"] = False

    def opt_debug(self) -> None:
        """
        Run the application in the Python Debugger (implies nodaemon),
        sending SIGUSR2 will drop into debugger
        """
        from twisted.internet import defer
        from twisted.python import failure

        defer.setDebugging(True)
        failure.startDebugMode()
        self["debug"] = True

    opt_b = opt_debug

    def opt_spew(self) -> None:
        """
        Print an insanely verbose log of everything that happens.
        Useful when debugging freezes or locks in complex code.
        """
        import threading

        from twisted.python.util import spewer

        sys.settrace(spewer)
        threading.settrace(spewer)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Take a command line apart.

        Raises:
            UsageError: It is wrong.
        """
        words = list(sys.argv[1:] or ["--help"]) if options is None else list(options)
        super().parseOptions(words)

    def postOptions(self) -> None:
        """Look at what belongs together."""
        if self.subCommand or self["python"]:
            self["no_save"] = True
        if self["logger"] is not None:
            name = self["logger"]
            try:
                self["logger"] = namedAny(name)
            except Exception as problem:
                raise usage.UsageError(f"Logger '{name}' could not be imported: {problem}") from None

    @property
    def subCommands(self) -> Iterator[tuple[str, None, Callable[[], Any], str]]:
        """The services that are installed here, as `usage.Options` wants them."""
        from twisted.application.service import IServiceMaker

        self.loadedPlugins: dict[str, Any] = {}
        for plugin in sorted(getPlugins(IServiceMaker), key=lambda plugin: str(plugin.tapname)):
            self.loadedPlugins[plugin.tapname] = plugin
            yield plugin.tapname, None, self._options_of(plugin), plugin.description

    @staticmethod
    def _options_of(plugin: Any) -> Callable[[], Any]:
        return lambda: plugin.options()


def run(runApp: Callable[[ServerOptions], object], ServerOptions: Callable[[], ServerOptions]) -> None:
    """
    Be a command: take the command line apart, and run what it says.

    Args:
        runApp: Runs it.
        ServerOptions: Makes the options.
    """
    config = ServerOptions()
    try:
        config.parseOptions()
    except usage.error as problem:
        print(config)
        commands = ", ".join([sys.argv[0].rpartition("/")[2]])
        print(f"{commands}: {problem}")
        raise SystemExit(1) from None
    try:
        runApp(config)
    except usage.error as problem:
        from twisted.python import log

        log.err(None, "The command line was understood, but what it asks for cannot be done")
        raise SystemExit(f"{problem}") from None
