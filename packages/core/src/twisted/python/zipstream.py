"""
Zip archives, read piece by piece.

`zipfile` reads piece by piece too, by now; these names are kept for those who use them.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, TypeVar, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

__all__ = [
    "DIR_BIT",
    "ChunkingZipFile",
    "DeflatedZipFileEntry",
    "ZipFileEntry",
    "countFileChunks",
    "countZipFileChunks",
    "unzipIterChunky",
]

DIR_BIT = 16
# Before each entry of an archive stands a header of 30 bytes, in which two numbers tell how much follows it.
_HEADER = 30

_T = TypeVar("_T", bound="_Entry")


class ChunkingZipFile(ZipFile):
    """A `zipfile.ZipFile` whose entries can be opened as files."""

    def readfile(self, name: str) -> _Entry:
        """
        Open an entry.

        Raises:
            KeyError: It is not there.
            zipfile.BadZipFile: The archive is broken here, or the entry is packed in an unknown way.
        """
        if self.mode not in ("r", "a"):
            raise RuntimeError('read() requires mode "r" or "a"')
        if self.fp is None:
            raise RuntimeError("Attempt to read ZIP archive that was already closed")
        info = self.getinfo(name)
        self.fp.seek(info.header_offset)
        header = self.fp.read(_HEADER)
        if len(header) < _HEADER or not header.startswith(b"PK\x03\x04"):
            raise BadZipFile("Bad magic number for file header")
        lengths = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        raw_name = self.fp.read(lengths[0])
        if raw_name != info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437"):
            raise BadZipFile(f"File name in directory {info.orig_filename!r} and header {raw_name!r} differ.")
        self.fp.seek(lengths[1], os.SEEK_CUR)
        if info.compress_type == ZIP_STORED:
            return ZipFileEntry(self, info.compress_size)
        if info.compress_type == ZIP_DEFLATED:
            return DeflatedZipFileEntry(self, info.compress_size)
        raise BadZipFile(f"Unsupported compression method {info.compress_type} for file {name}")


class _Entry:
    """
    An entry of an archive, as a file to read.

    Attributes:
        length: How many bytes it takes in the archive.
        readBytes: How many of them have been read.
        finished: 1 once there is no more.
        closed: Whether it was closed.
    """

    def __init__(self, chunkingZipFile: ChunkingZipFile, length: int) -> None:
        self.chunkingZipFile = chunkingZipFile
        # An open archive has a file.
        self.fp = cast("IO[bytes]", chunkingZipFile.fp)
        self.length = length
        self.readBytes = 0
        self.finished = 0
        self.closed = False
        self._start = self.fp.tell()
        self._begin()

    def _begin(self) -> None:
        """Get ready."""

    def _raw(self, n: int) -> bytes:
        """Read so many bytes as they are in the archive. Several entries may be read by turns."""
        self.fp.seek(self._start + self.readBytes)
        data = self.fp.read(min(n, self.length - self.readBytes))
        self.readBytes += len(data)
        return data

    def isatty(self) -> bool:
        """Tell whether a person types this. Nobody does."""
        return False

    def close(self) -> None:
        """Read no more."""
        self.finished = 1
        self.closed = True

    def tell(self) -> int:
        """Tell how many bytes have been given."""
        return self.readBytes

    def read(self, n: int | None = None) -> bytes:
        """Give so many bytes, or all that remain."""
        raise NotImplementedError("entries say how they are packed")

    def readline(self) -> bytes:
        """Give the rest of the line, with its break; nothing at the end."""
        line = bytearray()
        while (byte := self.read(1)) and byte != b"\n":
            line += byte
        return bytes(line + byte)

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration

    next = __next__

    def __iter__(self: _T) -> _T:
        return self

    def readlines(self) -> list[bytes]:
        """Give all lines that remain."""
        return list(self)

    def xreadlines(self: _T) -> _T:
        """Give something to go through the lines with."""
        return self

    def __enter__(self: _T) -> _T:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class ZipFileEntry(_Entry):
    """An entry that is not compressed."""

    def read(self, n: int | None = None) -> bytes:
        """Give so many bytes, or all that remain."""
        if self.finished or n == 0:
            return b""
        data = self._raw(self.length if n is None or n < 0 else n)
        if self.readBytes == self.length or not data:
            self.finished = 1
        return data


class DeflatedZipFileEntry(_Entry):
    """
    An entry that is compressed.

    Attributes:
        returnedBytes: How many bytes have been given.
        decomp: What unpacks it.
        buffer: What is unpacked and was not asked for yet.
    """

    def _begin(self) -> None:
        self.returnedBytes = 0
        # A negative number: the bytes come without zlib's own header.
        self.decomp: Any = zlib.decompressobj(-15)  # Any: the type has no public name
        self.buffer = b""

    def tell(self) -> int:
        """Tell how many bytes have been given."""
        return self.returnedBytes

    def read(self, n: int | None = None) -> bytes:
        """Give so many bytes, or all that remain."""
        if self.finished:
            return b""
        everything = n is None or n < 0
        pieces, wanted = [self.buffer], (1 << 62 if n is None or n < 0 else n) - len(self.buffer)
        while wanted > 0:
            # No more is unpacked at once than was asked for: a small archive may hold a huge file.
            packed = self.decomp.unconsumed_tail or self._raw(1 << 14)
            if not packed:
                pieces.append(self.decomp.flush())
                break
            data: bytes = self.decomp.decompress(packed) if everything else self.decomp.decompress(packed, wanted)
            pieces.append(data)
            wanted -= len(data)
            if self.decomp.eof:
                break
        data = b"".join(pieces)
        cut = len(data) if n is None or n < 0 else n
        data, self.buffer = data[:cut], data[cut:]
        self.returnedBytes += len(data)
        if not data and n != 0:
            self.finished = 1
        return data


def countFileChunks(zipinfo: ZipInfo, chunksize: int) -> int:
    """Tell in how many pieces of *chunksize* bytes an entry comes: one at least."""
    return max(1, -(-zipinfo.file_size // chunksize))


def countZipFileChunks(filename: str, chunksize: int) -> int:
    """Tell in how many pieces of *chunksize* bytes all entries of an archive come."""
    with ChunkingZipFile(filename) as archive:
        return sum(countFileChunks(info, chunksize) for info in archive.infolist())


def unzipIterChunky(filename: str, directory: str = ".", overwrite: int = 0, chunksize: int = 4096) -> Iterator[int]:
    """
    Unpack an archive piece by piece, and yield after each how many remain.

    Args:
        filename: The archive.
        directory: Where to unpack it.
        overwrite: Whether files that are there already are replaced; else they stay.
        chunksize: How many bytes make a piece.

    Raises:
        twisted.python.filepath.InsecurePath: An entry's name leads out of the directory.
    """
    from twisted.python.filepath import FilePath

    root = FilePath(directory)
    with ChunkingZipFile(filename) as archive:
        entries = archive.infolist()
        places = [root.preauthChild(info.filename) for info in entries]
        remaining = sum(countFileChunks(info, chunksize) for info in entries)
        for info, place in zip(entries, places, strict=True):
            chunks = countFileChunks(info, chunksize)
            if info.is_dir() or info.external_attr & DIR_BIT:
                place.makedirs(ignoreExistingDirectory=True)
                remaining -= chunks
                yield remaining
                continue
            place.parent().makedirs(ignoreExistingDirectory=True)
            if place.exists() and not overwrite:
                remaining -= chunks
                yield remaining
                continue
            with open(place.path, "wb") as target, archive.readfile(info.filename) as source:
                for _ in range(chunks):
                    target.write(source.read(chunksize))
                    remaining -= 1
                    yield remaining
