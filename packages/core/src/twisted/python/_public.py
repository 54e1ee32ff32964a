"""
What public modules promise, as text: names, signatures with their defaults, constants, interfaces.

Each distribution keeps the text of its own modules beside its tests, so that whoever changes a promise sees it. The
file has a section for each module, headed by its name in brackets. ``python -m twisted.python._public FILE`` writes it
anew.
"""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from zope.interface import implementedBy
from zope.interface.interface import InterfaceClass

_LONGEST = 60
_PLAIN = (bool, int, float, str, bytes, type(None))


def promises(module: str) -> str:
    """
    Describe a public module, one promise a line.

    Args:
        module: Its name. It is imported.

    Raises:
        AttributeError: A name of its ``__all__`` does not exist.
    """
    lines: list[str] = []
    with warnings.catch_warnings():
        # What is deprecated says so when it is looked at.
        warnings.simplefilter("ignore")
        found = import_module(module)
        for name in sorted(found.__all__):
            lines += _described(name, getattr(found, name), found)
    return "".join(f"{line}\n" for line in lines)


def read(kept: Path) -> dict[str, str]:
    """Read what is kept in a file: each module's text."""
    sections = re.split(r"^\[(.+)\]\n", kept.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: f"{text.rstrip()}\n" for name, text in zip(sections[1::2], sections[2::2], strict=True)}


def write(kept: Path, modules: Iterable[str]) -> None:
    """Describe modules anew, and keep that in a file."""
    texts = [f"[{module}]\n{promises(module)}" for module in sorted(modules)]
    kept.write_text("\n".join(texts), encoding="utf-8")


def _described(name: str, value: Any, module: ModuleType) -> Iterator[str]:
    if isinstance(value, InterfaceClass):
        yield f"interface {name}({', '.join(base.__name__ for base in value.__bases__)})"
        members: list[str] = sorted(value.names())
        for member in members:
            described: Any = value[member]
            yield f"    {member}{described.getSignatureString() if hasattr(described, 'getSignatureString') else ''}"
    elif isinstance(value, type) and not hasattr(value, "__origin__"):
        if value.__module__ == module.__name__:
            yield from _class(name, value)
        else:
            yield f"{name}: {value.__name__}"
    elif inspect.isfunction(value) or inspect.ismethod(value):
        yield f"{name}{_signature(value)}"
    else:
        # What is not written in capitals may be state, and change while the program runs.
        yield f"{name}{_value(value) if name.isupper() else ''}"


def _class(name: str, found: type) -> Iterator[str]:
    declared: Any = implementedBy(found)  # type: ignore[no-untyped-call]  # zope says no more
    interfaces = sorted(one.__name__ for one in declared)
    provided = f" implements {', '.join(interfaces)}" if interfaces else ""
    yield f"class {name}({', '.join(base.__name__ for base in found.__bases__ if base is not object)}){provided}"
    members: dict[str, Any] = {}
    for one in reversed(found.__mro__):
        if one is found or _is_from_a_room(one):
            members.update(vars(one))
    for member, value in sorted(members.items()):
        if member.startswith("_") and member not in ("__init__", "__call__"):
            continue
        if isinstance(value, (staticmethod, classmethod)):
            inner = value.__func__
            yield f"    {type(value).__name__} {member}{_signature(inner) if inspect.isfunction(inner) else ''}"
        elif isinstance(value, property):
            yield f"    property {member}{'' if value.fset is None else ', settable'}"
        elif inspect.isfunction(value):
            yield f"    {member}{_signature(value)}"
        else:
            yield f"    {member}{_value(value)}"


def _is_from_a_room(base: type) -> bool:
    """
    Tell whether a class was made in a private module: what it brings is promised by those who inherit it.

    A class is renamed when its door is opened, whenever that is. Its methods keep the name of where they were made.
    """
    return any(inspect.isfunction(value) and "._" in value.__module__ for value in vars(base).values())


def _signature(function: Any) -> str:
    found = inspect.signature(function)
    return str(
        found.replace(
            parameters=[
                one.replace(
                    annotation=one.empty,
                    default=one.default if one.default is one.empty or _is_plain(one.default) else _Something(),
                )
                for one in found.parameters.values()
            ],
            return_annotation=found.empty,
        )
    )


class _Something:
    """A default that is an object of some kind."""

    def __repr__(self) -> str:
        return "..."


def _is_plain(value: object) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN) and not isinstance(value, Enum)


def _value(value: object) -> str:
    # What is long, or as precise as a time, was found out when the program started.
    text = repr(value)
    return f" = {text}" if _is_plain(value) and len(text) <= _LONGEST and not isinstance(value, float) else ""


if __name__ == "__main__":
    for _argument in sys.argv[1:]:
        write(Path(_argument), read(Path(_argument)))
