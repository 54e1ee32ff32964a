"""
Random bytes, for secrets and for lesser ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import getrandbits

__all__ = ["RandomFactory", "SecureRandomNotAvailable", "getrandbits", "insecureRandom", "secureRandom"]


class SecureRandomNotAvailable(RuntimeError):
    """The system has nothing that secrets may be made of."""


class SourceNotAvailable(RuntimeError):
    """One way to get random bytes does not work here."""


class RandomFactory:
    """
    Makes random bytes.

    Attributes:
        randomSources: Further secure sources: functions that take a number of bytes, or raise `SourceNotAvailable`.
            They are asked if the system has none.
        getrandbits: What gives so many random bits, as a number, where they need not be secret.
    """

    randomSources: tuple[Callable[[int], bytes], ...] = ()
    getrandbits: Callable[[int], int] | None = getrandbits

    def _from_system(self, nbytes: int) -> bytes:
        try:
            return os.urandom(nbytes)
        except (NotImplementedError, AttributeError) as reason:
            raise SourceNotAvailable(f"os.urandom does not work here: {reason}") from reason

    def secureRandom(self, nbytes: int, fallback: bool = False) -> bytes:
        """
        Give random bytes that nobody can guess.

        Args:
            nbytes: How many.
            fallback: Whether to warn and give guessable ones, where there are no others.

        Raises:
            SecureRandomNotAvailable: There are none, and *fallback* is false.
        """
        for source in (self._from_system, *self.randomSources):
            try:
                return source(nbytes)
            except SourceNotAvailable:
                continue
        if not fallback:
            raise SecureRandomNotAvailable("No secure random source available")
        import warnings

        warnings.warn(
            "urandom unavailable - proceeding with non-cryptographically secure random source",
            RuntimeWarning,
            stacklevel=2,
        )
        return self.insecureRandom(nbytes)

    def insecureRandom(self, nbytes: int) -> bytes:
        """Give random bytes that someone who has seen others may guess."""
        draw = self.getrandbits or getrandbits
        return draw(8 * nbytes).to_bytes(nbytes, "big") if nbytes else b""


_factory = RandomFactory()
secureRandom = _factory.secureRandom
insecureRandom = _factory.insecureRandom
