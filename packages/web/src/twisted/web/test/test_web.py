"""
The stand-ins of `requesthelper` under the name that programs' tests import them by.
"""

from twisted.web.test.requesthelper import DummyChannel, DummyRequest, NullAddress

__all__ = ["DummyChannel", "DummyRequest", "NullAddress"]
