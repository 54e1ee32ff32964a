"""
One page for each public module, made from the sources: what its ``__all__`` names, with zope interfaces among them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from zope.interface.interface import InterfaceClass


def public_modules(root: Path) -> Iterator[str]:
    """Names of all modules of which no part is private, from every package."""
    for source in sorted(root.glob("packages/*/src")):
        for file in sorted(source.rglob("*.py")):
            parts = file.relative_to(source).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            if (
                parts
                and not any(part.startswith("_") for part in parts)
                and parts[1:2] not in (("test",), ("plugins",))
            ):
                yield ".".join(parts)


# Importing these has an effect: a reactor is installed, or there is nothing to say of them.
_NOT_IMPORTED = {"twisted.internet.reactor"}


def page(module: str) -> str:
    """The text of a module's page, in reStructuredText: the directives are written for it."""
    lines = [module, "=" * len(module), ""]
    interfaces = interfaces_of(module)
    exclude = f"\n   :exclude-members: {', '.join(interfaces)}" if interfaces else ""
    lines += [f".. automodule:: {module}{exclude}", ""]
    for name in interfaces:
        lines += [f".. autointerface:: {module}.{name}", "   :members:", ""]
    return "\n".join(lines)


def interfaces_of(name: str) -> list[str]:
    """The zope interfaces that a module names in its ``__all__``."""
    try:
        module = import_module(name)
    except ImportError:
        return []
    return [one for one in getattr(module, "__all__", ()) if isinstance(getattr(module, one, None), InterfaceClass)]


def write(root: Path, target: Path) -> None:
    """Write all pages and the list of them."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    modules = sorted(module for module in set(public_modules(root)) if module not in _NOT_IMPORTED)
    for module in modules:
        (target / f"{module}.rst").write_text(page(module), encoding="utf-8")
    listed = "".join(f"   {module}\n" for module in modules)
    (target / "index.rst").write_text(
        f"Modules\n=======\n\n.. toctree::\n   :maxdepth: 1\n\n{listed}", encoding="utf-8"
    )
