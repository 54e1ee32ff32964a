"""
What is in a zip archive, as paths.

A `ZipArchive` is the root of an archive, and gives a `ZipPath` for everything in it. They offer what
`twisted.python.filepath.FilePath` does for reading. Segments are divided by slashes on every system.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import IO, Any, AnyStr, Generic, Literal, TypeVar, cast
from zipfile import ZipFile

from zope.interface import implementer

from twisted.python._filepath.general import OtherAnyStr, alike
from twisted.python.compat import cmp
from twisted.python.filepath import AbstractFilePath, FileMode, FilePath, IFilePath, UnlistableError

__all__ = ["ZipArchive", "ZipPath"]

ZIP_PATH_SEP = "/"

_ZipStr = TypeVar("_ZipStr", str, bytes)
_ArchiveStr = TypeVar("_ArchiveStr", str, bytes)


@implementer(IFilePath)
class ZipPath(AbstractFilePath[_ZipStr], Generic[_ZipStr, _ArchiveStr]):
    """
    Something in an archive.

    Args:
        archive: The archive.
        pathInArchive: The segments that lead to it from the archive's root, with slashes between.

    Attributes:
        path: What a path would be if the archive were a folder.
    """

    def __init__(self, archive: ZipArchive[_ArchiveStr], pathInArchive: _ZipStr) -> None:
        self.archive: ZipArchive[_ArchiveStr] = archive
        self.pathInArchive: _ZipStr = pathInArchive
        sep = alike(os.sep, pathInArchive)
        self.path = alike(archive.path, pathInArchive) + sep + pathInArchive.replace(self.sep, sep)

    @property
    def sep(self) -> _ZipStr:
        """What stands between two segments: a slash."""
        sep: _ZipStr = alike(ZIP_PATH_SEP, self.pathInArchive)
        return sep

    @property
    def _key(self) -> str:
        """The name by which `zipfile` knows it."""
        name = self.pathInArchive
        return name if isinstance(name, str) else name.decode("utf-8")

    def __repr__(self) -> str:
        return f"ZipPath({self.path!r})"

    def __cmp__(self, other: object) -> int:
        if not isinstance(other, ZipPath):
            return NotImplemented  # type: ignore[no-any-return]
        mine: tuple[Any, ...] = (self.archive.path, self.pathInArchive)
        result: int = cmp(mine, (other.archive.path, other.pathInArchive))
        return result

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return bool(self.archive.path == other.archive.path and self.pathInArchive == other.pathInArchive)

    def __ne__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, ZipPath) else not self == other

    def __lt__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, ZipPath) else self.__cmp__(other) < 0

    def __le__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, ZipPath) else self.__cmp__(other) <= 0

    def __gt__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, ZipPath) else self.__cmp__(other) > 0

    def __ge__(self, other: object) -> bool:
        return NotImplemented if not isinstance(other, ZipPath) else self.__cmp__(other) >= 0

    __hash__ = AbstractFilePath.__hash__

    def parent(self) -> ZipPath[_ZipStr, _ArchiveStr] | ZipArchive[_ZipStr]:
        """Give the folder that this is in; in the end, the archive."""
        outer = self.pathInArchive.rpartition(self.sep)[0]
        if not outer:
            # The archive's own path, as text or bytes like this one.
            return ZipArchive(alike(self.archive.path, self.pathInArchive))
        return ZipPath(self.archive, outer)

    def parents(self) -> Iterable[ZipPath[_ZipStr, _ArchiveStr] | ZipArchive[_ZipStr]]:
        """Go through every folder that this is in, the nearest first, the archive last."""
        inner: ZipPath[_ZipStr, Any] | ZipArchive[_ZipStr] = self
        while inner.pathInArchive:
            inner = inner.parent()
            yield inner

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """Give the path of something below this one. Dots mean nothing in an archive, so no name leads elsewhere."""
        return ZipPath(self.archive, alike(self.pathInArchive, path) + alike(ZIP_PATH_SEP, path) + path)

    def sibling(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """Give the path of something in the same folder."""
        outer = self.pathInArchive.rpartition(self.sep)[0]
        folder: ZipPath[Any, _ArchiveStr] = ZipPath(self.archive, outer) if outer else self.archive
        return folder.child(path)

    def basename(self) -> _ZipStr:
        """Give the last segment."""
        name: _ZipStr = self.pathInArchive.rpartition(self.sep)[2]
        return name

    def dirname(self) -> _ZipStr:
        """Give the path of the folder that this is in, as text or bytes."""
        return self.parent().path

    def splitext(self) -> tuple[_ZipStr, _ZipStr]:
        """Cut the path before the last dot of its last segment."""
        return os.path.splitext(self.path)

    def changed(self) -> None:
        """Nothing is remembered that could change."""

    def exists(self) -> bool:
        """Tell whether it is in the archive, itself or as the folder of something."""
        return self.isdir() or self.isfile()

    def isdir(self) -> bool:
        """Tell whether it is a folder."""
        return self._key in self.archive.childmap

    def isfile(self) -> bool:
        """Tell whether it is a file."""
        return self._key in self.archive.zipfile.NameToInfo and not self._key.endswith(ZIP_PATH_SEP)

    def islink(self) -> bool:
        """Tell whether it is a symbolic link. Archives have none that we know of."""
        return False

    def listdir(self) -> list[_ZipStr]:
        """
        Give the names of everything in this folder.

        Raises:
            UnlistableError: It is not there.
        """
        import errno

        if self.exists():
            if self.isdir():
                return [alike(name, self.pathInArchive) for name in self.archive.childmap[self._key]]
            raise UnlistableError(NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.path))
        raise UnlistableError(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path))

    def getsize(self) -> int:
        """
        Tell how many bytes it unpacks to.

        Raises:
            KeyError: There is no such file.
        """
        return self.archive.zipfile.NameToInfo[self._key].file_size

    def getModificationTime(self) -> float:
        """
        Tell when it was changed last, in seconds since the epoch, if the archive was made in this time zone.

        Raises:
            KeyError: There is no such file.
        """
        return time.mktime((*self.archive.zipfile.NameToInfo[self._key].date_time, 0, 0, -1))

    def getStatusChangeTime(self) -> float:
        """Tell the same as `getModificationTime`."""
        return self.getModificationTime()

    def getAccessTime(self) -> float:
        """Tell when the archive was read last, in seconds since the epoch."""
        return self.archive.getAccessTime()

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """
        Open it as a file of bytes.

        Raises:
            KeyError: There is no such file.
            ValueError: Archives cannot be opened in that mode: only ``"r"`` and ``"w"`` are possible.
        """
        return self.archive.zipfile.open(self._key, mode=cast(Literal["r", "w"], mode))


@implementer(IFilePath)
class ZipArchive(ZipPath[AnyStr, AnyStr]):
    """
    A zip archive, as if it were a folder.

    Args:
        archivePathname: Where it lies. It stays open.

    Attributes:
        zipfile: What reads it.
        childmap: For each folder, what is in it.
    """

    def __init__(self, archivePathname: AnyStr) -> None:
        self.path = archivePathname
        self.pathInArchive = archivePathname[:0]
        self.zipfile = ZipFile(os.fsdecode(archivePathname))
        self.childmap: dict[str, dict[str, int]] = {"": {}}
        for name in self.zipfile.namelist():
            segments = name.rstrip(ZIP_PATH_SEP).split(ZIP_PATH_SEP)
            for depth, segment in enumerate(segments):
                self.childmap.setdefault(ZIP_PATH_SEP.join(segments[:depth]), {})[segment] = 1
            if name.endswith(ZIP_PATH_SEP):
                self.childmap.setdefault(ZIP_PATH_SEP.join(segments), {})

    @property
    def archive(self) -> ZipArchive[AnyStr]:  # type: ignore[override]
        """This archive."""
        return self

    def __repr__(self) -> str:
        return f"ZipArchive({self.path!r})"

    def parent(self) -> ZipArchive[AnyStr]:
        """Give the archive: nothing is around it."""
        return self

    def dirname(self) -> AnyStr:
        """Give the path of the archive, as that of everything directly in it."""
        return self.path

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, AnyStr]:
        """Give the path of something in the archive."""
        return ZipPath(self, path)

    def exists(self) -> bool:
        """Tell whether the archive is still where it was."""
        return FilePath(self.path).exists()

    def getAccessTime(self) -> float:
        """Tell when the archive was read last, in seconds since the epoch."""
        return FilePath(self.path).getAccessTime()

    def getModificationTime(self) -> float:
        """Tell when the archive was changed last, in seconds since the epoch."""
        return FilePath(self.path).getModificationTime()

    def getStatusChangeTime(self) -> float:
        """Tell when anything about the archive changed last, in seconds since the epoch."""
        return FilePath(self.path).getStatusChangeTime()
