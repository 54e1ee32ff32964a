"""
What a door does for its rooms.

A public module that only re-exports what private modules define says so with `publish`, so that classes and
functions report the name users import them by: in pickles, tracebacks, log namespaces and documentation.
"""

import sys
from collections.abc import Iterable


def publish(door: str, names: Iterable[str]) -> None:
    """
    Make the public functions and classes of a door say that they live in it.

    Args:
        door: The public module's ``__name__``.
        names: Its ``__all__``. Values without a settable ``__module__``, and values which already name a public
            module elsewhere, are left alone.
    """
    namespace = vars(sys.modules[door])
    for name in names:
        value = namespace[name]
        home = getattr(value, "__module__", None)
        if isinstance(home, str) and home != door and home.startswith("twisted.") and "._" in home:
            try:
                value.__module__ = door
            except (AttributeError, TypeError):
                continue
