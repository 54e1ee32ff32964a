"""
Instances that share the keys of their attributes.
"""

from __future__ import annotations

from collections.abc import Iterable


def share_keys(cls: type, names: Iterable[str]) -> None:
    """
    Have all instances of a class share one table of attribute names (PEP 412), those included that are set late.

    CPython puts a name into the table only while few instances have been made. A thousand connections that are accepted
    before the first of them writes would each get a dict of their own for what writing sets, of 800 bytes. So a first
    instance, which is thrown away, has everything set.

    Args:
        cls: The class. It has just been defined, and no instance made yet.
        names: Attributes that instances have sooner or later, 30 at most; in the order in which they are set.
    """
    first: object = object.__new__(cls)
    for name in names:
        object.__setattr__(first, name, None)
