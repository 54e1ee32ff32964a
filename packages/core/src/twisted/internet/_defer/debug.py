"""
What is known of a Deferred for the sake of its author: who made it, who fired it, and that nobody handled its error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class DebugInfo:
    """
    Reports a failure that nobody handled, when it is thrown away together with its Deferred.

    It is an object of its own, made when a Deferred first fails: a Deferred that succeeds pays nothing for it.

    Attributes:
        creator: Where the Deferred was made, as lines of a traceback; only with debugging on.
        invoker: Where it was fired, likewise.
        failResult: The failure, while nobody has handled it.
    """

    creator: list[str] | None = None
    invoker: list[str] | None = None
    failResult: Failure | None = None

    def _getDebugTracebacks(self) -> str:
        """Who made the Deferred and who fired it, as far as it is known."""
        told = ""
        for mark, title, lines in (
            ("C", "Deferred was created:", self.creator),
            ("I", "First Invoker was:", self.invoker),
        ):
            if lines is not None:
                told += f" {mark}: {title}\n"
                for line in "".join(lines).splitlines():
                    told += f" {mark}:{line}\n"
        return told

    def __del__(self) -> None:
        failure = self.failResult
        if failure is None:
            return
        try:
            from twisted.logger import Logger
        except ImportError:
            # The interpreter is shutting down, and nothing can be imported any more.
            if sys.__stderr__ is not None:
                sys.__stderr__.write(f"Unhandled error in Deferred: {failure.value!r}\n")
            return
        log = Logger("twisted.internet.defer")
        # Two events: the first says so in words, for those who read a log line by line.
        log.critical("Unhandled error in Deferred:", isError=True)
        told = self._getDebugTracebacks()
        log.failure("(debug: {debugInfo})" if told else "", failure, debugInfo=told)


def new_debug_info() -> DebugInfo:
    """
    What a Deferred remembers from now on.

    It is of the class that `twisted.internet.defer` has at the moment: who counts unhandled errors puts another there.
    """
    made: DebugInfo = getattr(sys.modules.get("twisted.internet.defer"), "DebugInfo", DebugInfo)()
    return made


def calling_frames() -> list[str]:
    """Where the caller's caller was called from, as lines of a traceback."""
    import traceback

    return traceback.format_stack()[:-2]
