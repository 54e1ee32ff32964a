"""
What kind of system this is.
"""

from __future__ import annotations

import os
import sys
from time import time as seconds

__all__ = ["Platform", "knownPlatforms", "platform", "platformType", "seconds", "shortPythonVersion"]

# What `os.name` says, and what it is called here.
knownPlatforms = {"nt": "win32", "ce": "win32", "posix": "posix", "java": "java", "org.python.modules.os": "java"}


def shortPythonVersion() -> str:
    """Give Python's version as three numbers with dots."""
    return ".".join(map(str, sys.version_info[:3]))


class Platform:
    """
    A system.

    Args:
        name: What `os.name` says there.
        platform: What `sys.platform` says there.

    Attributes:
        type: ``posix``, ``win32``, or `None` for what nobody knows.
    """

    type: str | None = knownPlatforms.get(os.name)
    seconds = staticmethod(seconds)
    _platform = sys.platform

    def __init__(self, name: str | None = None, platform: str | None = None) -> None:
        if name is not None:
            self.type = knownPlatforms.get(name)
        if platform is not None:
            self._platform = platform

    def isKnown(self) -> bool:
        """Tell whether this is a system that somebody knows."""
        return self.type is not None

    def getType(self) -> str | None:
        """Give ``posix``, ``win32`` or `None`."""
        return self.type

    def isMacOSX(self) -> bool:
        """Tell whether this is macOS."""
        return self._platform == "darwin"

    def isWinNT(self) -> bool:
        """Windows has been nothing else for long: the same as `isWindows`, with a warning."""
        import warnings

        warnings.warn(
            "twisted.python.runtime.Platform.isWinNT was deprecated in Twisted 13.0. Use Platform.isWindows instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.isWindows()

    def isWindows(self) -> bool:
        """Tell whether this is Windows."""
        return self.getType() == "win32"

    def isVista(self) -> bool:
        """Tell whether this is Windows Vista or something newer."""
        return sys.platform == "win32" and sys.getwindowsversion().major >= 6

    def isLinux(self) -> bool:
        """Tell whether this is Linux."""
        return self._platform.startswith("linux")

    def isDocker(self, _initCGroupLocation: str = "/proc/1/cgroup") -> bool:
        """Tell whether this runs in a Docker container: process 1 then belongs to a control group of Docker's."""
        if not self.isLinux():
            return False
        try:
            with open(_initCGroupLocation, "rb") as file:
                groups = file.read().splitlines()
        except OSError:
            return False
        return any(b"docker" in line.split(b":", 2)[2:][0] for line in groups if line.count(b":") >= 2)

    def supportsThreads(self) -> bool:
        """Every Python that this runs on has threads."""
        return True

    def supportsINotify(self) -> bool:
        """Tell whether the system can watch files by inotify(7)."""
        return self.isLinux()


platform = Platform()
platformType: str = platform.getType() or ""
