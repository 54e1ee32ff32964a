"""The names that programs import, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from twisted.web import _newclient, client


def test_the_door_has_what_is_promised() -> None:
    promised = """
        URI Agent BrowserLikePolicyForHTTPS BrowserLikeRedirectAgent ContentDecoderAgent CookieAgent DecompressionBomb
        FileBodyProducer GzipDecoder HTTPConnectionPool HostnameCachingHTTPSPolicy PartialDownloadError ProxyAgent
        RedirectAgent RequestGenerationFailed RequestTimedOut RequestTransmissionFailed Response ResponseDone
        ResponseFailed ResponseLimits ResponseNeverReceived TunnelEndpoint TunnelFailed WebClientContextFactory readBody
        urlunparse
    """

    assert set(client.__all__) == set(promised.split())


@pytest.mark.parametrize(
    "name", ["Agent", "HTTPConnectionPool", "ResponseFailed", "ResponseDone", "URI", "readBody", "_HTTP11ClientFactory"]
)
def test_names_say_where_they_are_found(name: str) -> None:
    assert getattr(client, name).__module__ == "twisted.web.client"


OLD_NAMES = """
    BadHeaders BadResponseVersion ChunkedEncoder ConnectionAborted ExcessWrite HTTP11ClientProtocol HTTPClientParser
    HTTPParser LengthEnforcingConsumer ParseError Request RequestGenerationFailed RequestNotSent
    RequestTransmissionFailed Response ResponseDone ResponseFailed ResponseNeverReceived TransportProxyProducer
    WrongBodyLength STATUS HEADER BODY DONE UNKNOWN_LENGTH
"""


@pytest.mark.parametrize("name", OLD_NAMES.split())
def test_the_old_names_of_the_protocol_are_there(name: str) -> None:
    value = getattr(_newclient, name)

    assert isinstance(value, str) or value.__module__ in ("twisted.web._newclient", "twisted.web.client")
    assert getattr(client, name, value) is value


def test_importing_the_client_loads_nothing_that_it_may_not_need() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, twisted.web.client; print(*sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()

    costly = "asyncio ssl OpenSSL cryptography urllib.parse email http.cookiejar zlib json logging twisted.web.http"
    assert not set(costly.split()) & set(listed)
