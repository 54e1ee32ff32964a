"""
Running a reactor under a profiler.
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar


class ProfileRunner:
    """
    Runs a reactor under `profile`.

    Args:
        profileOutput: The file that the figures go to.
        saveStats: Whether they are saved for `pstats` to read; else they are printed into the file.
    """

    def __init__(self, profileOutput: str, saveStats: bool) -> None:
        self.profileOutput = profileOutput
        self.saveStats = saveStats

    def _profiler(self) -> Any:
        import profile

        return profile.Profile()

    def run(self, reactor: Any) -> None:
        """Run *reactor*, and write the figures when it has ended, however it ends."""
        profiler = self._profiler()
        try:
            profiler.runcall(reactor.run)
        finally:
            self._write(profiler)

    def _write(self, profiler: Any) -> None:
        if self.saveStats:
            profiler.dump_stats(self.profileOutput)
            return
        import pstats

        with open(self.profileOutput, "a", encoding="utf-8") as file:
            printed = pstats.Stats(profiler, stream=file)
            printed.sort_stats("cumulative").print_stats()


class CProfileRunner(ProfileRunner):
    """The same under `cProfile`, which takes much less time itself."""

    def _profiler(self) -> Any:
        import cProfile

        return cProfile.Profile()


class AppProfiler:
    """
    Runs a reactor under the profiler that options name.

    Attributes:
        profiler: The profiler's name.
        run: Runs the reactor it is given.
    """

    profilers: ClassVar[dict[str, type[ProfileRunner]]] = {"profile": ProfileRunner, "cprofile": CProfileRunner}

    def __init__(self, options: Any) -> None:
        """
        Args:
            options: With ``profile``, the file, ``savestats``, and ``profiler``, the name.
        """
        output = options.get("profile", None)
        self.profiler = str(options.get("profiler", "cprofile")).lower()
        if self.profiler not in self.profilers:
            raise SystemExit(f"Unsupported profiler name: {self.profiler}")
        self.run = self.profilers[self.profiler](output or "", bool(options.get("savestats", False))).run


def fixPdb() -> None:
    """Give the debugger a command ``stop``, which stops the reactor and goes on; after it the program can end."""
    import pdb

    def do_stop(self: Any, arg: str) -> int:
        from twisted.internet import reactor

        running: Any = reactor
        self.clear_all_breaks()
        self.set_continue()
        running.callLater(0, running.stop)
        return 1

    def help_stop(self: Any) -> None:
        sys.stdout.write("stop - Continue execution, then cleanly shutdown the twisted reactor.\n")

    for name, function in (("do_stop", do_stop), ("help_stop", help_stop)):
        setattr(pdb.Pdb, name, function)
