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


# By the name that programs know, whoever loads this first.
PotentialDataLoss.__module__ = _DataLoss.__module__ = "twisted.web.http"
