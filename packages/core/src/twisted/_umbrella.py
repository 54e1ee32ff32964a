"""
What `importlib.metadata` hears of ``twisted`` where its parts are installed and the umbrella is not.
"""

from importlib.metadata import Distribution
from os import PathLike
from typing import NoReturn


class UmbrellaDistribution(Distribution):
    """A distribution without files, with the version of twisted-core."""

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        from twisted._version import __version__

        return f"Metadata-Version: 2.1\nName: twisted\nVersion: {__version__.public()}\n"

    def locate_file(self, path: "str | PathLike[str]") -> NoReturn:
        raise FileNotFoundError(f"the distribution twisted is not installed and has no file {path}")
