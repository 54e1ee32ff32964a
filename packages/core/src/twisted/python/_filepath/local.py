"""Paths in the file system."""

from __future__ import annotations

import errno
import os
import stat
from base64 import urlsafe_b64encode as armor
from collections.abc import Callable, Iterator, Sequence
from os import urandom as randomBytes
from typing import IO, Any, AnyStr

from zope.interface import implementer

from twisted.python._filepath.contract import FileMode, IFilePath, InsecurePath, LinkError
from twisted.python._filepath.general import AbstractFilePath, OtherAnyStr, alike
from twisted.python._filepath.permissions import Permissions
from twisted.python.compat import cmp

# Whether only slashes and dots mean anything in a name: elsewhere there are drives, streams and reserved names.
_PLAIN_NAMES = os.sep == "/" and os.altsep is None


@implementer(IFilePath)
class FilePath(AbstractFilePath[AnyStr]):
    """
    A path in the file system.

    Args:
        path: Where; made absolute at once.
        alwaysCreate: Whether `open` is to make a new file each time, and to fail if one is there.
    """

    _statinfo: os.stat_result | None = None

    def __init__(self, path: AnyStr, alwaysCreate: bool = False) -> None:
        self.path = os.path.abspath(path)
        self.alwaysCreate = alwaysCreate

    # What it is called, and what lies around it.

    def clonePath(self, path: OtherAnyStr, alwaysCreate: bool = False) -> FilePath[OtherAnyStr]:
        """Make what `child`, `parent` and the others give. Subclasses may override it, to give their own kind."""
        return FilePath(path, alwaysCreate)

    @property
    def sep(self) -> AnyStr:
        """What stands between two segments of a path."""
        return alike(os.sep, self.path)

    def _holds(self, path: AnyStr) -> bool:
        """Tell whether an absolute path is this one, or lies below it."""
        here, sep = self.path, alike(os.sep, self.path)
        return path == here or path.startswith(here if here.endswith(sep) else here + sep)

    def child(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Give the path of something directly below this one.

        Args:
            path: One segment. It may come from a stranger.

        Raises:
            InsecurePath: It is more than one segment, or leads upwards.
        """
        if _PLAIN_NAMES and type(path) is str and "/" not in path and path not in ("", ".", ".."):
            # Nearly every name is like this, and servers look up one for each request.
            here = alike(self.path, path)
            return self.clonePath(here + path if here.endswith("/") else f"{here}/{path}")
        if alike(os.sep, path) in (name := os.path.normpath(path)):
            raise InsecurePath(f"{path!r} contains one or more directory separators")
        return self.preauthChild(name)

    def preauthChild(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Give the path of something below this one, perhaps several levels deep.

        Args:
            path: Any number of segments.

        Raises:
            InsecurePath: They lead out of this folder.
        """
        here = alike(self.path, path)
        there = os.path.abspath(os.path.join(here, path))
        if not self._holds(alike(there, self.path)):
            raise InsecurePath(f"{there!r} is not a child of {here!r}")
        return self.clonePath(there)

    def childSearchPreauth(self, *paths: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """Give the first of some paths below this one that is there. Nothing keeps them from leading elsewhere."""
        for path in paths:
            there = os.path.join(alike(self.path, path), path)
            if os.path.exists(there):
                return self.clonePath(there)
        return None

    def siblingExtensionSearch(self, *exts: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """
        Give the first path that is there and consists of this one and one of some endings.

        Args:
            exts: Endings such as ``.html``. The empty one means this path; ``*`` any ending that begins with a dot.
        """
        for ext in exts:
            here = alike(self.path, ext)
            if not ext:
                if self.exists():
                    return self.clonePath(here)
            elif ext == alike("*", ext):
                from glob import escape, glob

                if found := sorted(glob(escape(here) + alike(".*", ext))):
                    return self.clonePath(found[0])
            elif os.path.exists(here + ext):
                return self.clonePath(here + ext)
        return None

    def siblingExtension(self, ext: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """Give this path with something added to its end."""
        return self.clonePath(alike(self.path, ext) + ext)

    def sibling(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """Give the path of something in the same folder."""
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> FilePath[OtherAnyStr]:
        """Give the path that is reached by going from child to child."""
        path: FilePath[Any] = self
        for segment in segments:
            path = path.child(segment)
        return path

    def parents(self) -> Iterator[FilePath[AnyStr]]:
        """Go through every folder that this is in, the nearest first."""
        inner, outer = self, self.parent()
        while inner.path != outer.path:
            yield outer
            inner, outer = outer, outer.parent()

    def parent(self) -> FilePath[AnyStr]:
        """Give the folder that this is in. The root is in itself."""
        return self.clonePath(self.dirname())

    def basename(self) -> AnyStr:
        """Give the last segment."""
        return os.path.basename(self.path)

    def dirname(self) -> AnyStr:
        """Give the path of the folder that this is in, as text or bytes."""
        return os.path.dirname(self.path)

    def splitext(self) -> tuple[AnyStr, AnyStr]:
        """Cut the path before the last dot of its last segment."""
        return os.path.splitext(self.path)

    def globChildren(self, pattern: OtherAnyStr) -> list[FilePath[OtherAnyStr]]:
        """Give everything below this that a pattern of the shell fits, such as ``*.html``."""
        from glob import escape, glob

        found = glob(os.path.join(escape(alike(self.path, pattern)), pattern))
        return [self.clonePath(path) for path in found]

    def realpath(self) -> FilePath[AnyStr]:
        """
        Give the path with all symbolic links followed.

        Raises:
            LinkError: They lead round in a circle.
        """
        real = os.path.realpath(self.path)
        if real == self.path and not os.path.islink(real):
            return self
        if os.path.islink(real):
            raise LinkError(f"the symbolic links of {self!r} lead round in a circle")
        return self.clonePath(real)

    def _leads_back(self, child: FilePath[Any]) -> bool:
        if not child.islink():
            return False
        target = FilePath(os.path.realpath(child.path))
        return target._holds(os.path.realpath(alike(self.path, target.path)))

    def asBytesMode(self, encoding: str | None = None) -> FilePath[bytes]:
        """Give the same path as bytes, in the file system's encoding if no other is given."""
        if isinstance(self.path, bytes):
            return self
        return self.clonePath(os.fsencode(self.path) if encoding is None else self.path.encode(encoding))

    def asTextMode(self, encoding: str | None = None) -> FilePath[str]:
        """Give the same path as text, by the file system's encoding if no other is given."""
        if isinstance(self.path, str):
            return self
        return self.clonePath(os.fsdecode(self.path) if encoding is None else self.path.decode(encoding))

    # What it is.

    def restat(self, reraise: bool = True) -> None:
        """
        Ask the system again.

        Args:
            reraise: Whether to raise the `OSError` if nothing is here.
        """
        try:
            self._statinfo = os.stat(self.path)
        except OSError:
            self._statinfo = None
            if reraise:
                raise

    def changed(self) -> None:
        """Forget what the system said: something has changed."""
        self._statinfo = None

    def _facts(self) -> os.stat_result:
        if self._statinfo is None:
            self._statinfo = os.stat(self.path)
        return self._statinfo

    def _is(self, kind: Callable[[int], bool]) -> bool:
        if self._statinfo is None:
            self.restat(False)
        return self._statinfo is not None and kind(self._statinfo.st_mode)

    def exists(self) -> bool:
        """Tell whether anything is here. What a symbolic link points at counts, not the link."""
        if self._statinfo is None:
            self.restat(False)
        return self._statinfo is not None

    def isdir(self) -> bool:
        """Tell whether this is a folder, or a link to one."""
        return self._is(stat.S_ISDIR)

    def isfile(self) -> bool:
        """Tell whether this is a regular file, or a link to one."""
        return self._is(stat.S_ISREG)

    def isBlockDevice(self) -> bool:
        """Tell whether this is a block device, or a link to one."""
        return self._is(stat.S_ISBLK)

    def isSocket(self) -> bool:
        """Tell whether this is a socket, or a link to one."""
        return self._is(stat.S_ISSOCK)

    def islink(self) -> bool:
        """Tell whether this is a symbolic link. Asked of the system each time."""
        return os.path.islink(self.path)

    def isabs(self) -> bool:
        """Tell whether the path begins at the root. It does."""
        return os.path.isabs(self.path)

    def getsize(self) -> int:
        """Tell how many bytes are here."""
        return self._facts().st_size

    def getModificationTime(self) -> float:
        """Tell when the content changed last, in seconds since the epoch."""
        return self._facts().st_mtime

    def getStatusChangeTime(self) -> float:
        """Tell when anything about it changed last (on Windows: when it was made), in seconds since the epoch."""
        return self._facts().st_ctime

    def getAccessTime(self) -> float:
        """Tell when it was read last, in seconds since the epoch."""
        return self._facts().st_atime

    def getInodeNumber(self) -> int:
        """Give the number by which the file system knows it."""
        return self._facts().st_ino

    def getDevice(self) -> int:
        """Give the number of the device that it lies on."""
        return self._facts().st_dev

    def getNumberOfHardLinks(self) -> int:
        """Tell how many names it has in its file system."""
        return self._facts().st_nlink

    def getUserID(self) -> int:
        """Give the number of its owner."""
        return self._facts().st_uid

    def getGroupID(self) -> int:
        """Give the number of its group."""
        return self._facts().st_gid

    def getPermissions(self) -> Permissions:
        """Tell who may do what with it."""
        return Permissions(stat.S_IMODE(self._facts().st_mode))

    def listdir(self) -> list[AnyStr]:
        """Give the names of everything in this folder."""
        return os.listdir(self.path)

    # What can be done with it.

    def requireCreate(self, val: bool = True) -> None:
        """Say whether `open` is to make a new file each time, and to fail if one is there."""
        self.alwaysCreate = val

    def create(self) -> IO[bytes]:
        """Make a new file and open it for reading and writing. It must not be there, not even as a link."""
        flags = os.O_EXCL | os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self.path, flags), "w+b")

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """Open it as a file of bytes; the mode needs no ``b``."""
        if self.alwaysCreate:
            return self.create()
        return open(self.path, mode.replace("b", "") + "b")

    def setContent(self, content: bytes, ext: str | bytes = ".new") -> None:
        """
        Replace everything that is here, at once: nobody sees half of it, and a failure leaves what was here.

        Args:
            content: What is to be here.
            ext: The ending of the temporary file beside this one which is written first.
        """
        draft: FilePath[Any] = self.temporarySibling(ext)
        try:
            with draft.open("w") as file:
                file.write(content)
            os.replace(draft.path, self.path)
        except BaseException:
            if os.path.lexists(draft.path):
                os.remove(draft.path)
            raise
        self.changed()

    def temporarySibling(self, extension: OtherAnyStr | None = None) -> FilePath[OtherAnyStr]:
        """
        Give a path in the same folder that nobody will guess. Opening it makes a new file.

        Args:
            extension: Its ending; whether it is text or bytes decides which of them the path is.
        """
        # No ending means a path of our own kind.
        ending: Any = self.path[:0] if extension is None else extension
        chance = armor(randomBytes(12))
        sibling: FilePath[OtherAnyStr] = self.sibling(alike(chance + os.fsencode(self.basename()), ending) + ending)
        sibling.requireCreate()
        return sibling

    def touch(self) -> None:
        """Make it an empty file if it is not there, and its times now if it is."""
        if not os.path.isdir(self.path):
            open(self.path, "ab").close()
        os.utime(self.path, None)
        self.changed()

    def createDirectory(self) -> None:
        """Make it a folder, in a folder that is there."""
        os.mkdir(self.path)

    def makedirs(self, ignoreExistingDirectory: bool = False) -> None:
        """
        Make it a folder, and those that it is in if they are missing.

        Args:
            ignoreExistingDirectory: Whether it may be a folder already.
        """
        try:
            os.makedirs(self.path)
        except FileExistsError:
            if not (ignoreExistingDirectory and os.path.isdir(self.path)):
                raise

    def chmod(self, mode: int) -> None:
        """Set who may do what with it, as a number like 0o640."""
        os.chmod(self.path, mode)
        self.changed()

    def linkTo(self, linkFilePath: FilePath[AnyStr]) -> None:
        """Make a symbolic link, at *linkFilePath*, that points here."""
        os.symlink(self.path, linkFilePath.path)

    def remove(self) -> None:
        """Remove it, and all that is below it. Of a symbolic link, the link."""
        if os.path.isdir(self.path) and not os.path.islink(self.path):
            from shutil import rmtree

            rmtree(self.path)
        else:
            os.remove(self.path)
        self.changed()

    def copyTo(self, destination: FilePath[OtherAnyStr], followLinks: bool = True) -> None:
        """
        Copy a file's content, or a folder with all that is in it. What is at the destination is overwritten.

        Args:
            destination: Where to. What is there of a folder already stays.
            followLinks: Whether a link's target is copied, or the link.

        Raises:
            OSError: It is not there.
            NotImplementedError: It is neither a file nor a folder.
        """
        if not followLinks and self.islink():
            os.symlink(alike(os.readlink(self.path), destination.path), destination.path)
        elif os.path.isdir(self.path):
            if not destination.exists():
                destination.createDirectory()
            for name in self.listdir():
                self.child(name).copyTo(destination.child(alike(name, destination.path)), followLinks)
        elif os.path.isfile(self.path):
            if destination.exists() and os.path.samefile(self.path, destination.path):
                return  # Opening it for writing would empty it before it is read.
            with open(self.path, "rb") as source, destination.open("w") as copy:
                while data := source.read(1 << 16):
                    copy.write(data)
        elif not os.path.exists(self.path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
        else:
            raise NotImplementedError("Only copying of files and directories supported")
        destination.changed()

    def moveTo(self, destination: FilePath[OtherAnyStr], followLinks: bool = True) -> None:
        """
        Move it, replacing a file that is there; to another file system too, by copying.

        Args:
            destination: Where to.
            followLinks: If it has to be copied, whether links' targets are copied, or the links.
        """
        try:
            os.rename(os.fsencode(self.path), os.fsencode(destination.path))
        except OSError as error:
            if error.errno != errno.EXDEV:
                error.filename, error.filename2 = self.path, destination.path
                raise
            # It appears whole at its new place, then vanishes whole from its old one.
            arrival = destination.temporarySibling()
            arrival.requireCreate(False)
            self.copyTo(arrival, followLinks)
            os.rename(arrival.path, destination.path)
            departure = self.temporarySibling()
            os.rename(self.path, departure.path)
            departure.remove()
        self.changed()
        destination.changed()

    def __repr__(self) -> str:
        return f"FilePath({self.path!r})"

    def __cmp__(self, other: object) -> int:
        if not isinstance(other, FilePath):
            return NotImplemented  # type: ignore[no-any-return]
        result: int = cmp(self.path, other.path)
        return result

    def __eq__(self, other: object) -> bool:
        return self.path == other.path if isinstance(other, FilePath) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return self.path != other.path if isinstance(other, FilePath) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.path < other.path if isinstance(other, FilePath) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.path <= other.path if isinstance(other, FilePath) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.path > other.path if isinstance(other, FilePath) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.path >= other.path if isinstance(other, FilePath) else NotImplemented

    __hash__ = AbstractFilePath.__hash__
