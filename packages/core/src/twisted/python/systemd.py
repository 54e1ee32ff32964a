"""
Sockets handed over by systemd (see the manual page sd_listen_fds).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence

__all__ = ["ListenFDs"]


class ListenFDs:
    """
    The descriptors that systemd opened for this process.

    Args:
        descriptors: Their numbers.
        names: Their names, in the same order; systemd takes them from ``FileDescriptorName=``.
    """

    _FIRST = 3

    def __init__(self, descriptors: Sequence[int], names: Sequence[str] = ()) -> None:
        self._descriptors = descriptors
        self._names = names

    def __repr__(self) -> str:
        return f"ListenFDs({self._descriptors!r}, {self._names!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ListenFDs):
            return NotImplemented
        return (self._descriptors, self._names) == (other._descriptors, other._names)

    __hash__ = None  # type: ignore[assignment]  # Lists inside: never hashable.

    @classmethod
    def fromEnvironment(cls, environ: Mapping[str, str] | None = None, start: int | None = None) -> ListenFDs:
        """
        Read what systemd says in the environment, and take it out, so that children do not believe it is for them.

        Anything but a consistent message to this very process means: no descriptors.

        Args:
            environ: The environment, by default the real one.
            start: The first descriptor's number, by default 3.
        """
        if environ is None:
            environ = os.environ
        if start is None:
            start = cls._FIRST
        descriptors: list[int] = []
        names: tuple[str, ...] = ()
        try:
            if int(environ["LISTEN_PID"]) == os.getpid():
                count = int(environ["LISTEN_FDS"])
                names = tuple(environ["LISTEN_FDNAMES"].split(":"))
                if count == len(names):
                    descriptors = list(range(start, start + count))
                    if isinstance(environ, MutableMapping):
                        for key in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
                            del environ[key]
        except (KeyError, ValueError):
            pass
        return cls(descriptors, names if descriptors else ())

    def inheritedDescriptors(self) -> list[int]:
        """Return the descriptors' numbers."""
        return list(self._descriptors)

    def inheritedNamedDescriptors(self) -> dict[str, int]:
        """Return the descriptors' numbers by their names; of two with one name, the last."""
        return dict(zip(self._names, self._descriptors, strict=False))
