"""
Plugins of all distributions and programs: every module in a folder ``twisted/plugins`` on `sys.path` is one.

Folders of programs have no ``__init__.py``; one that has belongs to a package that does not share this one.
"""

from twisted.plugin import pluginPackagePaths

__path__.extend(pluginPackagePaths(__name__))
__all__: list[str] = []
