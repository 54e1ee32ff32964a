"""
Applications that speak ASGI 3: HTTP, WebSocket and lifespan.

Applications run as coroutines in the reactor's thread. Those that use asyncio, as most frameworks do, need the asyncio
reactor: ``twist --reactor=asyncio web --asgi module:app``.
"""

from twisted.python._facade import publish
from twisted.web._asgi.resources import ASGIResource

__all__ = ["ASGIResource"]
publish(__name__, __all__)
