"""Import what the command line names."""

import sys
from importlib import import_module

for name in sys.argv[1:]:
    import_module(name)
