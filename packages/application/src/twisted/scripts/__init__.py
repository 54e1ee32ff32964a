"""
The programs that commands start. The folder is shared: each distribution adds its own.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
