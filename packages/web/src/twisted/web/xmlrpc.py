"""
XML-RPC, both sides of it.
"""

import xmlrpc.client as _xmlrpc

from twisted.python._facade import publish
from twisted.web._xmlrpc.calling import Proxy, QueryFactory, QueryProtocol, payloadTemplate
from twisted.web._xmlrpc.serving import (
    FAILURE,
    NOT_FOUND,
    XMLRPC,
    Handler,
    NoSuchFunction,
    XMLRPCIntrospection,
    addIntrospection,
    withRequest,
)

__all__ = [
    "FAILURE",
    "NOT_FOUND",
    "XMLRPC",
    "Binary",
    "Boolean",
    "DateTime",
    "Fault",
    "Handler",
    "NoSuchFunction",
    "Proxy",
    "QueryFactory",
    "QueryProtocol",
    "XMLRPCIntrospection",
    "addIntrospection",
    "payloadTemplate",
    "withRequest",
]

Fault = _xmlrpc.Fault
Binary = _xmlrpc.Binary
DateTime = _xmlrpc.DateTime
Boolean = bool

publish(__name__, __all__)
