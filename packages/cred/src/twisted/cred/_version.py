"""
The version of twisted-cred, kept by `incremental.update`.
"""

from incremental import Version

__version__ = Version("twisted.cred", 26, 11, 0)
__all__ = ["__version__"]
