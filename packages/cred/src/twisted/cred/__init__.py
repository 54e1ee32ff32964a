"""
Who may come in, and as what.

A `twisted.cred.portal.Portal` stands between a protocol and an application. The protocol hands it credentials
(`twisted.cred.credentials`), checkers (`twisted.cred.checkers`) turn them into an avatar's name, and the application's
realm turns the name into the avatar.
"""
