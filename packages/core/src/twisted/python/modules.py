"""
Modules as files: what could be imported, found without importing it.

`getModule` and `iterModules` look at the path that Python looks at; a `PythonPath` looks at any other. A module knows
its file and the modules in it, if it is a package. What it defines is found in its source, until it is loaded.
"""

from __future__ import annotations

import ast
import sys
import zipimport
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any

from zope.interface import Interface, implementer

from twisted.python.components import registerAdapter
from twisted.python.filepath import FilePath, UnlistableError
from twisted.python.reflect import namedAny
from twisted.python.zippath import ZipArchive

__all__ = [
    "OPTIMIZED_MODE",
    "PYTHON_EXTENSIONS",
    "IPathImportMapper",
    "PathEntry",
    "PythonAttribute",
    "PythonModule",
    "PythonPath",
    "getModule",
    "iterModules",
    "theSystemPath",
    "walkModules",
]

OPTIMIZED_MODE = not __debug__
PYTHON_EXTENSIONS = [".py", ".pyo" if OPTIMIZED_MODE else ".pyc"]

_NOTHING: Any = object()


class IPathImportMapper(Interface):
    """Knows where an importer finds its modules."""

    def mapPath(pathLikeString: str) -> Any:
        """Give something with the methods of a `FilePath` for an entry of a path."""


@implementer(IPathImportMapper)
class _Folders:
    """Entries that are folders."""

    def mapPath(self, fsPathString: str) -> Any:
        return FilePath(fsPathString)


@implementer(IPathImportMapper)
class _ZipFiles:
    """Entries that are zip files, or folders in them."""

    def __init__(self, importer: zipimport.zipimporter) -> None:
        self._importer = importer

    def mapPath(self, fsPathString: str) -> Any:
        found: Any = ZipArchive(self._importer.archive)
        inside = FilePath(fsPathString).path[len(FilePath(self._importer.archive).path) :]
        for part in filter(None, inside.replace("\\", "/").split("/")):
            found = found.child(part)
        return found


registerAdapter(_ZipFiles, zipimport.zipimporter, IPathImportMapper)


def _listed(path: Any) -> list[Any]:
    """What a folder holds, in order; nothing if it cannot be listed."""
    try:
        return sorted(path.children(), key=lambda child: str(child.basename()))
    except (UnlistableError, OSError):
        return []


class _Container:
    """What holds modules: an entry of a path, or a package."""

    # What the names of modules found here begin with.
    _prefix = ""

    def _entry(self) -> PathEntry:
        raise NotImplementedError(f"{type(self).__name__} lies in no entry of a path")

    def _folders(self) -> Iterable[Any]:
        raise NotImplementedError(f"{type(self).__name__} has no folders")

    def iterModules(self) -> Iterator[PythonModule]:
        """Go through the modules right in this, in the order of their names; one for each name."""
        seen: set[str] = set()
        for folder in self._folders():
            for child in _listed(folder):
                found = self._module_at(child)
                if found is not None and found.name not in seen:
                    seen.add(found.name)
                    yield found

    def _module_at(self, child: Any) -> PythonModule | None:
        name = str(child.basename())
        if child.isdir():
            start = child.child("__init__.py")
            if not name.isidentifier() or not start.exists():
                return None
            return PythonModule(self._prefix + name, start, self._entry())
        for ending in (".py", *EXTENSION_SUFFIXES):
            stem = name[: -len(ending)]
            if name.endswith(ending) and stem.isidentifier() and stem != "__init__":
                return PythonModule(self._prefix + stem, child, self._entry())
        return None

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """
        Go through the modules in this, and those in the packages among them.

        Args:
            importPackages: Whether to import packages on the way: one may add folders to its ``__path__``.
        """
        for module in self.iterModules():
            yield from module.walkModules(importPackages=importPackages)

    def __getitem__(self, modname: str) -> PythonModule:
        """Give a module in this by its name, from here on. Raises `KeyError` if there is none."""
        first, _, rest = modname.partition(".")
        for module in self.iterModules():
            if module.name == self._prefix + first:
                return module[rest] if rest else module
        raise KeyError(modname)

    def __iter__(self) -> Iterator[PythonModule]:
        # Iterating by numbers, as objects with __getitem__ are without this, would mean nothing.
        raise NotImplementedError(f"use iterModules() or walkModules() of {self!r}")


