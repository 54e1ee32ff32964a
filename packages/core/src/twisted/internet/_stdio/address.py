"""
The address of what has none.
"""

from zope.interface import implementer

from twisted.internet.interfaces import IAddress


@implementer(IAddress)
class PipeAddress:
    """The address of a pipe, a terminal or a file: it says nothing."""

    def __repr__(self) -> str:
        return "PipeAddress()"
