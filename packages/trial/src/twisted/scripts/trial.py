"""
The ``trial`` command, which runs tests.

`twisted.trial.runner` does the work; here is what the command line says.
"""

from twisted.python._facade import publish
from twisted.trial._command.files import getTestModules, isTestFile, loadLocalVariables
from twisted.trial._command.options import TBFORMAT_MAP, Options
from twisted.trial._command.running import run
from twisted.trial._jobs.running import DistTrialRunner

__all__ = [
    "TBFORMAT_MAP",
    "DistTrialRunner",
    "Options",
    "getTestModules",
    "isTestFile",
    "loadLocalVariables",
    "run",
]
publish(__name__, __all__)
