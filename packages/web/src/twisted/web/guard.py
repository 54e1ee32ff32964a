"""
HTTP authentication: who may ask for what (RFC 7617, RFC 7616).

`HTTPAuthSessionWrapper` asks each client who it is, and a portal of `twisted.cred` for the resources it may have.
"""

from twisted.python._facade import publish
from twisted.web._guard.schemes import BasicCredentialFactory, DigestCredentialFactory
from twisted.web._guard.wrapping import HTTPAuthSessionWrapper

__all__ = ["BasicCredentialFactory", "DigestCredentialFactory", "HTTPAuthSessionWrapper"]
publish(__name__, __all__)
