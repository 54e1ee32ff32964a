"""
What the resources that are whole applications share.
"""

from __future__ import annotations

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
