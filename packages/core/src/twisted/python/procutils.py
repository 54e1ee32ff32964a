"""
Finding programs.
"""

from __future__ import annotations

import os

__all__ = ["which"]


def which(name: str, flags: int = os.X_OK) -> list[str]:
    """
    List the files called *name* in the folders of ``PATH``, in their order.

    Args:
        name: A file name. Each suffix in the environment's ``PATHEXT`` is tried too, after the bare name.
        flags: What must be allowed with the file, as in `os.access`.
    """
    search_path = os.environ.get("PATH")
    if not search_path:
        return []
    suffixes = ["", *filter(None, os.environ.get("PATHEXT", "").split(os.pathsep))]
    found = []
    for folder in search_path.split(os.pathsep):
        for suffix in suffixes:
            candidate = os.path.join(folder, name + suffix)
            if os.access(candidate, flags):
                found.append(candidate)
    return found
