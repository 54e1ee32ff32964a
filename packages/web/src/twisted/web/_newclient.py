"""
The protocol side of `twisted.web.client`, under the name by which programs know it.
"""

from twisted.python._facade import publish
from twisted.web._client.compatible import BODY as BODY
from twisted.web._client.compatible import DONE as DONE
from twisted.web._client.compatible import HEADER as HEADER
from twisted.web._client.compatible import STATUS as STATUS
from twisted.web._client.compatible import HTTPClientParser as HTTPClientParser
from twisted.web._client.compatible import HTTPParser as HTTPParser
from twisted.web._client.connection import HTTP11ClientProtocol as HTTP11ClientProtocol
from twisted.web._client.errors import BadHeaders as BadHeaders
from twisted.web._client.errors import BadResponseVersion as BadResponseVersion
from twisted.web._client.errors import ConnectionAborted as ConnectionAborted
from twisted.web._client.errors import ExcessWrite as ExcessWrite
from twisted.web._client.errors import ParseError as ParseError
from twisted.web._client.errors import RequestGenerationFailed as RequestGenerationFailed
from twisted.web._client.errors import RequestNotSent as RequestNotSent
from twisted.web._client.errors import RequestTransmissionFailed as RequestTransmissionFailed
from twisted.web._client.errors import ResponseDone as ResponseDone
from twisted.web._client.errors import ResponseFailed as ResponseFailed
from twisted.web._client.errors import ResponseNeverReceived as ResponseNeverReceived
from twisted.web._client.errors import WrongBodyLength as WrongBodyLength
from twisted.web._client.errors import _WrapperException as _WrapperException
from twisted.web._client.response import Response as Response
from twisted.web._client.response import TransportProxyProducer as TransportProxyProducer
from twisted.web._client.writing import ChunkedEncoder as ChunkedEncoder
from twisted.web._client.writing import LengthEnforcingConsumer as LengthEnforcingConsumer
from twisted.web._client.writing import Request as Request
from twisted.web.iweb import UNKNOWN_LENGTH as UNKNOWN_LENGTH

publish(
    __name__,
    [
        "BadHeaders",
        "BadResponseVersion",
        "ChunkedEncoder",
        "ConnectionAborted",
        "ExcessWrite",
        "HTTP11ClientProtocol",
        "HTTPClientParser",
        "HTTPParser",
        "LengthEnforcingConsumer",
        "ParseError",
        "Request",
        "RequestNotSent",
        "TransportProxyProducer",
        "WrongBodyLength",
    ],
)
