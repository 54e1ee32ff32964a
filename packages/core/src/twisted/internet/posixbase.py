"""
The base of reactors over file descriptors: everything but the waiting.
"""

from twisted.internet._reactor.posix import PosixReactorBase, processEnabled, unixEnabled
from twisted.python._facade import publish

__all__ = ["PosixReactorBase", "processEnabled", "unixEnabled"]
publish(__name__, __all__)
