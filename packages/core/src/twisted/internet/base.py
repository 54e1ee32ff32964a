"""
The bases of reactors, ports and connectors.
"""

from typing import TYPE_CHECKING

from twisted.internet._reactor.connecting import BaseConnector, BasePort
from twisted.internet._reactor.core import ReactorBase
from twisted.internet._reactor.delayed import DelayedCall
from twisted.internet._reactor.events import _SystemEventID, _ThreePhaseEvent
from twisted.internet._reactor.resolving import BlockingResolver, PluggableResolverMixin, ThreadedResolver
from twisted.python._facade import publish

__all__ = [
    "BaseConnector",
    "BasePort",
    "BlockingResolver",
    "DelayedCall",
    "PluggableResolverMixin",
    "ReactorBase",
    "ThreadPool",
    "ThreadedResolver",
    "_SystemEventID",
    "_ThreePhaseEvent",
]
publish(__name__, [name for name in __all__ if name != "ThreadPool"])

if TYPE_CHECKING:
    from twisted.python.threadpool import ThreadPool


def __getattr__(name: str) -> object:
    # Threads are loaded by programs that use them.
    if name == "ThreadPool":
        from twisted.python.threadpool import ThreadPool

        return ThreadPool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
