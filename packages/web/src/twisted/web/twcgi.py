"""
Programs that answer requests, by the Common Gateway Interface (RFC 3875).
"""

from twisted.python._facade import publish
from twisted.web._twcgi.processes import CGIProcessProtocol
from twisted.web._twcgi.scripts import CGIDirectory, CGIScript, FilteredScript

__all__ = ["CGIDirectory", "CGIProcessProtocol", "CGIScript", "FilteredScript"]
publish(__name__, __all__)
