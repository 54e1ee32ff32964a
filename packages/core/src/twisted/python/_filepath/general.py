"""What can be said of a path without knowing what it leads through."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, AnyStr, Generic, TypeVar

from twisted.python._filepath.contract import FileMode, LinkError, UnlistableError

if TYPE_CHECKING:
    from typing_extensions import Self

OtherAnyStr = TypeVar("OtherAnyStr", str, bytes)

# What Windows answers, instead of "not a directory", when one lists a path with a wildcard in it.
_ERROR_INVALID_NAME = 123


def alike(path: str | bytes, model: AnyStr) -> AnyStr:
    """Give a path as text or as bytes, whichever *model* is."""
    if isinstance(model, bytes):
        return path if isinstance(path, bytes) else os.fsencode(path)
    return path if isinstance(path, str) else os.fsdecode(path)


class AbstractFilePath(Generic[AnyStr]):
    """
    What can be said of any path that knows its `child`, `parent`, `basename`, `listdir`, `isdir` and `open`.

    Attributes:
        path: The whole path.
    """

    Selfish = TypeVar("Selfish", bound="AbstractFilePath[Any]")
    path: AnyStr

    def child(self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """Give the path of something directly below this one. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define child()")

    def parent(self) -> AbstractFilePath[AnyStr]:
        """Give the path which this one is below of. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define parent()")

    def basename(self) -> AnyStr:
        """Give the last segment. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define basename()")

    def listdir(self) -> list[AnyStr]:
        """Give the names of everything directly below this path. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define listdir()")

    def isdir(self) -> bool:
        """Tell whether this is a folder. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define isdir()")

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """Open what is here, as a file of bytes. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define open()")

    def getAccessTime(self) -> float:
        """Tell when this was read last, in seconds since the epoch. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define getAccessTime()")

    def getModificationTime(self) -> float:
        """Tell when the content changed last, in seconds since the epoch. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define getModificationTime()")

    def getStatusChangeTime(self) -> float:
        """Tell when anything about this changed last, in seconds since the epoch. For subclasses to write."""
        raise NotImplementedError(f"{type(self).__name__} must define getStatusChangeTime()")

    def getatime(self) -> int:
        """Give `getAccessTime` in whole seconds."""
        return int(self.getAccessTime())

    def getmtime(self) -> int:
        """Give `getModificationTime` in whole seconds."""
        return int(self.getModificationTime())

    def getctime(self) -> int:
        """Give `getStatusChangeTime` in whole seconds."""
        return int(self.getStatusChangeTime())

    def getContent(self) -> bytes:
        """Read everything that is here."""
        with self.open() as file:
            return file.read()

    def parents(self) -> Iterable[AbstractFilePath[AnyStr]]:
        """Go through everything that this is below of, the nearest first."""
        inner, outer = self.parent(), self.parent().parent()
        if inner != self:
            yield inner
        while outer != inner:
            yield outer
            inner, outer = outer, outer.parent()

    def children(self) -> Iterable[Self]:
        """
        Give everything directly below this.

        Raises:
            UnlistableError: It is no folder, or it is not there.
        """
        try:
            names = self.listdir()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise UnlistableError(error) from error
        except OSError as error:
            if getattr(error, "winerror", None) == _ERROR_INVALID_NAME:
                raise UnlistableError(error) from error
            raise
        # Mypy cannot say that a kind of path has children of its own kind, for text and for bytes.
        return [self.child(name) for name in names]  # type: ignore[misc]

    def _leads_back(self, child: Any) -> bool:
        """Tell whether a child is a link to this folder, or to one around it."""
        return False

    def walk(self, descend: Callable[[Self], bool] | None = None) -> Iterable[Self]:
        """
        Go through this and everything below it, each folder before what is in it.

        Args:
            descend: Told of each path below this one before it comes; if it says no, the path comes, and nothing below.

        Raises:
            LinkError: A link leads back to a folder that it lies in.
        """
        yield self
        if self.isdir():
            for child in self.children():
                if descend is not None and not descend(child):
                    yield child
                elif self._leads_back(child):
                    raise LinkError(f"{child!r} leads back to a folder that it lies in: walking it would never end")
                else:
                    yield from child.walk(descend)

    def sibling(self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """Give the path of something in the same folder."""
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> AbstractFilePath[OtherAnyStr]:
        """Give the path that is reached by going from child to child."""
        path: AbstractFilePath[Any] = self
        for segment in segments:
            path = path.child(segment)
        return path

    def segmentsFrom(self, ancestor: Self) -> list[AnyStr]:
        """
        Give the names that lead from *ancestor* to here.

        Raises:
            ValueError: This is not below *ancestor*.
        """
        segments: list[AnyStr] = []
        at: AbstractFilePath[AnyStr] = self
        while at != ancestor:
            outer = at.parent()
            if outer == at:
                break
            segments.append(at.basename())
            at = outer
        else:
            if segments:
                return segments[::-1]
        raise ValueError(f"{ancestor!r} not parent of {self!r}")

    def __hash__(self) -> int:
        return hash(self.path)
