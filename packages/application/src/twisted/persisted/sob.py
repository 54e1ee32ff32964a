"""
Applications in files: saving one, and loading one again.
"""

from __future__ import annotations

import os
import pickle
from typing import Any

from zope.interface import Interface, implementer

from twisted.python import log

__all__ = ["IPersistable", "Persistant", "Persistent", "guessType", "load", "loadValueFromFile"]

# What each kind of file ends in.
_ENDINGS = {".tac": "python", ".etac": "python", ".py": "python", ".tap": "pickle", ".etap": "pickle"}


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
        """Choose how it is saved: by ``pickle``, the one style there is."""
        if style != "pickle":
            raise ValueError(f"objects are saved by 'pickle', not by {style!r}")
        self.style = style

    def save(self, tag: str | None = None, filename: str | None = None, passphrase: str | None = None) -> None:
        """Save the object. The file is there whole, or as it was before."""
        if passphrase is not None:
            raise ValueError("saved objects are not encrypted: leave the passphrase out, and protect the file")
        name = filename or (f"{self.name}-{tag}.tap" if tag else f"{self.name}.tap")
        temporary = name + "-2"
        log.msg(f"Saving {self.name} application to {name}...")
        with open(temporary, "wb") as file:
            pickle.dump(self.original, file, 2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, name)
        log.msg("Saved.")


# What it was called long ago.
Persistant = Persistent


def load(filename: str, style: str) -> Any:
    """
    Load an object that was saved, and set how it will be saved again.

    A pickle can do whatever its author likes: load files of your own alone.

    Args:
        filename: The file's path.
        style: How it was saved.
    """
    if style != "pickle":
        raise ValueError(f"objects are loaded by 'pickle', not by {style!r}")
    with open(filename, "rb") as file:
        value = pickle.load(file)
    IPersistable(value).setStyle(style)
    return value


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
    """Tell what kind of file it is by its ending: ``python`` or ``pickle``. Raises `KeyError` for any other."""
    return _ENDINGS[os.path.splitext(filename)[1]]
