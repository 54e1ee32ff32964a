"""
``--auth file:/etc/passwords``: names and passwords in a text file.
"""

import os
import sys

from zope.interface import implementer

from twisted.cred.checkers import FilePasswordDB
from twisted.cred.credentials import IUsernameHashedPassword, IUsernamePassword
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

__all__ = ["FileCheckerFactory", "fileCheckerFactoryHelp", "invalidFileWarning", "theFileCheckerFactory"]

fileCheckerFactoryHelp = """
The file has a line 'name:password' for each user, the password in clear: see that only the server may read it.
"""

invalidFileWarning = "Warning: not a valid file"


@implementer(ICheckerFactory, IPlugin)
class FileCheckerFactory:
    """Makes checkers that read a `FilePasswordDB` file."""

    authType = "file"
    authHelp = fileCheckerFactoryHelp
    argStringFormat = "Location of a FilePasswordDB-formatted file."
    credentialInterfaces = (IUsernamePassword, IUsernameHashedPassword)

    # Where the warning of a file that is not there (yet) is written.
    errorOutput = sys.stderr

    def generateChecker(self, argstring: str) -> FilePasswordDB:
        """
        Make a checker for the file named *argstring*.

        Raises:
            ValueError: No file is named.
        """
        if not argstring.strip():
            raise ValueError(f"{self.authType!r} requires a filename")
        if not os.path.isfile(argstring):
            self.errorOutput.write(f"{invalidFileWarning}: {argstring}\n")
        return FilePasswordDB(argstring)


theFileCheckerFactory = FileCheckerFactory()
