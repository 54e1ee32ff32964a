"""
The best kind of reactor that this platform has.
"""

from twisted.internet._reactor.choice import install

__all__ = ["install"]
