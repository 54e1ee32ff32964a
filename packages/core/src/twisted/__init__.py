"""
An event-driven networking engine, released as separate packages.

This package is the meeting place of all of them: each distribution (twisted-core, twisted-web, ...) adds its modules
here, whether it is installed from a wheel or lies in a checkout of its own.
"""

from twisted import _siblings

__path__ = _siblings.own_folders(__path__)
_siblings.install()


def __getattr__(name: str) -> object:
    # Computed when asked for: hardly any program wants its version, and all of them want to start soon.
    if name in ("__version__", "version"):
        from twisted._version import __version__ as version

        return version.public() if name == "__version__" else version
    raise _siblings.missing(__name__, name)
