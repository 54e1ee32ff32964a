"""
Applications in files: saving one, and loading one again.
"""

from __future__ import annotations

import contextlib
import os
import pickle
from typing import Any, BinaryIO

from zope.interface import Interface, implementer

from twisted.python import log

__all__ = ["IPersistable", "Persistant", "Persistent", "guessType", "load", "loadValueFromFile"]

# What each kind of file ends in.
_ENDINGS = {
    ".tac": "python",
    ".etac": "python",
    ".py": "python",
    ".tap": "pickle",
    ".etap": "pickle",
    ".tas": "source",
    ".etas": "source",
}
# And what the files end in that are written, by style.
_WRITTEN = {"pickle": "tap", "source": "tas"}


class IPersistable(Interface):
    """Something that can be saved in a file."""

    def setStyle(style: str) -> None:
        """Choose how it is saved; raises `ValueError` for a style nobody knows."""

    def save(tag: str | None = None, filename: str | None = None, passphrase: str | None = None) -> None:
        """
        Save it.

        Args:
            tag: What to add to the file's name, which is made of the object's.
            filename: Another name for the file.
            passphrase: Not supported: files are not encrypted.
        """


@implementer(IPersistable)
class Persistent:
    """
    Saves an object.

    Args:
        original: The object.
        name: What its files are called.
    """

    style = "pickle"

    def __init__(self, original: Any, name: str) -> None:
        self.original = original
        self.name = name

    def setStyle(self, style: str) -> None:
        """Choose how it is saved: as a ``pickle``, or as ``source``, which is Python that people can read."""
        if style not in _WRITTEN:
            raise ValueError(f"objects are saved by 'pickle' or by 'source', not by {style!r}")
        self.style = style

    def save(self, tag: str | None = None, filename: str | None = None, passphrase: str | None = None) -> None:
        """Save the object. The file is there whole, or as it was before."""
        if passphrase is not None:
            raise TypeError("passphrase must be None: files are not encrypted")
        ending = _WRITTEN[self.style]
        name = filename or (f"{self.name}-{tag}.{ending}" if tag else f"{self.name}.{ending}")
        temporary = name + "-2"
        log.msg(f"Saving {self.name} application to {name}...")
        try:
            with open(temporary, "wb") as file:
                _dump(self.original, file, self.style)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, name)
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(temporary)
            raise
        log.msg("Saved.")


def _dump(value: Any, file: BinaryIO, style: str) -> None:
    if style == "pickle":
        pickle.dump(value, file, 2)
        return
    from twisted.persisted.aot import jellyToSource

    jellyToSource(value, file)


# What it was called long ago.
Persistant = Persistent


def load(filename: str, style: str) -> Any:
    """
    Load an object that was saved, and set how it will be saved again.

    A file can do whatever its author likes: load files of your own alone.

    Args:
        filename: The file's path.
        style: How it was saved.
    """
    if style not in _WRITTEN:
        raise ValueError(f"objects are loaded by 'pickle' or by 'source', not by {style!r}")
    with open(filename, "rb") as file:
        value = _load(file, style)
    persistable = IPersistable(value, None)
    if persistable is not None:
        persistable.setStyle(style)
    return value


def _load(file: BinaryIO, style: str) -> Any:
    if style == "pickle":
        return pickle.load(file)
    from twisted.persisted.aot import unjellyFromSource

    return unjellyFromSource(file)


def loadValueFromFile(filename: str, variable: str) -> Any:
    """
    Execute a file of Python, and give what it calls *variable*.

    Args:
        filename: The file's path; ``__file__`` is set to it.
        variable: The variable's name.

    Raises:
        KeyError: The file sets no such variable.
    """
    with open(filename, "rb") as file:
        code = compile(file.read(), filename, "exec", dont_inherit=True)
    names: dict[str, Any] = {"__file__": filename}
    exec(code, names, names)
    return names[variable]


def guessType(filename: str) -> str:
    """Tell what a file holds by its ending: ``python``, ``pickle`` or ``source``. Raises `KeyError` for any other."""
    return _ENDINGS[os.path.splitext(filename)[1]]
