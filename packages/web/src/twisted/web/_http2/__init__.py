"""
HTTP/2, as servers speak it (RFC 9113).

The library h2 knows the frames and which of them may come when. `connection` drives it over a transport, `streams` has
a request and its response on each stream, `requests` makes those of header blocks, `hpack` writes header blocks, and
`floods` knows when there is too much of something.
"""

from twisted.web._http2.connection import H2Connection
from twisted.web._http2.streams import H2Stream

__all__ = ["H2Connection", "H2Stream"]
