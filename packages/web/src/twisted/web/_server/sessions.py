"""
Sessions: what a site remembers of a client between its requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.python.components import Componentized

# Any: sites, reactors, and what sessions are asked for.


class Session(Componentized):
    """
    What a site remembers of a client. Adapters keep what they like in it: ``IShoppingCart(session)``.

    It is forgotten when the client has not come for `sessionTimeout`.

    Attributes:
        sessionTimeout: Seconds.
        uid: Its name, which is what the client has as a cookie. Who knows it is the client.
        site: The site.
        lastModified: When the client came last.
        expireCallbacks: What is called when it is forgotten.
        sessionNamespaces: For whatever you like.
    """

    sessionTimeout: float = 900
    _expireCall: Any = None

    def __init__(self, site: Any, uid: bytes, reactor: Any = None) -> None:
        """
        Args:
            site: The site.
            uid: Its name.
            reactor: What time is taken from; the site's if `None`.
        """
        super().__init__()
        if reactor is None:
            reactor = site.reactor
        self._reactor = reactor
        self.site = site
        self.uid = uid
        self.expireCallbacks: list[Callable[[], object]] = []
        self.sessionNamespaces: dict[Any, Any] = {}
        self.touch()

    def startCheckingExpiration(self) -> None:
        """Begin to wait."""
        self._expireCall = self._reactor.callLater(self.sessionTimeout, self.expire)

    def notifyOnExpire(self, callback: Callable[[], object]) -> None:
        """Have something called when it is forgotten."""
        self.expireCallbacks.append(callback)

    def expire(self) -> None:
        """Have the site forget it."""
        del self.site.sessions[self.uid]
        for callback in self.expireCallbacks:
            callback()
        self.expireCallbacks = []
        if self._expireCall is not None and self._expireCall.active():
            self._expireCall.cancel()
        self._expireCall = None

    def touch(self) -> None:
        """The client has come: wait anew."""
        self.lastModified = self._reactor.seconds()
        if self._expireCall is not None:
            self._expireCall.reset(self.sessionTimeout)
