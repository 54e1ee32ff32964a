"""
``twistd`` where there are neither users nor daemons: it runs in the foreground.
"""

from __future__ import annotations

from twisted.application import app, service
from twisted.copyright import copyright, version
from twisted.python import usage


class ServerOptions(app.ServerOptions):
    """Which application ``twistd`` is to run, and how."""

    synopsis = "Usage: twistd [options]"
    optFlags = [["nodaemon", "n", "(for backwards compatibility)."]]
    compData = usage.Completions()

    def opt_version(self) -> None:
        """
        Print version information and exit.
        """
        print(f"twistd (the Twisted daemon) {version}\n{copyright}", file=self.stdout)
        raise SystemExit(0)


class PlainApplicationRunner(app.ApplicationRunner):
    """Runs an application in the foreground."""

    def preApplication(self) -> None:
        """There is nothing to prepare."""
        self.config["nodaemon"] = True

    def postApplication(self) -> None:
        """Start the application, and run the reactor."""
        service.IService(self.application).privilegedStartService()
        app.startApplication(self.application, not self.config["no_save"])
        self.startReactor(None, self._oldstdout, self._oldstderr)
