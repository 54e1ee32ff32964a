"""
Compressed responses.
"""

from __future__ import annotations

import re
from typing import Any

from zope.interface import implementer

from twisted.web.iweb import _IRequestEncoder, _IRequestEncoderFactory

# Any: a request, or what stands in for one.

_MEMBER = re.compile(rb"\s*([^\s;,]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")


def accepts_gzip(values: list[bytes]) -> bool:
    """Tell whether a client understands gzip, by its fields ``Accept-Encoding`` (RFC 9110 section 12.5.3)."""
    found: dict[bytes, bool] = {}
    for member in b",".join(values).lower().split(b","):
        match = _MEMBER.fullmatch(member)
        if match is not None:
            # A weight of nothing forbids.
            found[match[1]] = match[2] is None or bool(match[2].strip(b"0."))
    return found.get(b"gzip", False)


@implementer(_IRequestEncoderFactory)
class GzipEncoderFactory:
    """
    Compresses with gzip for clients that understand it. See `EncodingResourceWrapper`.

    Attributes:
        compressLevel: From 1, which is fast, to 9, which makes the least of it.
    """

    compressLevel: int = 9

    def encoderForRequest(self, request: Any) -> _GzipEncoder | None:
        """Give an encoder, having set ``Content-Encoding``, or `None`."""
        if not accepts_gzip(request.requestHeaders.getRawHeaders(b"accept-encoding", [])):
            return None
        before = request.responseHeaders.getRawHeaders(b"content-encoding")
        kinds = b",".join([*before, b"gzip"]) if before else b"gzip"
        request.responseHeaders.setRawHeaders(b"content-encoding", [kinds])
        return _GzipEncoder(self.compressLevel, request)


@implementer(_IRequestEncoder)
class _GzipEncoder:
    """Compresses one response."""

    _compressor: Any = None

    def __init__(self, level: int, request: Any) -> None:
        self._level = level
        self._request = request

    def encode(self, data: bytes) -> bytes:
        """Compress a part of the body."""
        compressor = self._compressor
        if compressor is None:
            import zlib

            compressor = self._compressor = zlib.compressobj(self._level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
            if not self._request.startedWriting:
                # That was of the body as it is.
                self._request.responseHeaders.removeHeader(b"content-length")
        compressed: bytes = compressor.compress(data)
        return compressed

    def finish(self) -> bytes:
        """Give what is left, with gzip's trailer."""
        compressor, self._compressor = self._compressor, None
        if compressor is None:
            return b""
        rest: bytes = compressor.flush()
        return rest
