"""
What ``twistd`` and programs like it are made of: their options, their log, and a runner that loads an application and
runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.application._app.options import ReactorSelectionMixin, ServerOptions, run
from twisted.application.reactors import NoSuchReactor, installReactor
from twisted.python._facade import publish
from twisted.python.reflect import namedAny, namedModule, qual

if TYPE_CHECKING:
    from twisted.application._app.loading import convertStyle, getApplication, getPassphrase, getSavePassphrase
    from twisted.application._app.profiling import AppProfiler, CProfileRunner, ProfileRunner, fixPdb
    from twisted.application._app.running import ApplicationRunner, AppLogger, runReactorWithLogging, startApplication

__all__ = [
    "AppLogger",
    "AppProfiler",
    "ApplicationRunner",
    "CProfileRunner",
    "NoSuchReactor",
    "ProfileRunner",
    "ReactorSelectionMixin",
    "ServerOptions",
    "convertStyle",
    "fixPdb",
    "getApplication",
    "getPassphrase",
    "getSavePassphrase",
    "installReactor",
    "namedAny",
    "namedModule",
    "qual",
    "run",
    "runReactorWithLogging",
    "startApplication",
]

# Loaded at first use: a command that only takes its options from here runs no application.
_ROOMS = {
    "loading": ("convertStyle", "getApplication", "getPassphrase", "getSavePassphrase"),
    "profiling": ("AppProfiler", "CProfileRunner", "ProfileRunner", "fixPdb"),
    "running": ("AppLogger", "ApplicationRunner", "runReactorWithLogging", "startApplication"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

publish(__name__, [name for name in __all__ if name not in _ROOM_OF])


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"twisted.application._app.{_ROOM_OF[name]}"), name)
    globals()[name] = found
    publish(__name__, [name])
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
