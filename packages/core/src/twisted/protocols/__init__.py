"""
Protocols and what wraps them. The folder is shared: each distribution adds the protocols it speaks.
"""

from pkgutil import extend_path

from twisted import _siblings

__path__ = extend_path(__path__, __name__)


def __getattr__(name: str) -> object:
    raise _siblings.missing(__name__, name)
