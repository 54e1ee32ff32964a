"""
The command ``twistd``: run an application, as a daemon unless that is not wanted.
"""

from __future__ import annotations

from typing import Any

from twisted.application import app
from twisted.python.runtime import platformType

if platformType == "win32":
    from twisted.scripts._twistd_plain import PlainApplicationRunner as _SomeApplicationRunner
    from twisted.scripts._twistd_plain import ServerOptions
else:
    from twisted.scripts._twistd_unix import ServerOptions  # type: ignore[assignment]
    from twisted.scripts._twistd_unix import UnixApplicationRunner as _SomeApplicationRunner  # type: ignore[assignment]

__all__ = ["ServerOptions", "run", "runApp"]


def runApp(config: Any) -> None:
    """Run the application that options name."""
    _SomeApplicationRunner(config).run()


def run() -> None:
    """Be the command."""
    app.run(runApp, ServerOptions)
