"""
Which reactor: the best kind for this platform, and the one that is meant where none is named.
"""

from __future__ import annotations

import select
from threading import get_ident
from typing import Any

from twisted.logger._origin import running


def install() -> None:
    """Install the best kind of reactor that this platform has as the process's default."""
    if hasattr(select, "epoll"):
        from twisted.internet.epollreactor import install as install_best
    elif hasattr(select, "kqueue"):
        from twisted.internet.kqreactor import install as install_best  # type: ignore[no-redef]
    elif hasattr(select, "poll"):
        from twisted.internet.pollreactor import install as install_best  # type: ignore[no-redef]
    else:
        from twisted.internet.selectreactor import install as install_best  # type: ignore[no-redef]
    install_best()


def current_reactor() -> Any:  # Any: reactors offer what their kind has
    """Give the reactor that runs in this thread, else the process's default."""
    here = running.get(get_ident())
    if here is not None:
        return here
    from twisted.internet import reactor

    return reactor
