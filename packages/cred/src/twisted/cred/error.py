"""
Why a login was refused.
"""

__all__ = ["LoginDenied", "LoginFailed", "Unauthorized", "UnauthorizedLogin", "UnhandledCredentials"]


class Unauthorized(Exception):
    """Something was asked for by somebody who may not have it."""


class LoginFailed(Exception):
    """A login did not succeed, whatever the reason."""


class UnauthorizedLogin(LoginFailed, Unauthorized):
    """The credentials are not good: no such user, or the wrong proof. Which of the two is deliberately not said."""


class UnhandledCredentials(LoginFailed):
    """No checker of the portal understands this kind of credentials."""


class LoginDenied(LoginFailed):
    """The realm knows who it is, and refuses all the same."""