class PythonAttribute:
    """
    Something that a module, or an attribute of one, defines.

    Attributes:
        name: Its dotted name.
        onObject: What defines it.
        pythonValue: The thing itself, once it is loaded.
    """

    def __init__(self, name: str, onObject: Any, loaded: bool, pythonValue: object) -> None:
        self.name = name
        self.onObject = onObject
        self._loaded = loaded
        self.pythonValue = pythonValue

    def __repr__(self) -> str:
        return f"PythonAttribute<{self.name!r}>"

    def isLoaded(self) -> bool:
        """Tell whether the thing itself is known."""
        return self._loaded

    def load(self, default: Any = _NOTHING) -> Any:
        """Give the thing itself, importing its module if need be."""
        return self.pythonValue if self._loaded else namedAny(self.name)

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """Go through the attributes of the thing itself."""
        value = self.load()
        for name in dir(value):
            yield PythonAttribute(f"{self.name}.{name}", self, True, getattr(value, name, None))


class PythonModule(_Container):
    """
    A module, imported or not.

    Attributes:
        name: Its dotted name.
        filePath: Its file; a package's is its ``__init__.py``.
        parentPath: The folder that file lies in.
        pathEntry: Where on the path it was found.
    """

    def __init__(self, name: str, filePath: Any, pathEntry: PathEntry) -> None:
        assert not name.endswith(".__init__"), f"{name!r} is the name of a file: a package has its folder's"
        self.name = name
        self.filePath = filePath
        self.parentPath = filePath.parent()
        self.pathEntry = pathEntry
        self._prefix = name + "."

    def __repr__(self) -> str:
        return f"PythonModule<{self.name!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PythonModule) and other.name == self.name

    __hash__ = None  # type: ignore[assignment]

    def _entry(self) -> PathEntry:
        return self.pathEntry

    def _folders(self) -> Iterable[Any]:
        if not self.isPackage():
            return
        if self.isLoaded():
            for folder in getattr(self.load(), "__path__", ()):
                yield self.pathEntry.pythonPath._smartPath(folder)
        else:
            yield self.parentPath

    def isLoaded(self) -> bool:
        """Tell whether it was imported."""
        return self.pathEntry.pythonPath.moduleDict.get(self.name) is not None

    def load(self, default: Any = _NOTHING) -> Any:
        """Import it, if need be, and give it; or give *default* if that fails and one was given."""
        try:
            return self.pathEntry.pythonPath.moduleLoader(self.name)
        except Exception:
            if default is _NOTHING:
                raise
            return default

    def isPackage(self) -> bool:
        """Tell whether it may have modules in it."""
        return str(self.filePath.basename()).split(".")[0] == "__init__"

    def iterModules(self) -> Iterator[PythonModule]:
        """Go through the modules right in this one: none, unless it is a package."""
        return super().iterModules() if self.isPackage() else iter(())

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """Go through this module, and all modules in it."""
        if importPackages and self.isPackage():
            self.load()
        yield self
        yield from super().walkModules(importPackages=importPackages)

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """Go through all that a loaded module has; of any other, what its source says that it defines."""
        if self.isLoaded():
            module = self.load()
            for name in dir(module):
                yield PythonAttribute(f"{self.name}.{name}", self, True, getattr(module, name))
            return
        for name in sorted(_defined(self.filePath)):
            yield PythonAttribute(f"{self.name}.{name}", self, False, None)


