"""
The version of twisted-web, kept by `incremental.update`.
"""

from incremental import Version

__version__ = Version("twisted.web", 26, 11, 0)
__all__ = ["__version__"]
