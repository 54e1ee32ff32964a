"""
What ``twistd`` and programs like it are made of: their options, their log, and a runner that loads an application and
runs it.
"""

from twisted.application._app.loading import convertStyle, getApplication, getPassphrase, getSavePassphrase
from twisted.application._app.options import ReactorSelectionMixin, ServerOptions, run
from twisted.application._app.profiling import AppProfiler, CProfileRunner, ProfileRunner, fixPdb
from twisted.application._app.running import ApplicationRunner, AppLogger, runReactorWithLogging, startApplication
from twisted.application.reactors import NoSuchReactor, installReactor
from twisted.python._facade import publish
from twisted.python.reflect import namedAny, namedModule, qual

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

publish(__name__, __all__)
