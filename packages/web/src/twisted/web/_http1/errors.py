"""
What is wrong with a message.
"""

from __future__ import annotations


class Refused(Exception):
    """
    What came is no request, or none that is answered otherwise than with an error.

    Attributes:
        status: The status code to answer with.
        why: What was wrong, for a log.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why

    def __str__(self) -> str:
        return f"{self.why} ({self.status})"
