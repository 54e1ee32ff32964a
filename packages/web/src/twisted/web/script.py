"""
Resources that are Python scripts, executed when they are asked for.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from twisted.logger import Logger
from twisted.python._require import require
from twisted.web._codes import INTERNAL_SERVER_ERROR
from twisted.web.pages import errorPage, notFound
from twisted.web.resource import ErrorPage, Resource, _unwarned
from twisted.web.static import Registry

__all__ = [
    "AlreadyCached",
    "CacheScanner",
    "PythonScript",
    "ResourceScript",
    "ResourceScriptDirectory",
    "ResourceScriptWrapper",
    "ResourceTemplate",
    "noRsrc",
    "rpyNoResource",
]

_log = Logger()

rpyNoResource = """\
<p>This script has no resource in its variable "resource". It could say, for example:</p>
<pre>
from twisted.web.static import Data

resource = Data(b"Hello", "text/plain")
</pre>
"""

# What answers for a script that names no resource.
noRsrc = _unwarned(ErrorPage, INTERNAL_SERVER_ERROR, "Whoops! Internal Error", rpyNoResource)


class AlreadyCached(Exception):
    """A script's resource is in the cache: it need not be executed."""


class CacheScanner:
    """
    What a script says about whether its resource is kept for the next time.

    Args:
        path: The script.
        registry: Keeps it.

    Attributes:
        doCache: Whether it is to be kept.
    """

    def __init__(self, path: str, registry: Registry) -> None:
        self.path = path
        self.registry = registry
        self.doCache = 0

    def cache(self) -> None:
        """
        Keep the resource.

        Raises:
            AlreadyCached: It is kept already.
        """
        kept = self.registry.getCachedPath(self.path)
        if kept is not None:
            raise AlreadyCached(kept)
        self.recache()

    def recache(self) -> None:
        """Keep the resource, in place of one that may be kept already."""
        self.doCache = 1


def _execute(path: str, names: dict[str, Any]) -> dict[str, Any]:
    with open(path, "rb") as script:
        source = script.read()
    exec(compile(source, path, "exec"), names)
    return names


def ResourceScript(path: str, registry: Registry) -> Any:
    """
    Execute a script, and give the resource that it has in its variable ``resource``.

    The script knows its path as ``__file__``, the registry as ``registry``, and the functions ``cache()`` and
    ``recache()``, which say that the resource is to be kept.

    Args:
        path: The script.
        registry: Keeps the resources of scripts that want it.
    """
    scanner = CacheScanner(path, registry)
    names: dict[str, Any] = {
        "__file__": os.fsdecode(path),
        "resource": noRsrc,
        "registry": registry,
        "cache": scanner.cache,
        "recache": scanner.recache,
    }
    try:
        _execute(path, names)
    except AlreadyCached as known:
        return known.args[0]
    found = names["resource"]
    if scanner.doCache and found is not noRsrc:
        registry.cachePath(path, found)
    return found


def ResourceTemplate(path: str, registry: Registry) -> Any:
    """
    Execute a template of Quixote (PTL), and give the resource that it has in its variable ``resource``.

    Args:
        path: The template.
        registry: Known to it as ``registry``.

    Raises:
        ModuleNotFoundError: Quixote is not installed.
    """
    require("quixote", install="quixote", purpose="ResourceTemplate")
    ptl_compile = import_module("quixote.ptl_compile")
    names: dict[str, Any] = {"__file__": os.fsdecode(path), "resource": noRsrc, "registry": registry}
    with open(path, encoding="utf-8") as template:
        compiled = ptl_compile.compile_template(template, path)
    exec(compiled, names)
    return names["resource"]


class ResourceScriptWrapper(Resource):
    """
    The resource of a script, which is executed anew for each request.

    Args:
        path: The script.
        registry: Known to it as ``registry``.
    """

    def __init__(self, path: str, registry: Registry | None = None) -> None:
        super().__init__()
        self.path = path
        self.registry = registry or Registry()

    def render(self, request: Any) -> Any:
        """Have the script's resource answer."""
        return ResourceScript(self.path, self.registry).render(request)

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Have the script's resource look for what is asked for."""
        found = ResourceScript(self.path, self.registry)
        if getattr(found, "isLeaf", False):
            # It looks at the path itself.
            request.postpath.insert(0, request.prepath.pop())
            return found
        if not path and not request.postpath and _has_no_children(found):
            return found
        return found.getChildWithDefault(path, request)


def _has_no_children(resource: Any) -> bool:
    """Tell whether nothing below a resource stands for what it is itself: whether it would not be found at its root."""
    return getattr(type(resource), "getChild", None) is Resource.getChild and b"" not in resource.children


class ResourceScriptDirectory(Resource):
    """
    A folder of scripts: each is found under its name.

    Args:
        pathname: The folder.
        registry: Known to the scripts as ``registry``.
    """

    def __init__(self, pathname: str, registry: Registry | None = None) -> None:
        super().__init__()
        self.path = pathname
        self.registry = registry or Registry()

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """Execute a script, and give its resource."""
        file = inside(self.path, path)
        if file is None or not os.path.exists(file):
            return notFound()
        return ResourceScript(file, self.registry)

    def render(self, request: Any) -> Any:
        """There is nothing to see of the folder itself."""
        return notFound().render(request)


def inside(folder: str, name: bytes | str) -> str | None:
    """Give the path of what a segment of a path names in a folder; `None` for what can be no name there."""
    try:
        text = name.decode("utf-8") if isinstance(name, bytes) else name
    except UnicodeDecodeError:
        return None
    if text in ("", os.curdir, os.pardir) or "\0" in text or os.sep in text or (os.altsep and os.altsep in text):
        return None
    return os.path.join(folder, text)


class PythonScript(Resource):
    """
    A script that answers a request itself: it knows it as ``request``, and writes to it.

    Args:
        filename: The script.
        registry: Known to it as ``registry``.
    """

    isLeaf = True

    def __init__(self, filename: str, registry: Registry) -> None:
        super().__init__()
        self.filename = filename
        self.registry = registry

    def render(self, request: Any) -> Any:
        """Execute the script, and finish the request after it."""
        from twisted.web.server import NOT_DONE_YET

        names = {"request": request, "__file__": os.fsdecode(self.filename), "registry": self.registry}
        try:
            _execute(self.filename, names)
        except FileNotFoundError as error:
            if error.filename != self.filename:
                return self._tell(request)
            return _finished(request, notFound("No Such Resource", "File not found.").render(request))
        except Exception:
            return self._tell(request)
        if not _is_over(request):
            request.finish()
        return NOT_DONE_YET

    def _tell(self, request: Any) -> Any:
        from twisted.python.failure import Failure

        failure = Failure()
        _log.failure("{filename} failed", failure=failure, filename=self.filename)
        if _is_over(request):
            from twisted.web.server import NOT_DONE_YET

            return NOT_DONE_YET
        if getattr(getattr(request, "site", None), "displayTracebacks", False):
            from twisted.web.util import formatFailure

            request.setResponseCode(INTERNAL_SERVER_ERROR)
            request.setHeader(b"content-type", b"text/html; charset=utf-8")
            return _finished(request, formatFailure(failure))
        page = errorPage(INTERNAL_SERVER_ERROR, "Internal Error", "The script failed.")
        return _finished(request, page.render(request))


def _is_over(request: Any) -> bool:
    return bool(request.finished or getattr(request, "_disconnected", False))


def _finished(request: Any, body: Any) -> Any:
    from twisted.web.server import NOT_DONE_YET

    if isinstance(body, bytes):
        request.write(body)
        request.finish()
    return NOT_DONE_YET
