"""
``--auth unix``: the accounts of the machine.
"""

from zope.interface import implementer

from twisted.cred._unix import UNIXChecker, verifyCryptedPassword
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

__all__ = [
    "UNIXChecker",
    "UNIXCheckerFactory",
    "theUnixCheckerFactory",
    "unixCheckerFactoryHelp",
    "verifyCryptedPassword",
]

unixCheckerFactoryHelp = """
Looks names and passwords up where this machine keeps its accounts.
The server has to be allowed to read the shadow file, which most often means that it runs as root.
"""

# They are this module's for whoever names them in a pickle or a configuration.
UNIXChecker.__module__ = verifyCryptedPassword.__module__ = __name__


@implementer(ICheckerFactory, IPlugin)
class UNIXCheckerFactory:
    """Makes checkers of the machine's accounts."""

    authType = "unix"
    authHelp = unixCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces = UNIXChecker.credentialInterfaces

    def generateChecker(self, argstring: str) -> UNIXChecker:
        """Make a checker; the argument is not looked at."""
        return UNIXChecker()


theUnixCheckerFactory = UNIXCheckerFactory()
