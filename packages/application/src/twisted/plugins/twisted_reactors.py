"""
The reactors that come with twisted-core.
"""

from twisted.application.reactors import Reactor

__all__ = ["asyncio", "default", "epoll", "kqueue", "poll", "select"]

_KINDS = {
    "default": ("default", "the best there is here: epoll, kqueue, poll or select"),
    "select": ("selectreactor", "select(2): everywhere, for some hundred descriptors"),
    "poll": ("pollreactor", "poll(2): most Unix systems"),
    "epoll": ("epollreactor", "epoll(7): Linux"),
    "kqueue": ("kqreactor", "kqueue(2): macOS and the BSDs"),
    "asyncio": ("asyncioreactor", "an asyncio event loop, uvloop's included"),
}

default, select, poll, epoll, kqueue, asyncio = (
    Reactor(name, f"twisted.internet.{module}", description) for name, (module, description) in _KINDS.items()
)
