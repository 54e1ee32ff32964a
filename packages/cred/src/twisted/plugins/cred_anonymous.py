"""
``--auth anonymous``: everybody may come in.
"""

from zope.interface import implementer

from twisted.cred.checkers import AllowAnonymousAccess
from twisted.cred.credentials import IAnonymous
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

__all__ = ["AnonymousCheckerFactory", "anonymousCheckerFactoryHelp", "theAnonymousCheckerFactory"]

anonymousCheckerFactoryHelp = """
Lets in whoever does not say who it is, where the server has something for such guests.
"""


@implementer(ICheckerFactory, IPlugin)
class AnonymousCheckerFactory:
    """Makes checkers that let everybody in."""

    authType = "anonymous"
    authHelp = anonymousCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces = (IAnonymous,)

    def generateChecker(self, argstring: str = "") -> AllowAnonymousAccess:
        """Make a checker; the argument is not looked at."""
        return AllowAnonymousAccess()


theAnonymousCheckerFactory = AnonymousCheckerFactory()
