"""
How commands end: with a status from sysexits(3) and a sentence, or by the signal that stopped them.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

EX_OK = 0
EX_FAILED = 1
EX_USAGE = 64
EX_IOERR = 74
EX_CONFIG = 78


def leave(status: int, message: str = "") -> NoReturn:
    """End the program. The message goes to standard output if all is well, else to standard error."""
    if message:
        stream = sys.stderr if status else sys.stdout
        stream.write(message if message.endswith("\n") else message + "\n")
        stream.flush()
    raise SystemExit(status)


def end_by_signal(number: int) -> None:
    """
    End the process by a signal, as if it had never been handled: whoever waits for us sees what happened.
    """
    signal.signal(number, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    os.kill(os.getpid(), number)
