"""
A dict in a folder: each value is a file, whose name is made of the key.

A file is written whole or not at all, whatever happens meanwhile. There is no lock: two writers of one key overwrite
each other.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import contextlib
import os
import pickle
import shutil
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

__all__ = ["DirDBM", "Shelf", "open"]

_T = TypeVar("_T")

# Endings of files that are not there for good: one that is being written, and what older versions wrote before they
# put it into its place.
_UNFINISHED = b".new"
_REPLACEMENT = b".rpl"


class DirDBM:
    """
    A dict of bytes in a folder.

    What was being written when a process died is dropped when the folder is opened again.

    Args:
        name: The folder's path; it is made if it does not exist.

    Attributes:
        dname: The path.
    """

    def __init__(self, name: bytes) -> None:
        self.dname = name
        self._folder = os.fsencode(name)
        if not os.path.isdir(self._folder):
            os.mkdir(self._folder)
            return
        for each in os.listdir(self._folder):
            path = os.path.join(self._folder, each)
            stem, ending = os.path.splitext(path)
            if ending == _UNFINISHED or (ending == _REPLACEMENT and os.path.exists(stem)):
                os.remove(path)
            elif ending == _REPLACEMENT:
                os.replace(path, stem)

    # Names

    def _encode(self, key: bytes) -> bytes:
        """Make a file's name of a key: it has no slash, is never empty, and is no name that means something."""
        return base64.encodebytes(key).replace(b"\n", b"_").replace(b"/", b"-") or b"_"

    def _decode(self, name: bytes) -> bytes | None:
        """Make a key of a file's name, or `None` if no key has that name."""
        try:
            key = base64.b64decode(name.replace(b"_", b"").replace(b"-", b"/"), validate=True)
        except binascii.Error:
            return None
        return key if self._encode(key) == name else None

    def _path(self, key: bytes) -> bytes:
        if not isinstance(key, bytes):
            raise TypeError("DirDBM key must be bytes")
        return os.path.join(self._folder, self._encode(key))

    # Values

    def _read(self, path: bytes) -> bytes:
        with builtins.open(path, "rb") as file:
            return file.read()

    def _write(self, path: bytes, data: bytes) -> None:
        unfinished = path + _UNFINISHED
        try:
            with builtins.open(unfinished, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.remove(unfinished)
            raise

    # Any: a Shelf's values are anything at all.
    def _to_bytes(self, value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise TypeError("DirDBM value must be bytes")
        return value

    def _from_bytes(self, data: bytes) -> Any:
        return data

    # A dict

    def __len__(self) -> int:
        return len(self._keys())

    def _keys(self) -> list[bytes]:
        decoded = (self._decode(name) for name in os.listdir(self._folder))
        return [key for key in decoded if key is not None]

    def __setitem__(self, key: bytes, value: Any) -> None:
        path = self._path(key)
        self._write(path, self._to_bytes(value))

    def __getitem__(self, key: bytes) -> Any:
        path = self._path(key)
        try:
            data = self._read(path)
        except FileNotFoundError:
            raise KeyError(key) from None
        return self._from_bytes(data)

    def __delitem__(self, key: bytes) -> None:
        try:
            os.remove(self._path(key))
        except FileNotFoundError:
            raise KeyError(key) from None

    def __contains__(self, key: object) -> bool:
        return os.path.isfile(self._path(key))  # type: ignore[arg-type]  # It is checked there.

    def __iter__(self) -> Any:
        return iter(self._keys())

    def has_key(self, key: bytes) -> bool:
        """Tell whether a key is there; ``key in self`` does the same."""
        return key in self

    def get(self, key: bytes, default: _T | None = None) -> Any:  # Any: bytes here, objects in a Shelf, or the default
        """Give a key's value, or *default* if the key is not there."""
        try:
            return self[key]
        except KeyError:
            return default

    def setdefault(self, key: bytes, value: Any) -> Any:
        """Give a key's value; if the key is not there, set it first."""
        if key not in self:
            self[key] = value
        return self[key]

    def keys(self) -> Iterable[bytes]:
        """Give a list of the keys, in no order."""
        return self._keys()

    def values(self) -> Iterable[Any]:
        """Give a list of the values."""
        return [value for _, value in self.items()]

    def items(self) -> Iterable[tuple[bytes, Any]]:
        """Give a list of pairs of key and value."""
        return [(key, self[key]) for key in self._keys()]

    def update(self, other: Mapping[bytes, Any]) -> None:
        """Set the values of another mapping."""
        for key, value in other.items():
            self[key] = value

    # A folder

    def copyTo(self, path: bytes) -> DirDBM:
        """
        Copy all to another folder, whose content is removed first.

        Args:
            path: The other folder.

        Returns:
            One of this class, of that folder.

        Raises:
            AssertionError: It is this very folder.
        """
        if os.path.realpath(os.fsencode(path)) == os.path.realpath(self._folder):
            raise AssertionError(f"cannot copy {path!r} onto itself")
        copy = type(self)(path)
        copy.clear()
        for key in self._keys():
            shutil.copyfile(self._path(key), copy._path(key))
        return copy

    def clear(self) -> None:
        """Remove all keys. Files that are none of ours stay."""
        for key in self._keys():
            with contextlib.suppress(KeyError):
                del self[key]

    def close(self) -> None:
        """Do nothing: all is in the folder already."""

    def getModificationTime(self, key: bytes) -> float:
        """Give the time when a value was set, in seconds since 1970; raises `KeyError`."""
        try:
            return os.stat(self._path(key)).st_mtime
        except FileNotFoundError:
            raise KeyError(key) from None


class Shelf(DirDBM):
    """
    A dict of objects in a folder, each of them pickled.

    A pickle can do whatever its author likes: open folders of your own alone.
    """

    def _to_bytes(self, value: object) -> bytes:
        return pickle.dumps(value)

    def _from_bytes(self, data: bytes) -> Any:
        return pickle.loads(data)


# Under this name because the modules of dbm have it.
def open(file: bytes, flag: object = None, mode: object = None) -> DirDBM:
    """
    Open a folder.

    Args:
        file: Its path.
        flag: Not used: it is made if it does not exist.
        mode: Not used.
    """
    return DirDBM(file)
