"""
Web sites: resources, served.

`Site` is a factory for servers; give it a tree of resources, and listen with it.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.python._facade import publish
from twisted.web._server import requests
from twisted.web._server.encoders import GzipEncoderFactory
from twisted.web._server.requests import NOT_DONE_YET, Request
from twisted.web._server.sessions import Session
from twisted.web._server.sites import Site
from twisted.web.error import UnsupportedMethod

__all__ = [
    "NOT_DONE_YET",
    "GzipEncoderFactory",
    "Request",
    "Session",
    "Site",
    "UnsupportedMethod",
    "supportedMethods",
    "version",
]

#: The methods that a resource may be expected to know: others are answered with 501, and these with 405.
supportedMethods = (b"GET", b"HEAD", b"POST")

#: What the field ``Server`` says: the release whose public names these are. Programs may set it.
version = b"TwistedWeb/26.10.0"


def quote(string: str | bytes, *args: Any, **kwargs: Any) -> bytes:
    """Quote for a URL: `urllib.parse.quote`, with bytes as the result."""
    from urllib.parse import quote as quoted

    return quoted(string, *args, **kwargs).encode("ascii")


publish(__name__, __all__)
requests.door = sys.modules[__name__]
