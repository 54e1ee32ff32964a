"""
How separately released packages share the name ``twisted``.

Three things follow from there being many distributions and one import name: folders have to be merged, an import of
what is not installed should say what to install, and whoever asks for the metadata of ``twisted`` must be answered
even where only parts of it are there.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# What is nobody's but one distribution's. Longer names win, so that folders may be shared.
_OWNERS = {
    "twisted.application": "twisted-application",
    "twisted.conch": "twisted-conch",
    "twisted.cred": "twisted-cred",
    "twisted.enterprise": "twisted-enterprise",
    "twisted.mail": "twisted-mail",
    "twisted.names": "twisted-names",
    "twisted.pair": "twisted-pair",
    "twisted.persisted": "twisted-application",
    "twisted.positioning": "twisted-positioning",
    "twisted.protocols.amp": "twisted-protocols",
    "twisted.protocols.finger": "twisted-protocols",
    "twisted.protocols.ftp": "twisted-protocols",
    "twisted.protocols.htb": "twisted-protocols",
    "twisted.protocols.ident": "twisted-protocols",
    "twisted.protocols.memcache": "twisted-protocols",
    "twisted.protocols.postfix": "twisted-protocols",
    "twisted.protocols.shoutcast": "twisted-web",
    "twisted.protocols.sip": "twisted-protocols",
    "twisted.protocols.socks": "twisted-protocols",
    "twisted.runner": "twisted-application",
    "twisted.scripts": "twisted-application",
    "twisted.scripts.trial": "twisted-trial",
    "twisted.spread": "twisted-spread",
    "twisted.tap": "twisted-application",
    "twisted.tap.ftp": "twisted-protocols",
    "twisted.tap.socks": "twisted-protocols",
    "twisted.trial": "twisted-trial",
    "twisted.web": "twisted-web",
    "twisted.words": "twisted-words",
}


def own_folders(path: Iterable[str]) -> list[str]:
    """
    Extend the package's path with the folders ``twisted`` of other distributions on `sys.path`.

    A folder that has an ``__init__.py`` belongs to another, whole Twisted. Its modules would be mixed with ours, so
    it is left out.
    """
    folders = list(path)
    for entry in sys.path:
        folder = os.path.join(entry, "twisted") if isinstance(entry, str) else ""
        if not folder or folder in folders or not os.path.isdir(folder):
            continue
        if not os.path.exists(os.path.join(folder, "__init__.py")):
            folders.append(folder)
    return folders


def _foreign_folder(module: str) -> str | None:
    """Find a whole Twisted on `sys.path`, other than this one, which has *module*."""
    relative = os.path.join(*module.split("."))
    ours = os.path.dirname(os.path.abspath(__file__))
    for entry in sys.path:
        if not isinstance(entry, str):
            continue
        folder = os.path.join(entry, "twisted")
        if os.path.abspath(folder) == ours or not os.path.exists(os.path.join(folder, "__init__.py")):
            continue
        there = os.path.join(entry, relative)
        if os.path.isdir(there) or os.path.exists(there + ".py"):
            return folder
    return None


def hint(module: str) -> str | None:
    """
    Say what to install to get a module that was not found.

    Args:
        module: A dotted name below ``twisted``.

    Returns:
        A sentence, or `None` when no distribution is known to have it, or when the distribution is installed and
        merely has no module of that name.
    """
    owner = _OWNERS.get(module)
    if owner is None:
        return None
    sentence = f"No module named {module!r}: pip install {owner}"
    if folder := _foreign_folder(module):
        sentence += f" (the one in {folder} belongs to another Twisted, which cannot lend its modules to this one)"
    return sentence


def missing(package: str, name: str) -> Exception:
    """
    What a shared folder raises for a name that it lacks: ``from twisted import words`` asks it, and no finder.

    Args:
        package: The folder's dotted name.
        name: What was asked for.
    """
    module = f"{package}.{name}"
    if sentence := hint(module):
        return ModuleNotFoundError(sentence, name=module)
    return AttributeError(f"module {package!r} has no attribute {name!r}")


class _Absent:
    """
    The last finder on `sys.meta_path`: it is asked for what nobody else has found.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise an error with a hint when one of our modules is being imported; a mere question is answered `None`."""
        if not fullname.startswith("twisted.") or (sentence := hint(fullname)) is None:
            return None
        # importlib.util.find_spec() asks in order to know: for it, "not there" is an answer and no error.
        frame = sys._getframe(1)
        for _ in range(2):
            if frame.f_code.co_name == "_find_and_load_unlocked":
                raise ModuleNotFoundError(sentence, name=fullname)
            if frame.f_back is None:
                break
            frame = frame.f_back
        return None

    def find_distributions(self, context: Any = None) -> Iterable[Any]:  # The type is importlib.metadata's, unloaded.
        """
        Answer for the distribution ``twisted`` where the umbrella is not installed.

        Tools that support Twisted (pytest for one) ask for its version as soon as they see it imported.
        """
        if getattr(context, "name", None) != "twisted":
            return ()
        from twisted._umbrella import UmbrellaDistribution

        return (UmbrellaDistribution(),)


def install() -> None:
    """Append the finder to `sys.meta_path`, once in a process."""
    if not any(isinstance(finder, _Absent) for finder in sys.meta_path):
        sys.meta_path.append(_Absent())
