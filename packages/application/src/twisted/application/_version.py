"""
The version of twisted-application, kept by `incremental.update`.
"""

from incremental import Version

__version__ = Version("twisted.application", 26, 11, 0)
__all__ = ["__version__"]
