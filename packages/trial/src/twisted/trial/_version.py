"""
The version of twisted-trial, kept by `incremental.update`.
"""

from incremental import Version

__version__ = Version("twisted.trial", 26, 11, 0)
__all__ = ["__version__"]
