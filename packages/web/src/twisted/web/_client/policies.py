"""
How servers are trusted: what decides about TLS for https.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.web.iweb import IPolicyForHTTPS

if TYPE_CHECKING:
    from OpenSSL.SSL import Context

    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator


@implementer(IPolicyForHTTPS)
class BrowserLikePolicyForHTTPS:
    """
    Trust whom the platform trusts, and only under the name that was asked for.

    Args:
        trustRoot: Whom else to trust: provides `IOpenSSLTrustRoot`. `None` for the platform's authorities.
    """

    def __init__(self, trustRoot: Any = None) -> None:  # Any: whatever optionsForClientTLS takes.
        self._trustRoot = trustRoot

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """Give what makes TLS connections to a host."""
        from twisted.internet.ssl import optionsForClientTLS, platformTrust

        trust = platformTrust() if self._trustRoot is None else self._trustRoot
        creator: IOpenSSLClientConnectionCreator = optionsForClientTLS(hostname.decode("ascii"), trustRoot=trust)
        return creator


@implementer(IPolicyForHTTPS)
class HostnameCachingHTTPSPolicy:
    """
    Ask another policy once for each host, and remember what it said for those asked for last.

    Args:
        policyforHTTPS: The other.
        cacheSize: How many hosts are remembered.
    """

    def __init__(self, policyforHTTPS: IPolicyForHTTPS, cacheSize: int = 20) -> None:
        self._policyForHTTPS = policyforHTTPS
        self._cache: dict[bytes, IOpenSSLClientConnectionCreator] = {}
        self._cacheSize = cacheSize

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """Give what makes TLS connections to a host."""
        host = hostname.lower()
        creator = self._cache.pop(host, None)
        if creator is None:
            creator = self._policyForHTTPS.creatorForNetloc(hostname, port)
        # The one asked for last stands at the end.
        self._cache[host] = creator
        if len(self._cache) > self._cacheSize:
            del self._cache[next(iter(self._cache))]
        return creator


class WebClientContextFactory:
    """
    A policy of the oldest kind, which trusts everybody. Use `BrowserLikePolicyForHTTPS`.
    """

    def getContext(self, hostname: bytes, port: int) -> Context:
        """Give a context for a host."""
        from twisted.internet.ssl import CertificateOptions

        context: Context = CertificateOptions().getContext()
        return context


class _ContextFactoryWithContext:
    """Gives one context, however often it is asked."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def getContext(self) -> Context:
        """Give it."""
        return self._context


@implementer(IPolicyForHTTPS)
class _DeprecatedToCurrentPolicyForHTTPS:
    """
    A policy from an object with ``getContext(hostname, port)``.

    Args:
        webContextFactory: The object.
    """

    def __init__(self, webContextFactory: Any) -> None:
        self._webContextFactory = webContextFactory

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """Give what makes TLS connections to a host: an old context factory, here."""
        return _ContextFactoryWithContext(self._webContextFactory.getContext(hostname, port))


def policy_from(given: Any) -> IPolicyForHTTPS:
    """Take a policy, or what was one before there was an interface, and complain about the latter."""
    if IPolicyForHTTPS.providedBy(given):
        policy: IPolicyForHTTPS = given
        return policy
    import warnings

    warnings.warn(
        f"{given!r} was passed as the HTTPS policy for an Agent, but it does not provide IPolicyForHTTPS.  "
        "Since Twisted 14.0, you must pass a provider of IPolicyForHTTPS.",
        stacklevel=3,
        category=DeprecationWarning,
    )
    return _DeprecatedToCurrentPolicyForHTTPS(given)
