"""
What goes wrong between a client and a server.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web._client.response import Response
    from twisted.web.http_headers import Headers


class ParseError(Exception):
    """
    What a server sent is no response.

    Args:
        reason: What is wrong with it.
        data: The offending part.
    """

    def __init__(self, reason: str, data: bytes) -> None:
        super().__init__(reason, data)
        self.data = data


class BadResponseVersion(ParseError):
    """A response's protocol is none that can be understood."""


class BadHeaders(Exception):
    """The header fields of a request cannot be sent: there has to be exactly one Host."""


class ExcessWrite(Exception):
    """A body's producer wrote after it had said that the body was complete, or had gone over its length."""


class WrongBodyLength(Exception):
    """A body's producer wrote more or less than the length it had promised."""


class ConnectionAborted(Exception):
    """The connection was ended with `HTTP11ClientProtocol.abort`."""


class RequestNotSent(Exception):
    """
    Nothing of a request was sent, because the connection cannot take it now.
    """


class ResponseDone(Exception):
    """The body of a response is complete: the reason that its receiver gets when all is well."""


class _WrapperException(Exception):
    """
    One or more reasons, as one exception.

    Attributes:
        reasons: A `Failure` for each.
    """

    def __init__(self, reasons: Sequence[Failure]) -> None:
        super().__init__(reasons)
        self.reasons = reasons


class RequestGenerationFailed(_WrapperException):
    """The body of a request could not be produced, or is not as long as its producer promised."""


class RequestTransmissionFailed(_WrapperException):
    """The connection ended before all of a request was sent."""


class ResponseFailed(_WrapperException):
    """
    There is no response, or not all of it.

    Attributes:
        response: What there is of it; `None` if its header fields did not arrive.
    """

    def __init__(self, reasons: Sequence[Failure], response: Response | None = None) -> None:
        super().__init__(reasons)
        self.response = response


class ResponseNeverReceived(ResponseFailed):
    """A request was sent, and the connection ended before anything of a response arrived."""


class RequestTimedOut(Exception):
    """
    A request and its response together took longer than they may: the reason in a `ResponseFailed`.

    Attributes:
        seconds: How long they were allowed to take.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"no complete response after {self.seconds} seconds"


class TunnelFailed(Exception):
    """
    A proxy did not make a tunnel to the origin (CONNECT, RFC 9110 section 9.3.6).

    Attributes:
        code: The status code it answered with.
        phrase: The reason phrase.
        headers: The header fields of its answer.
    """

    def __init__(self, code: int, phrase: bytes, headers: Headers) -> None:
        super().__init__(code, phrase)
        self.code = code
        self.phrase = phrase
        self.headers = headers

    def __str__(self) -> str:
        return f"the proxy refused the tunnel: {self.code} {self.phrase.decode('ascii', 'backslashreplace')}"


class DecompressionBomb(Exception):
    """
    A compressed body unpacks to more than is allowed.

    Attributes:
        received: How many bytes came.
        unpacked: How many they have made so far.
    """

    def __init__(self, received: int, unpacked: int) -> None:
        super().__init__(received, unpacked)
        self.received = received
        self.unpacked = unpacked

    def __str__(self) -> str:
        return f"{self.received} compressed bytes unpacked to more than {self.unpacked} bytes"


class PoolClosed(Exception):
    """A connection was waited for, and the pool was closed."""


class _MalformedChunkedDataError(Exception):
    """A body in chunks breaks the rules of RFC 9112 section 7.1."""
