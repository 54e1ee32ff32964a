"""
The best kind of reactor that this platform has.
"""

import select

if hasattr(select, "epoll"):
    from twisted.internet.epollreactor import install
elif hasattr(select, "kqueue"):
    from twisted.internet.kqreactor import install
elif hasattr(select, "poll"):
    from twisted.internet.pollreactor import install
else:
    from twisted.internet.selectreactor import install

__all__ = ["install"]
