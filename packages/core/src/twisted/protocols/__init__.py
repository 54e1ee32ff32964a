"""
Protocols and what wraps them. The folder is shared: each distribution adds the protocols it speaks.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
