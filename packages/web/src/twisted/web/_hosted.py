"""
What the resources that are whole applications share.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn


class HostedApplication:
    """
    An application as a resource, but for `render`: all that is below is its own business.
    """

    isLeaf = True

    def getChildWithDefault(self, name: bytes, request: Any) -> NoReturn:
        """
        The application looks at the path itself.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            f"Cannot get IResource children from {type(self).__name__}: the application looks at the path itself"
        )

    def putChild(self, path: bytes, child: Any) -> NoReturn:
        """
        The application looks at the path itself.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            f"Cannot put IResource children under {type(self).__name__}: the application looks at the path itself"
        )


def length_of(values: Iterable[bytes]) -> int | None:
    """
    Give the length of the body that an application promises.

    Args:
        values: Those of its Content-Length fields.

    Raises:
        ValueError: It is no number of bytes, or there are two. A client and what is between might not agree then on
            where the response ends (RFC 9112 section 6.3).
    """
    given = set(values)
    if not given:
        return None
    if len(given) > 1:
        raise ValueError(f"Content-Length is given twice, and differently: {sorted(given)!r}")
    (value,) = given
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"Content-Length must be a number of bytes, not {value!r}")
    return int(value)
