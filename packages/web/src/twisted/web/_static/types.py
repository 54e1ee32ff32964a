"""
What kind of file a file is, by its name.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from os.path import basename, splitext

# What systems' tables may lack.
_FURTHER = {
    ".conf": "text/plain",
    ".diff": "text/x-diff",
    ".flac": "audio/x-flac",
    ".java": "text/plain",
    ".mjs": "text/javascript",
    ".ogg": "application/ogg",
    ".oz": "text/x-oz",
    ".swf": "application/x-shockwave-flash",
    ".tgz": "application/x-gtar-compressed",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".wml": "text/vnd.wap.wml",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xul": "application/vnd.mozilla.xul+xml",
}


def loadMimeTypes(
    mimetype_locations: Sequence[str] | None = None,
    init: Callable[[Sequence[str] | None], object] = mimetypes.init,
) -> dict[str, str]:
    """
    Give the content types of files by their extensions, in lower case and with the dot.

    Args:
        mimetype_locations: Files in the format of ``mime.types`` to read in addition to those of the system.
        init: Reads them; for tests.
    """
    init(mimetype_locations)
    return {**_FURTHER, **mimetypes.types_map}


def getTypeAndEncoding(
    filename: str, types: Mapping[str, str], encodings: Mapping[str, str], defaultType: str | None
) -> tuple[str | None, str | None]:
    """
    Tell a file's content type, and how it is encoded.

    Args:
        filename: Its name: ``archive.tar.gz``.
        types: Content types by extension.
        encodings: Encodings by extension.
        defaultType: The type of what is in neither.

    Returns:
        The type; and the encoding, or `None`.
    """
    stem, extension = splitext(basename(filename))
    extension = extension.lower()
    encoding = encodings.get(extension)
    if encoding is not None:
        extension = splitext(stem)[1].lower()
    return types.get(extension, defaultType), encoding
