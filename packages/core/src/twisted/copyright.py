"""
Which version this is, and under which terms it may be used.
"""

from __future__ import annotations

from twisted import __version__ as version

__all__ = ["copyright", "disclaimer", "longversion", "version"]

longversion = f"[Twisted, version {version}]"
copyright = "Copyright (c) the contributors to these packages.\nSee LICENSE for details."
disclaimer = f"""
Twisted
{copyright}

These packages are free software under the terms of the MIT licence, which comes with each of them. They are provided
"as is", without warranty of any kind.
"""
