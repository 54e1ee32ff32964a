"""The older kind of factories, which give a context and leave the rest to it."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any

from zope.interface import implementer

from twisted.internet._tls.library import SSL
from twisted.internet.interfaces import IOpenSSLContextFactory

_FileName = str | PathLike[str]


@implementer(IOpenSSLContextFactory)
class ContextFactory:
    """A factory of contexts, for a server; override `getContext`."""

    isClient = 0

    def getContext(self) -> SSL.Context:
        """Override me: give a context."""
        raise NotImplementedError(f"{type(self).__name__} must override getContext")


class DefaultOpenSSLContextFactory(ContextFactory):
    """
    A server's context from two files. It asks no client for a certificate.

    Args:
        privateKeyFileName: A PEM file with the private key.
        certificateFileName: A PEM file with the certificate.
        sslmethod: The OpenSSL method.
        _contextFactory: Makes a context of a method.

    Raises:
        OpenSSL.SSL.Error: A file cannot be read, or the two do not belong together.
    """

    _context: SSL.Context | None = None

    def __init__(
        self,
        privateKeyFileName: _FileName,
        certificateFileName: _FileName,
        sslmethod: int = SSL.TLS_METHOD,
        _contextFactory: Callable[[int], Any] = SSL.Context,
    ) -> None:
        self.privateKeyFileName = privateKeyFileName
        self.certificateFileName = certificateFileName
        self.sslmethod = sslmethod
        self._contextFactory = _contextFactory
        # What is wrong with the files is to be found out now.
        self.cacheContext()

    def cacheContext(self) -> None:
        """Read the files, if that has not been done."""
        if self._context is None:
            context = self._contextFactory(self.sslmethod)
            context.set_options(SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3 | SSL.OP_NO_TLSv1 | SSL.OP_NO_TLSv1_1)
            context.use_certificate_file(self.certificateFileName)
            context.use_privatekey_file(self.privateKeyFileName)
            self._context = context

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        # A context belongs to its process.
        state.pop("_context", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state

    def getContext(self) -> SSL.Context:
        """Give the context: always the same."""
        self.cacheContext()
        assert self._context is not None
        return self._context


@implementer(IOpenSSLContextFactory)
class ClientContextFactory:
    """
    A client's context that believes anybody. Whom it speaks to is not verified: see `optionsForClientTLS`.

    Attributes:
        method: The OpenSSL method.
    """

    isClient = 1
    method = SSL.TLS_METHOD
    _contextFactory: Callable[[int], Any] = SSL.Context

    def getContext(self) -> SSL.Context:
        """Make a context."""
        context: SSL.Context = type(self)._contextFactory(self.method)
        context.set_options(SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3 | SSL.OP_NO_TLSv1 | SSL.OP_NO_TLSv1_1)
        return context
