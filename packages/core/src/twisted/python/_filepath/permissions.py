"""Who may do what with a file."""

from __future__ import annotations

from twisted.python.util import FancyEqMixin


class RWX(FancyEqMixin):
    """What one class of users may do: ``read``, ``write``, ``execute``."""

    compareAttributes = ("read", "write", "execute")

    def __init__(self, readable: bool, writable: bool, executable: bool) -> None:
        self.read, self.write, self.execute = readable, writable, executable

    def __repr__(self) -> str:
        return f"RWX(read={self.read}, write={self.write}, execute={self.execute})"

    def shorthand(self) -> str:
        """Say it as ``ls -l`` does, like ``r-x``."""
        return "".join(
            letter if granted else "-"
            for letter, granted in zip("rwx", (self.read, self.write, self.execute), strict=True)
        )


class Permissions(FancyEqMixin):
    """
    Who may do what with a file.

    Args:
        statModeInt: The mode, as `os.stat` tells it or as one gives it to ``chmod``.

    Attributes:
        user: What the owner may do, an `RWX`.
        group: What the group may do.
        other: What everybody else may do.
    """

    compareAttributes = ("user", "group", "other")

    def __init__(self, statModeInt: int) -> None:
        self.user, self.group, self.other = (
            RWX(bool(bits & 4), bool(bits & 2), bool(bits & 1))
            for bits in (statModeInt >> 6, statModeInt >> 3, statModeInt)
        )

    def __repr__(self) -> str:
        return f"[{self.user} | {self.group} | {self.other}]"

    def shorthand(self) -> str:
        """Say it as ``ls -l`` does, like ``rwxr-x--x``."""
        return self.user.shorthand() + self.group.shorthand() + self.other.shorthand()
