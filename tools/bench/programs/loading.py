"""Compiles a load generator of this folder when that is needed, and becomes it: ``loading.py NAME ARGUMENTS``."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tools.bench import environment

program = str(environment.binary(sys.argv[1]))
os.execv(program, [program, *sys.argv[2:]])
