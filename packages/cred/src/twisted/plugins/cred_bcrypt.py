"""
``--auth bcrypt:/etc/passwords``: names and bcrypt hashes in a text file.
"""

import os

from zope.interface import implementer

from twisted.cred.checkers import BcryptPasswordDB
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.plugin import IPlugin

__all__ = ["BcryptCheckerFactory", "bcryptCheckerFactoryHelp", "theBcryptCheckerFactory"]

bcryptCheckerFactoryHelp = """
The file has a line 'name:hash' for each user, as 'htpasswd -B' writes it.
A number behind the file's name, after a colon, is the cost that hashes should have (12 without it):
cheaper ones are made anew when their owner logs in.
"""


@implementer(ICheckerFactory, IPlugin)
class BcryptCheckerFactory:
    """Makes checkers that read a file of bcrypt hashes."""

    authType = "bcrypt"
    authHelp = bcryptCheckerFactoryHelp
    argStringFormat = "Location of a file of bcrypt hashes, optionally :cost"
    credentialInterfaces = (IUsernamePassword,)

    def generateChecker(self, argstring: str) -> BcryptPasswordDB:
        """
        Make a checker for the file named in *argstring*.

        Raises:
            InvalidAuthArgumentString: No such file, or the cost is no number from 4 to 31.
        """
        path, colon, cost = argstring.rpartition(":")
        if not colon or not cost.isdecimal():
            path, cost = argstring, "12"
        if not os.path.isfile(path):
            raise InvalidAuthArgumentString(f"{path!r} is not a file")
        if not 4 <= int(cost) <= 31:
            raise InvalidAuthArgumentString(f"the cost is a number from 4 to 31, not {cost}")
        return BcryptPasswordDB(path, rounds=int(cost))


theBcryptCheckerFactory = BcryptCheckerFactory()