def _defined(path: Any) -> set[str]:
    """The names that a source file defines at its top."""
    if not str(path.basename()).endswith(".py"):
        return set()
    found: set[str] = set()
    for statement in ast.parse(path.getContent()).body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(statement.name)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found |= {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    return {name for name in found if not name.startswith("__")}


class PathEntry(_Container):
    """
    An entry of a path.

    Attributes:
        filePath: The folder or zip file.
        pythonPath: The path it is an entry of.
    """

    def __init__(self, filePath: Any, pythonPath: PythonPath) -> None:
        self.filePath = filePath
        self.pythonPath = pythonPath

    def __repr__(self) -> str:
        return f"PathEntry<{self.filePath!r}>"

    def _entry(self) -> PathEntry:
        return self

    def _folders(self) -> Iterable[Any]:
        return [self.filePath]


class PythonPath:
    """
    A path on which modules are found.

    Args:
        sysPath: The entries; those of `sys.path`, as they are when asked for, if it is left out.
        moduleDict: What was imported.
        sysPathHooks: What makes importers of entries.
        importerCache: The importers known.
        moduleLoader: Imports a module by its name.
        sysPathFactory: Gives the entries each time they are asked for.
    """

    def __init__(
        self,
        sysPath: list[str] | None = None,
        moduleDict: dict[str, Any] = sys.modules,
        sysPathHooks: Any = sys.path_hooks,
        importerCache: Any = sys.path_importer_cache,
        moduleLoader: Callable[[str], Any] = namedAny,
        sysPathFactory: Callable[[], list[str]] | None = None,
    ) -> None:
        if sysPath is not None:
            entries = sysPath
            sysPathFactory = lambda: entries  # noqa: E731  (a name it has already)
        elif sysPathFactory is None:
            sysPathFactory = lambda: sys.path  # noqa: E731
        self._sysPathFactory = sysPathFactory
        self.moduleDict = moduleDict
        self.sysPathHooks = sysPathHooks
        self.importerCache = importerCache
        self.moduleLoader = moduleLoader

    @property
    def sysPath(self) -> list[str]:
        """The entries."""
        return self._sysPathFactory()  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"PythonPath({self.sysPath!r},{self.moduleDict!r})"

    def _importer_of(self, entry: str) -> Any:
        if entry not in self.importerCache:
            for hook in self.sysPathHooks:
                try:
                    return hook(entry)
                except ImportError:
                    continue
            return None
        return self.importerCache[entry]

    def _smartPath(self, entry: str) -> Any:
        mapper: Any = IPathImportMapper(self._importer_of(entry), None)
        return (_Folders() if mapper is None else mapper).mapPath(entry or ".")

    def iterEntries(self) -> Iterator[PathEntry]:
        """Go through the entries."""
        for entry in self.sysPath:
            yield PathEntry(self._smartPath(entry), self)

    def iterModules(self) -> Iterator[PythonModule]:
        """Go through the modules right on the path; of those with the same name, the first counts."""
        seen: set[str] = set()
        for entry in self.iterEntries():
            for module in entry.iterModules():
                if module.name not in seen:
                    seen.add(module.name)
                    yield module

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """Go through all modules on the path, those in packages included."""
        for module in self.iterModules():
            yield from module.walkModules(importPackages=importPackages)

    def __getitem__(self, modname: str) -> PythonModule:
        """Give a module by its dotted name. Raises `KeyError` if there is none with a file on this path."""
        first, _, rest = modname.partition(".")
        for entry in self.iterEntries():
            for module in entry.iterModules():
                if module.name == first:
                    try:
                        return module[rest] if rest else module
                    except KeyError:
                        raise KeyError(modname) from None
        raise KeyError(modname)

    def __contains__(self, module: object) -> bool:
        """Tell whether there is a module of that name."""
        try:
            return isinstance(module, str) and self[module] is not None
        except KeyError:
            return False


theSystemPath = PythonPath()


def walkModules(importPackages: bool = False) -> Iterator[PythonModule]:
    """Go through all modules that could be imported."""
    return theSystemPath.walkModules(importPackages=importPackages)


def iterModules() -> Iterator[PythonModule]:
    """Go through the modules that could be imported by a name without dots."""
    return theSystemPath.iterModules()


def getModule(moduleName: str) -> PythonModule:
    """Give a module by its dotted name, without importing it. Raises `KeyError` if there is none."""
    return theSystemPath[moduleName]
