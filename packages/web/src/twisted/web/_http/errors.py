"""
Bodies that may be cut short.
"""


class PotentialDataLoss(Exception):
    """
    A body has ended with the connection, and nothing else says where it ends: it may be cut short, or not.

    Only in responses without a length, which servers of HTTP/1.0 send.
    """


class _DataLoss(Exception):
    """A body is cut short: there should have been more."""


class _MalformedChunkedDataError(Exception):
    """A body in chunks breaks the rules of RFC 9112 section 7.1."""


# The client has these without importing the door, which costs much more.
for _exception in (PotentialDataLoss, _DataLoss, _MalformedChunkedDataError):
    _exception.__module__ = "twisted.web.http"
del _exception
