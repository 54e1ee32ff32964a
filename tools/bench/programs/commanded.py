"""Run a command inside this interpreter: ``commanded.py MODULE FUNCTION WORD...``, the words being the command line."""

import sys
from importlib import import_module
from operator import attrgetter

_, module, function, *words = sys.argv
sys.argv[:] = words
try:
    attrgetter(function)(import_module(module))(words)
except SystemExit as end:
    # Help is printed and the program ends: that is no failure.
    assert not end.code, end.code
