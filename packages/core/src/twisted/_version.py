"""
The version of twisted-core, kept by `incremental.update`.
"""

from incremental import Version

__version__ = Version("twisted", 26, 11, 0)
__all__ = ["__version__"]
