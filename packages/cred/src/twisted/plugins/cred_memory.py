"""
``--auth memory:alice:secret``: names and passwords on the command line.
"""

from zope.interface import implementer

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import IUsernameHashedPassword, IUsernamePassword
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.plugin import IPlugin

__all__ = ["InMemoryCheckerFactory", "inMemoryCheckerFactoryHelp", "theInMemoryCheckerFactory"]

inMemoryCheckerFactoryHelp = """
Names and passwords are given on the command line, where everybody on the machine can read them.
For tests and first steps, not for a server that others use.
"""


@implementer(ICheckerFactory, IPlugin)
class InMemoryCheckerFactory:
    """Makes checkers from names and passwords in turn."""

    authType = "memory"
    authHelp = inMemoryCheckerFactoryHelp
    argStringFormat = "A colon-separated list (name:password:...)"
    credentialInterfaces = (IUsernamePassword, IUsernameHashedPassword)

    def generateChecker(self, argstring: str) -> InMemoryUsernamePasswordDatabaseDontUse:
        """
        Make a checker that knows the users in *argstring*.

        Raises:
            InvalidAuthArgumentString: A name has no password.
        """
        words = argstring.split(":") if argstring else []
        if len(words) % 2:
            raise InvalidAuthArgumentString("argstring must be in format U:P:...")
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        for name, password in zip(words[::2], words[1::2], strict=True):
            # Text, as it was typed: the checker compares it with the bytes that protocols show.
            checker.addUser(name, password)  # type: ignore[arg-type]
        return checker


theInMemoryCheckerFactory = InMemoryCheckerFactory()
