"""
Policies that are put around any protocol: limits, time-outs, and records of what is transferred.

Each is a factory that wraps another: ``TimeoutFactory(EchoFactory(), timeoutPeriod=60)``. `TimeoutMixin` is for
protocols that know themselves what counts as a sign of life.
"""

from twisted.protocols._policies.throttling import (
    LimitConnectionsByPeer,
    LimitTotalConnectionsFactory,
    ThrottlingFactory,
    ThrottlingProtocol,
)
from twisted.protocols._policies.timeouts import TimeoutFactory, TimeoutMixin, TimeoutProtocol
from twisted.protocols._policies.watching import (
    SpewingFactory,
    SpewingProtocol,
    TrafficLoggingFactory,
    TrafficLoggingProtocol,
)
from twisted.protocols._policies.wrapping import ProtocolWrapper, WrappingFactory
from twisted.python._facade import publish

__all__ = [
    "LimitConnectionsByPeer",
    "LimitTotalConnectionsFactory",
    "ProtocolWrapper",
    "SpewingFactory",
    "SpewingProtocol",
    "ThrottlingFactory",
    "ThrottlingProtocol",
    "TimeoutFactory",
    "TimeoutMixin",
    "TimeoutProtocol",
    "TrafficLoggingFactory",
    "TrafficLoggingProtocol",
    "WrappingFactory",
]
publish(__name__, __all__)
