"""
Trees by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web._microdom.nodes import Element, Text


class lmx:
    """
    Something to build an element with: items are attributes, unknown methods add elements of their name.

    Args:
        node: The element, or the name of one to make.
    """

    def __init__(self, node: str | Element = "div") -> None:
        self.node = Element(node) if isinstance(node, str) else node

    def __getattr__(self, name: str) -> Callable[..., lmx]:
        if name[:1] == "_":
            raise AttributeError(f"no private attributes: {name!r}")
        return lambda **kw: self.add(name, **kw)

    def __setitem__(self, key: str, val: str) -> None:
        self.node.setAttribute(key, val)

    def __getitem__(self, key: str) -> Any:
        return self.node.getAttribute(key)

    def text(self, txt: str, raw: int = 0) -> lmx:
        """Add a text; a *raw* one is not escaped."""
        self.node.appendChild(Text(txt, raw=raw))
        return self

    def add(self, tagName: str, **kw: str) -> lmx:
        """Add an element with these attributes, and give what builds it."""
        element = Element(tagName, caseInsensitive=0, preserveCase=0, attributes=kw)
        self.node.appendChild(element)
        return lmx(element)
