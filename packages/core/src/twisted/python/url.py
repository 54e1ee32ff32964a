"""
The old place of hyperlink's `URL`. Import it from ``hyperlink``.
"""

import warnings

from hyperlink import URL

__all__ = ["URL"]

warnings.warn(
    "twisted.python.url was deprecated in Twisted 17.5.0: Please use hyperlink from PyPI instead.",
    DeprecationWarning,
    stacklevel=2,
)
