"""
An HTTP client.

`Agent` sends requests; `readBody` collects what comes; `HTTPConnectionPool` keeps connections. What an agent does not
do, another one does around it: `RedirectAgent` follows redirections, `CookieAgent` keeps cookies,
`ContentDecoderAgent` unpacks bodies. `ProxyAgent` goes by way of a proxy.

`_client.parsing` reads responses and `_client.writing` writes requests, without a network; `_client.connection` is the
protocol of one connection, and `_client.pool` keeps them.
"""

from twisted.python._facade import publish
from twisted.python.compat import nativeString as nativeString
from twisted.python.compat import networkString as networkString
from twisted.web._client.agents import Agent
from twisted.web._client.agents import _AgentBase as _AgentBase
from twisted.web._client.agents import _StandardEndpointFactory as _StandardEndpointFactory
from twisted.web._client.bodies import FileBodyProducer, PartialDownloadError, readBody
from twisted.web._client.bodies import _ReadBodyProtocol as _ReadBodyProtocol
from twisted.web._client.connection import HTTP11ClientProtocol as HTTP11ClientProtocol
from twisted.web._client.cookies import CookieAgent
from twisted.web._client.decoding import ContentDecoderAgent, GzipDecoder
from twisted.web._client.decoding import _GzipProtocol as _GzipProtocol
from twisted.web._client.errors import (
    DecompressionBomb,
    RequestGenerationFailed,
    RequestTimedOut,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    TunnelFailed,
)
from twisted.web._client.errors import RequestNotSent as RequestNotSent
from twisted.web._client.errors import _MalformedChunkedDataError as _MalformedChunkedDataError
from twisted.web._client.parsing import ResponseLimits
from twisted.web._client.policies import (
    BrowserLikePolicyForHTTPS,
    HostnameCachingHTTPSPolicy,
    WebClientContextFactory,
)
from twisted.web._client.pool import HTTPConnectionPool
from twisted.web._client.pool import _HTTP11ClientFactory as _HTTP11ClientFactory
from twisted.web._client.pool import _RetryingHTTP11ClientProtocol as _RetryingHTTP11ClientProtocol
from twisted.web._client.proxies import ProxyAgent, TunnelEndpoint
from twisted.web._client.redirects import BrowserLikeRedirectAgent, RedirectAgent
from twisted.web._client.response import Response
from twisted.web._client.uri import URI, urlunparse
from twisted.web._client.writing import Request as Request
from twisted.web._http.errors import PotentialDataLoss as PotentialDataLoss
from twisted.web.error import SchemeNotSupported as SchemeNotSupported
from twisted.web.http_headers import Headers as Headers
from twisted.web.iweb import UNKNOWN_LENGTH as UNKNOWN_LENGTH
from twisted.web.iweb import IAgent as IAgent
from twisted.web.iweb import IAgentEndpointFactory as IAgentEndpointFactory
from twisted.web.iweb import IBodyProducer as IBodyProducer
from twisted.web.iweb import IPolicyForHTTPS as IPolicyForHTTPS
from twisted.web.iweb import IResponse as IResponse

__all__ = [
    "URI",
    "Agent",
    "BrowserLikePolicyForHTTPS",
    "BrowserLikeRedirectAgent",
    "ContentDecoderAgent",
    "CookieAgent",
    "DecompressionBomb",
    "FileBodyProducer",
    "GzipDecoder",
    "HTTPConnectionPool",
    "HostnameCachingHTTPSPolicy",
    "PartialDownloadError",
    "ProxyAgent",
    "RedirectAgent",
    "RequestGenerationFailed",
    "RequestTimedOut",
    "RequestTransmissionFailed",
    "Response",
    "ResponseDone",
    "ResponseFailed",
    "ResponseLimits",
    "ResponseNeverReceived",
    "TunnelEndpoint",
    "TunnelFailed",
    "WebClientContextFactory",
    "readBody",
    "urlunparse",
]
publish(
    __name__,
    [
        *__all__,
        "_AgentBase",
        "_GzipProtocol",
        "_HTTP11ClientFactory",
        "_MalformedChunkedDataError",
        "_ReadBodyProtocol",
        "_RetryingHTTP11ClientProtocol",
        "_StandardEndpointFactory",
    ],
)
