"""
The option ``--reactor``.
"""

from __future__ import annotations

import sys

from twisted.python.usage import UsageError


class ReactorSelectionMixin:
    """Options that choose a reactor."""

    messageOutput = sys.stdout

    def opt_help_reactors(self) -> None:
        """List the reactors that there are, and exit."""
        from twisted.application.reactors import getReactorTypes

        for kind in sorted(getReactorTypes(), key=lambda kind: str(kind.shortName)):
            self.messageOutput.write(f"    {kind.shortName:<4}\t{kind.description}\n")
        raise SystemExit(0)

    def opt_reactor(self, shortName: str) -> None:
        """The reactor to use (see --help-reactors)."""
        from twisted.application.reactors import NoSuchReactor, installReactor

        try:
            installReactor(shortName)
        except NoSuchReactor:
            raise UsageError(
                f"The specified reactor does not exist: {shortName!r}.\n"
                "See the list of available reactors with --help-reactors"
            ) from None
        except Exception as error:
            raise UsageError(
                f"The specified reactor cannot be used, failed with error: {error}.\n"
                "See the list of available reactors with --help-reactors"
            ) from error

    opt_r = opt_reactor
