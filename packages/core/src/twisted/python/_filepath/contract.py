"""What a path can do, whatever it leads through, and what goes wrong with paths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, AnyStr, Literal

from zope.interface import Attribute, Interface

FileMode = Literal["r", "w", "a", "r+", "w+", "a+"]


class IFilePath(Interface):
    """A path to something that can be read, and perhaps to things below it: in a file system, or in an archive."""

    sep = Attribute("What stands between the segments of a path of this kind.")

    def child(name: AnyStr) -> IFilePath:
        """
        Give the path of something directly below this one.

        Raises:
            InsecurePath: *name* leads elsewhere.
        """

    def open(mode: FileMode = "r") -> IO[bytes]:
        """Open what is here, as a file of bytes."""

    def changed() -> None:
        """Forget what was found out about this path: it is not as it was."""

    def getsize() -> int:
        """Tell how many bytes are here."""

    def getModificationTime() -> float:
        """Tell when the content changed last, in seconds since the epoch."""

    def getStatusChangeTime() -> float:
        """Tell when anything about this path changed last, in seconds since the epoch."""

    def getAccessTime() -> float:
        """Tell when this was read last, in seconds since the epoch."""

    def exists() -> bool:
        """Tell whether anything is here."""

    def isdir() -> bool:
        """Tell whether this is a folder."""

    def isfile() -> bool:
        """Tell whether this is a file."""

    def children() -> Iterable[IFilePath]:
        """
        Give the paths of everything directly below this one.

        Raises:
            UnlistableError: This is not a folder.
        """

    def basename() -> str | bytes:
        """Give the last segment."""

    def parent() -> IFilePath:
        """Give the path which this one is below of."""

    def sibling(name: AnyStr) -> IFilePath:
        """Give the path of something in the same folder."""


class InsecurePath(Exception):
    """A name leads out of the folder that it was to be looked up in."""


class LinkError(Exception):
    """Symbolic links lead round in a circle."""


class UnlistableError(OSError):
    """
    What is asked for its children has none: it is no folder, or is not there.

    Attributes:
        originalException: What the system said.
    """

    def __init__(self, originalException: OSError) -> None:
        super().__init__(*originalException.args)
        self.filename = originalException.filename
        self.originalException = originalException
