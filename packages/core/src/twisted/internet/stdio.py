"""
Standard input and output as a transport.

Pipes, terminals and files will do; see `StandardIO`.
"""

from twisted.internet._stdio.address import PipeAddress
from twisted.internet._stdio.transport import StandardIO
from twisted.python._facade import publish

__all__ = ["PipeAddress", "StandardIO"]
publish(__name__, __all__)
