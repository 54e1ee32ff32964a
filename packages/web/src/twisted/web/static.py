"""
Files, folders and bytes as resources.
"""

from __future__ import annotations

import os
from typing import Any

from incremental import Version

from twisted.python._facade import publish
from twisted.python.deprecate import deprecated
from twisted.web._codes import NOT_FOUND
from twisted.web._static.data import ASISProcessor, Data, Redirect
from twisted.web._static.files import File, Registry, with_slash
from twisted.web._static.listing import DirectoryLister, formatFileSize
from twisted.web._static.producers import (
    MultipleRangeStaticProducer,
    NoRangeStaticProducer,
    SingleRangeStaticProducer,
    StaticProducer,
)
from twisted.web._static.types import getTypeAndEncoding, loadMimeTypes
from twisted.web.resource import NoResource, _unwarned

__all__ = [
    "ASISProcessor",
    "Data",
    "DirectoryLister",
    "File",
    "MultipleRangeStaticProducer",
    "NoRangeStaticProducer",
    "Redirect",
    "Registry",
    "SingleRangeStaticProducer",
    "StaticProducer",
    "addSlash",
    "dangerousPathError",
    "formatFileSize",
    "getTypeAndEncoding",
    "isDangerous",
    "loadMimeTypes",
]

dangerousPathError = _unwarned(NoResource, NOT_FOUND, "No Such Resource", "Invalid request URL.")


def isDangerous(path: bytes) -> bool:
    """Tell whether a segment of a path could lead out of a folder."""
    return path == b".." or b"/" in path or os.sep.encode("ascii") in path


@deprecated(Version("Twisted", 16, 0, 0))
def addSlash(request: Any) -> bytes:
    """Give the path that a request is for, with a slash behind it."""
    return with_slash(request)


publish(__name__, __all__)
