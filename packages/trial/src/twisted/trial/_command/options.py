"""
What can be said to the ``trial`` command.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import warnings
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from twisted.application.app import ReactorSelectionMixin
from twisted.plugin import getPlugins
from twisted.python import usage
from twisted.trial._command import tracing
from twisted.trial._command.files import getTestModules, isTestFile
from twisted.trial._command.orders import ORDERS, known_order
from twisted.trial.itrial import IReporter

if TYPE_CHECKING:
    from twisted.python.filepath import FilePath

#: What a word after --tbformat means to a reporter.
TBFORMAT_MAP = {
    "plain": "default",
    "default": "default",
    "emacs": "brief",
    "brief": "brief",
    "cgitb": "verbose",
    "verbose": "verbose",
}
# What makes no sense, or no difference, in several processes.
_ALONE = ("debug", "profile", "debug-stacktraces")


class Options(usage.Options, ReactorSelectionMixin):
    """The options of ``trial``, and the names of tests."""

    synopsis = f"{os.path.basename(sys.argv[0])} [options] [[file|package|module|TestCase|testmethod]...]\n        "
    longdesc = (
        "trial finds tests by name - in modules, packages, classes and files - and runs them. "
        "They may return Deferreds and coroutines; it waits for these."
    )

    optFlags = [
        ["help", "h", "Show this, and exit."],
        ["no-recurse", "N", "Do not look into packages within packages"],
        ["help-orders", None, "List the orders that --order knows, and exit"],
        ["help-reporters", None, "List the reporters that --reporter knows, and exit"],
        ["rterrors", "e", "Show tracebacks as soon as there are any, too"],
        ["unclean-warnings", None, "Only warn of tests that leave the reactor unclean"],
        ["force-gc", None, "Collect garbage before and after each test"],
        ["exitfirst", "x", "End at the first test that goes wrong"],
        ["dry-run", "n", "Load the tests, and tell of them as if they had succeeded"],
        ["debug", "b", "Run the tests in a debugger; pdb reads .pdbrc in the current directory"],
        ["nopm", None, "With --debug: do not go into the debugger for each exception"],
        ["debug-stacktraces", "B", "Show where Deferreds were made and fired"],
        ["profile", None, "Say what took how long"],
        ["until-failure", "u", "Run the tests again and again until something goes wrong"],
    ]
    optParameters = [
        ["debugger", None, "pdb", "The full name of the debugger for --debug"],
        ["logfile", "l", "test.log", "The name of the log; - is standard output"],
        ["jobs", "j", None, "How many processes run the tests: a number above 0, or auto for one for each CPU"],
        ["order", "o", None, "The order of classes and their tests (see --help-orders)", known_order],
        ["random", "z", None, "Run the tests in random order, with this seed; 0 chooses one"],
        ["temp-directory", None, "_trial_temp", "The directory where the tests run. It is made anew."],
        ["reporter", None, "verbose", "How to tell of the tests (see --help-reporters)"],
    ]
    compData = usage.Completions(
        optActions={
            "tbformat": usage.CompleteList(["plain", "emacs", "cgitb"]),
            "reporter": usage.CompleteList(["verbose", "bwverbose", "summary", "text", "timing", "subunit"]),
            "order": usage.CompleteList(sorted(ORDERS)),
            "logfile": usage.CompleteFiles(descr="log file name"),
            "random": usage.Completer(descr="random seed"),
        },
        extraActions=[
            usage.CompleteFiles("*.py", descr="file | module | package | TestCase | testMethod", repeat=True)
        ],
    )
    #: Counts lines, once --coverage has been given. (Any: trace.Trace.)
    tracer: Any = None

    def __init__(self) -> None:
        super().__init__()
        self["tests"] = []
        self["tbformat"] = "default"
        #: What has been said that workers should heed, too.
        self._for_workers: list[str] = []

    def coverdir(self) -> FilePath[str]:
        """Give the directory that --coverage writes to, and say which it is."""
        from twisted.python.filepath import FilePath

        path = FilePath(self["temp-directory"]).child("coverage")
        print(f"Setting coverage directory to {path.path}.")
        return path

    def opt_coverage(self) -> None:
        """
        Write which lines were run, to the directory coverage in the temp-directory, and in those of the processes
        """
        self.tracer = tracing.start_coverage()
        self["coverage"] = True
        self._for_workers.append("--coverage")

    def opt_testmodule(self, filename: str) -> None:
        """
        A file with tests, or one that names them (-*- test-case-name: x -*-)
        """
        if not os.path.isfile(filename):
            sys.stderr.write(f"File {filename!r} doesn't exist\n")
            return
        filename = os.path.abspath(filename)
        self._add_tests([filename] if isTestFile(filename) else getTestModules(filename))

    def _add_tests(self, names: list[str]) -> None:
        self["tests"] = list(dict.fromkeys([*self["tests"], *names]))

    def opt_spew(self) -> None:
        """
        Print every single call that is made, to find out where a program hangs
        """
        tracing.start_spewing()

    def opt_help_orders(self) -> None:
        """
        List the orders that --order knows, and exit
        """
        print("Tests can run in several orders: --order=<foo>, where <foo> is one of\n")
        for word in sorted(ORDERS):
            print("   ", word, "\t", ORDERS[word][0])
        sys.exit(0)

    def opt_help_reporters(self) -> None:
        """
        List the reporters that --reporter knows, and exit
        """
        print("Reporters tell of tests: --reporter=<foo>, where <foo> is one of\n")
        for plugin in _reporters():
            print("   ", plugin.longOpt, "\t", plugin.description)
        sys.exit(0)

    def opt_disablegc(self) -> None:
        """
        Collect no garbage at all
        """
        self["disablegc"] = True
        self._for_workers.append("--disablegc")
        gc.disable()

    def opt_tbformat(self, opt: str) -> None:
        """
        How tracebacks look: plain, emacs (a line for each frame), or cgitb (with variables, where they are known)
        """
        try:
            self["tbformat"] = TBFORMAT_MAP[opt]
        except KeyError:
            raise usage.UsageError("tbformat must be 'plain', 'emacs', or 'cgitb'.") from None

    def opt_recursionlimit(self, arg: str) -> None:
        """
        How deep calls may be: see sys.setrecursionlimit()
        """
        try:
            limit = int(arg)
        except (TypeError, ValueError):
            raise usage.UsageError("argument to recursionlimit must be an integer") from None
        try:
            sys.setrecursionlimit(limit)
        except (ValueError, OverflowError, RecursionError) as error:
            raise usage.UsageError(f"recursionlimit cannot be {limit}: {error}") from None
        self["recursionlimit"] = limit
        self._for_workers.append(f"--recursionlimit={limit}")

    def opt_random(self, option: str) -> None:
        try:
            seed = int(option)
        except ValueError:
            seed = -1
        if seed < 0:
            raise usage.UsageError("Argument to --random must be a positive integer")
        # Large enough to differ, small enough to be typed.
        self["random"] = seed or random.SystemRandom().randrange(1, 10**9)

    def opt_without_module(self, option: str) -> None:
        """
        Let imports of these modules fail; their names are separated by commas
        """
        self["without-module"] = option
        for name in option.split(","):
            if name in sys.modules:
                message = f"Module {name!r} already imported, disabling anyway."
                warnings.warn(message, category=RuntimeWarning, stacklevel=2)
            sys.modules[name] = None  # type: ignore[assignment]  # that is how imports are made to fail
        self._for_workers.append(f"--without-module={option}")

    def opt_jobs(self, number: str) -> None:
        """
        How many processes run the tests: a number above 0, or auto for one for each CPU
        """
        if number == "auto":
            count = _cpus()
        else:
            try:
                count = int(number)
            except ValueError:
                raise usage.UsageError(f"Expecting integer argument to jobs, got '{number}'") from None
            if count <= 0:
                raise usage.UsageError("Argument to jobs must be a strictly positive integer or 'auto'")
        self["jobs"] = count

    def opt_reactor(self, shortName: str) -> None:
        """
        Which reactor to use (see --help-reactors)
        """
        super().opt_reactor(shortName)
        self["reactor"] = shortName
        self._for_workers.append(f"--reactor={shortName}")

    opt_r = opt_reactor

    def parseArgs(self, *args: str) -> None:
        """Take the names of tests."""
        self._add_tests(list(args))

    def _find_reporter(self, name: str) -> Any:
        from twisted.plugins import twisted_trial
        from twisted.python.reflect import namedAny

        # Ours come first: to know of all others takes longer than a thousand tests.
        for plugin in chain((getattr(twisted_trial, own) for own in twisted_trial.__all__), _reporters()):
            if plugin.longOpt == name:
                return namedAny(f"{plugin.module}.{plugin.klass}")
        raise usage.UsageError("Only pass names of Reporter plugins to --reporter. See --help-reporters for more info.")

    def postOptions(self) -> None:
        """
        Find the reporter, and see whether all goes together.

        Raises:
            UsageError: There is no such reporter, or there are options that exclude each other.
        """
        self["reporter"] = self._find_reporter(self["reporter"])
        if self["force-gc"]:
            self._for_workers.append("--force-gc")
        if self["jobs"]:
            for name in _ALONE:
                if self[name]:
                    raise usage.UsageError(f"You can't specify --{name} when using --jobs")
        if self["nopm"]:
            if not self["debug"]:
                raise usage.UsageError("You must specify --debug when using --nopm ")
            self["no-post-mortem"] = True

    def worker_arguments(self) -> list[str]:
        """Give what was said that holds in other processes, too."""
        return self._for_workers


def _reporters() -> Iterable[Any]:
    """Give the plugins for reporters, once they are wanted. (Any: their interface is that of what they lead to.)"""
    yield from getPlugins(IReporter)


def _cpus() -> int:
    """Give the number of CPUs that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
