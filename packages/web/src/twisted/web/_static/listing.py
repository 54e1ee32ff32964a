"""
The page that shows what is in a folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from html import escape
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from twisted.web._static.types import getTypeAndEncoding
from twisted.web.resource import Resource

_UNITS = ((2**30, "G"), (2**20, "M"), (2**10, "K"))


def formatFileSize(size: int) -> str:
    """Give a size in bytes as people read it: ``10K``."""
    for unit, letter in _UNITS:
        if size >= unit:
            return f"{size // unit}{letter}"
    return f"{size}B"


class DirectoryLister(Resource):
    """
    Shows what is in a folder, folders first.

    Args:
        pathname: The folder.
        dirs: The names to show; without, all that are there.
        contentTypes: Content types by extension.
        contentEncodings: Encodings by extension.
        defaultType: The type of files with other extensions.

    Attributes:
        template: The page: ``%(header)s`` and ``%(tableContent)s`` stand in it.
        linePattern: A line of its table: ``%(class)s``, ``%(href)s``, ``%(text)s``, ``%(size)s``, ``%(type)s``,
            ``%(encoding)s`` and ``%(modified)s`` can stand in it.
    """

    template = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%(header)s</title>
<style>
:root { color-scheme: light dark; --line: #8883; --quiet: #777; --hover: #8881; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; font-weight: 600; overflow-wrap: anywhere; }
table { width: 100%%; border-collapse: collapse; }
th { text-align: left; font-weight: 500; color: var(--quiet); font-size: .85rem; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); }
td { color: var(--quiet); font-size: .9rem; white-space: nowrap; }
td:first-child { width: 100%%; white-space: normal; overflow-wrap: anywhere; font-size: 1rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
a { text-decoration: none; }
a:hover { text-decoration: underline; }
tr.directory a { font-weight: 600; }
tbody tr:hover { background: var(--hover); }
@media (max-width: 40rem) { .wide { display: none; } body { margin: 1rem auto; } }
</style>
</head>
<body>
<h1>%(header)s</h1>
<table>
<thead>
<tr>
<th>Filename</th>
<th class="number">Size</th>
<th class="wide">Modified</th>
<th class="wide">Content type</th>
<th class="wide">Content encoding</th>
</tr>
</thead>
<tbody>
%(tableContent)s</tbody>
</table>
</body>
</html>
"""

    linePattern = """\
<tr class="%(class)s">
<td><a href="%(href)s">%(text)s</a></td>
<td class="number">%(size)s</td>
<td class="wide">%(modified)s</td>
<td class="wide">%(type)s</td>
<td class="wide">%(encoding)s</td>
</tr>
"""

    def __init__(
        self,
        pathname: str,
        dirs: Iterable[str] | None = None,
        contentTypes: Mapping[str, str] | None = None,
        contentEncodings: Mapping[str, str] | None = None,
        defaultType: str = "text/html",
    ) -> None:
        super().__init__()
        if contentTypes is None or contentEncodings is None:
            from twisted.web._static.files import File

            contentTypes = File.contentTypes if contentTypes is None else contentTypes
            contentEncodings = File.contentEncodings if contentEncodings is None else contentEncodings
        self.contentTypes = contentTypes
        self.contentEncodings = contentEncodings
        self.defaultType = defaultType
        self.dirs = dirs
        self.path = pathname

    def _entries(self) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        """Describe what is in the folder, ready to stand in the page: folders, and files."""
        folders: list[dict[str, str]] = []
        files: list[dict[str, str]] = []
        names: Sequence[str] = sorted(os.listdir(self.path) if self.dirs is None else self.dirs)
        for name in names:
            try:
                status = os.stat(os.path.join(self.path, name))
            except OSError:
                # Gone meanwhile, or a link to nowhere.
                continue
            is_folder = os.path.isdir(os.path.join(self.path, name))
            shown = os.fsencode(name).decode("utf-8", "replace")
            href = quote(os.fsencode(name), safe="")
            changed = datetime.fromtimestamp(status.st_mtime, timezone.utc).strftime("%Y-%m-%d %H:%M")
            if is_folder:
                size, kind, encoding = "", "[Directory]", ""
            else:
                found, encoded = getTypeAndEncoding(name, self.contentTypes, self.contentEncodings, self.defaultType)
                size, kind, encoding = formatFileSize(status.st_size), f"[{found}]", f"[{encoded}]" if encoded else ""
            (folders if is_folder else files).append(
                {
                    "href": escape(href + "/" if is_folder else href),
                    "text": escape(shown + "/" if is_folder else shown),
                    "size": size,
                    "modified": changed,
                    "type": escape(kind),
                    "encoding": escape(encoding),
                    "class": "directory" if is_folder else "file",
                }
            )
        return folders, files

    def render(self, request: Any) -> bytes:
        """Give the page."""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        folders, files = self._entries()
        path = unquote_to_bytes(request.uri.partition(b"?")[0]).decode("utf-8", "replace")
        header = f"Directory listing for {escape(path)}"
        lines = "".join([self.linePattern % entry for entry in folders + files])
        return (self.template % {"header": header, "tableContent": lines}).encode("utf-8")

    def __repr__(self) -> str:
        return f"<DirectoryLister of {self.path!r}>"

    __str__ = __repr__
