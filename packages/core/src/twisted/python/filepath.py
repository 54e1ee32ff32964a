"""
Paths as objects.

A `FilePath` is an absolute path, as text or as bytes. From it, only what lies below can be reached by a single name:
`FilePath.child` refuses names that lead elsewhere, so it may be given what a stranger sent. What a path is (a file, a
folder, how large, ...) is asked of the system once and remembered until `FilePath.changed` or `FilePath.restat`.
"""

from base64 import urlsafe_b64encode as armor
from os import urandom as randomBytes

from twisted.python._facade import publish
from twisted.python._filepath.contract import FileMode, IFilePath, InsecurePath, LinkError, UnlistableError
from twisted.python._filepath.general import AbstractFilePath
from twisted.python._filepath.local import FilePath
from twisted.python._filepath.permissions import RWX, Permissions

__all__ = [
    "RWX",
    "AbstractFilePath",
    "FileMode",
    "FilePath",
    "IFilePath",
    "InsecurePath",
    "LinkError",
    "Permissions",
    "UnlistableError",
    "armor",
    "randomBytes",
]
publish(__name__, __all__)
