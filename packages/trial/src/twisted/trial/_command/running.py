"""
The ``trial`` command.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

from twisted.python import failure, usage
from twisted.trial._command import tracing
from twisted.trial._command.options import Options
from twisted.trial._command.orders import shuffled
from twisted.trial._runner.folders import NoMarker
from twisted.trial._runner.loading import TestLoader
from twisted.trial._runner.running import TrialRunner
from twisted.trial._runner.suites import DestructiveTestSuite, LoggedSuite


class NoDebugger(Exception):
    """There is no debugger of the name that was given."""


def loader_for(options: Any) -> TestLoader:  # Any: Options, or what programs have made of them
    """Give a loader that sorts tests as *options* say."""
    loader = TestLoader()
    if options["random"]:
        loader.sorter = shuffled(options["random"])
        print(f"Running tests shuffled with seed {options['random']}\n")
    elif options["order"]:
        loader.sorter = options["order"]
    if not options["until-failure"]:
        loader.suiteFactory = DestructiveTestSuite
    return loader


def suite_for(options: Any) -> LoggedSuite:
    """Load the tests that *options* name."""
    tests = loader_for(options).loadByNames(options["tests"], recurse=not options["no-recurse"])
    return LoggedSuite([tests])


def _debugger(name: str) -> Any:
    """
    Give a debugger by its full name.

    Raises:
        NoDebugger: There is none.
    """
    from twisted.python.reflect import namedAny

    try:
        found = namedAny(name)
    except Exception:
        raise NoDebugger(f"{name!r} debugger could not be found.") from None
    # That of the standard library reads .pdbrc by itself.
    return found.Pdb() if name == "pdb" else found


def runner_for(options: Any) -> Any:
    """Give what runs tests as *options* say."""
    shared = {
        "stream": sys.stdout,
        "tracebackFormat": options["tbformat"],
        "realTimeErrors": options["rterrors"],
        "uncleanWarnings": options["unclean-warnings"],
        "logfile": options["logfile"],
        "workingDirectory": options["temp-directory"],
        "exitFirst": options["exitfirst"],
    }
    if options["jobs"] and not options["dry-run"]:
        from twisted.trial._jobs.running import DistTrialRunner

        return DistTrialRunner(
            options["reporter"], maxWorkers=options["jobs"], workerArguments=options.worker_arguments(), **shared
        )
    mode = debugger = None
    if options["dry-run"]:
        mode = TrialRunner.DRY_RUN
    elif options["debug"]:
        mode = TrialRunner.DEBUG
        debugger = _debugger(options["debugger"])
    return TrialRunner(
        options["reporter"],
        mode=mode,
        profile=options["profile"],
        forceGarbageCollection=options["force-gc"],
        debugger=debugger,
        **shared,
    )


def _prepare_debugging(options: Any) -> None:
    """Switch on what has to be on before tests are loaded."""
    if options["debug"]:
        failure.startDebugMode() if not options["nopm"] else None
    if options["debug-stacktraces"]:
        from twisted.internet import defer

        defer.setDebugging(True)


def _write_nowhere() -> None:
    """Nobody reads what we write: let the interpreter not complain of that when it flushes at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run() -> NoReturn:
    """Be the command: read the command line, run tests, and exit with 1 unless all is well."""
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    options = Options()
    try:
        options.parseOptions()
        runner = runner_for(options)
    except (usage.UsageError, NoDebugger) as error:
        raise SystemExit(f"{sys.argv[0]}: {error}") from None
    _prepare_debugging(options)
    suite = suite_for(options)
    try:
        result = runner.runUntilFailure(suite) if options["until-failure"] else runner.run(suite)
    except KeyboardInterrupt:
        # As a shell has it for programs that end by this signal.
        sys.exit(128 + signal.SIGINT)
    except BrokenPipeError:
        _write_nowhere()
        sys.exit(1)
    except (NoMarker, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise
        raise SystemExit(f"{sys.argv[0]}: {error}") from None
    if options.tracer is not None:
        tracing.write_coverage(options.tracer, options.coverdir().path)
    sys.exit(not result.wasSuccessful())
