"""
The process's default reactor. Importing this module chooses and installs one, if none was installed before.

Afterwards the module's entry in `sys.modules` is the reactor itself.
"""

import sys

del sys.modules["twisted.internet.reactor"]
from twisted.internet import default  # noqa: E402  (the entry has to be free first)

default.install()
