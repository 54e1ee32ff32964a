"""The options of ``twist`` that concern workers."""

from __future__ import annotations

import math
import os
from typing import Any

from twisted.python.usage import UsageError

DEFAULT_GRACE = 30.0


class WorkerOptions:
    """What an `Options` class takes up: two options, and what they are if nobody gives them."""

    worker_defaults = {"workers": 0, "gracefulTimeout": DEFAULT_GRACE}

    def opt_workers(self, value: str) -> None:
        """
        Run the service in so many processes, which share its sockets.
        """
        if os.name != "posix":
            raise UsageError("--workers needs a system whose processes can pass sockets to each other, as Unix does")
        number = int(value) if value.isascii() and value.isdigit() else 0
        if number < 1:
            raise UsageError(f"--workers takes a number from 1 up, not {value!r}")
        self._set("workers", number)

    def opt_graceful_timeout(self, value: str) -> None:
        """
        How many seconds a worker that is to leave may take to finish what runs. (default: 30)
        """
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 <= seconds < math.inf:
            raise UsageError(f"--graceful-timeout takes a number of seconds, not {value!r}")
        self._set("gracefulTimeout", seconds)

    def _set(self, name: str, value: object) -> None:
        options: Any = self  # Any: the dict that it is where it is mixed in
        options[name] = value
