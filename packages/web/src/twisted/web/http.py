"""
HTTP: requests, responses, and the connections that they come over.

Import everything from here. `_http1` understands HTTP/1 and does no I/O; `_http` has the requests, the channels they
come over and the factories that make those. What knows of sites and resources is in `twisted.web.server`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python._facade import publish
from twisted.web._codes import (
    ACCEPTED,
    BAD_GATEWAY,
    BAD_REQUEST,
    CONFLICT,
    CREATED,
    EXPECTATION_FAILED,
    FORBIDDEN,
    FOUND,
    GATEWAY_TIMEOUT,
    GONE,
    HTTP_VERSION_NOT_SUPPORTED,
    IM_A_TEAPOT,
    INSUFFICIENT_STORAGE_SPACE,
    INTERNAL_SERVER_ERROR,
    LENGTH_REQUIRED,
    MOVED_PERMANENTLY,
    MULTI_STATUS,
    MULTIPLE_CHOICE,
    NO_CONTENT,
    NON_AUTHORITATIVE_INFORMATION,
    NOT_ACCEPTABLE,
    NOT_ALLOWED,
    NOT_EXTENDED,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    NOT_MODIFIED,
    OK,
    PARTIAL_CONTENT,
    PAYMENT_REQUIRED,
    PERMANENT_REDIRECT,
    PRECONDITION_FAILED,
    PROXY_AUTH_REQUIRED,
    REQUEST_ENTITY_TOO_LARGE,
    REQUEST_TIMEOUT,
    REQUEST_URI_TOO_LONG,
    REQUESTED_RANGE_NOT_SATISFIABLE,
    RESET_CONTENT,
    RESPONSES,
    SEE_OTHER,
    SERVICE_UNAVAILABLE,
    SWITCHING,
    TEMPORARY_REDIRECT,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
    USE_PROXY,
)
from twisted.web._http.channels import HTTPChannel
from twisted.web._http.chunks import fromChunk, toChunk
from twisted.web._http.dates import (
    datetimeToLogString,
    datetimeToString,
    stringToDatetime,
    timegm,
)
from twisted.web._http.dates import (
    monthname as monthname,
)
from twisted.web._http.dates import (
    monthname_lower as monthname_lower,
)
from twisted.web._http.dates import (
    weekdayname as weekdayname,
)
from twisted.web._http.dates import (
    weekdayname_lower as weekdayname_lower,
)
from twisted.web._http.errors import PotentialDataLoss
from twisted.web._http.errors import _DataLoss as _DataLoss
from twisted.web._http.factories import HTTPFactory
from twisted.web._http.factories import _GenericHTTPChannelProtocol as _GenericHTTPChannelProtocol
from twisted.web._http.logs import (
    combinedLogFormatter as combinedLogFormatter,
)
from twisted.web._http.logs import (
    proxiedLogFormatter as proxiedLogFormatter,
)
from twisted.web._http.queries import parse_qs, parseContentRange, urlparse
from twisted.web._http.requests import Request
from twisted.web._http.responses import CACHED, NO_BODY_CODES

__all__ = [
    "ACCEPTED",
    "BAD_GATEWAY",
    "BAD_REQUEST",
    "CACHED",
    "CONFLICT",
    "CREATED",
    "EXPECTATION_FAILED",
    "FORBIDDEN",
    "FOUND",
    "GATEWAY_TIMEOUT",
    "GONE",
    "HTTP_VERSION_NOT_SUPPORTED",
    "IM_A_TEAPOT",
    "INSUFFICIENT_STORAGE_SPACE",
    "INTERNAL_SERVER_ERROR",
    "LENGTH_REQUIRED",
    "MOVED_PERMANENTLY",
    "MULTIPLE_CHOICE",
    "MULTI_STATUS",
    "NON_AUTHORITATIVE_INFORMATION",
    "NOT_ACCEPTABLE",
    "NOT_ALLOWED",
    "NOT_EXTENDED",
    "NOT_FOUND",
    "NOT_IMPLEMENTED",
    "NOT_MODIFIED",
    "NO_BODY_CODES",
    "NO_CONTENT",
    "OK",
    "PARTIAL_CONTENT",
    "PAYMENT_REQUIRED",
    "PERMANENT_REDIRECT",
    "PRECONDITION_FAILED",
    "PROXY_AUTH_REQUIRED",
    "REQUESTED_RANGE_NOT_SATISFIABLE",
    "REQUEST_ENTITY_TOO_LARGE",
    "REQUEST_TIMEOUT",
    "REQUEST_URI_TOO_LONG",
    "RESET_CONTENT",
    "RESPONSES",
    "SEE_OTHER",
    "SERVICE_UNAVAILABLE",
    "SWITCHING",
    "TEMPORARY_REDIRECT",
    "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE",
    "USE_PROXY",
    "HTTPChannel",
    "HTTPClient",
    "HTTPFactory",
    "PotentialDataLoss",
    "Request",
    "StringTransport",
    "datetimeToLogString",
    "datetimeToString",
    "fromChunk",
    "parseContentRange",
    "parse_qs",
    "stringToDatetime",
    "timegm",
    "toChunk",
    "urlparse",
]

#: RESPONSES, under another name that programs use.
responses = RESPONSES

protocol_version = "HTTP/1.1"

#: How many bytes the line before a chunk may have.
maxChunkSizeLineLength = 1024


if TYPE_CHECKING:
    from twisted.web._http.clients import HTTPClient, StringTransport

    H2_ENABLED: bool


def __getattr__(name: str) -> Any:  # Any: whatever that name stands for.
    # What few programs need is loaded when somebody asks for it.
    if name in ("HTTPClient", "StringTransport"):
        from twisted.web._http import clients

        value: Any = getattr(clients, name)
        value.__module__ = __name__
    elif name == "H2_ENABLED":
        value = _can_speak_http2()
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _can_speak_http2() -> bool:
    from importlib.util import find_spec

    return find_spec("h2") is not None


publish(
    __name__,
    [
        *(name for name in __all__ if name not in ("HTTPClient", "StringTransport")),
        "_DataLoss",
        "_GenericHTTPChannelProtocol",
        "combinedLogFormatter",
        "proxiedLogFormatter",
    ],
)
