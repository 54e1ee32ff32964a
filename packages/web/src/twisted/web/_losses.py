"""
Why a message's body may not be all of it: what http says, for those who need nothing else of it.
"""

from __future__ import annotations

__all__ = ["PotentialDataLoss", "_DataLoss", "_MalformedChunkedDataError"]


class PotentialDataLoss(Exception):
    """
    A body ended because the connection did, and nothing told its length: there may have been more of it.
    """


class _DataLoss(Exception):
    """A body is shorter than it was said to be, or was cut off before its end."""


class _MalformedChunkedDataError(Exception):
    """A body in chunks breaks the rules of RFC 9112 section 7.1."""


for _exception in (PotentialDataLoss, _DataLoss, _MalformedChunkedDataError):
    _exception.__module__ = "twisted.web.http"
del _exception
