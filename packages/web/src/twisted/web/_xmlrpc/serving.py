"""
Procedures for others to call.
"""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.reflect import prefixedMethodNames
from twisted.web.resource import Resource

_log = Logger("twisted.web.xmlrpc")
_F = TypeVar("_F", bound=Callable[..., Any])

# Codes of faults.
NOT_FOUND = 8001
FAILURE = 8002


def withRequest(f: _F) -> _F:
    """Have a procedure be called with the request before its arguments. Used as a decorator."""
    # A function takes any attribute; the type checker cannot know it.
    f.withRequest = True  # type: ignore[attr-defined]
    return f


class NoSuchFunction(xmlrpc.client.Fault):
    """There is no such procedure."""


class Handler:
    """
    A call that is answered later: its `result` is a Deferred.

    Args:
        resource: The `XMLRPC` that was called.
        args: Handed to `run`.
    """

    def __init__(self, resource: XMLRPC, *args: Any) -> None:
        self.resource = resource
        self.result: Deferred[Any] = Deferred()
        self.run(*args)

    def run(self, *args: Any) -> None:
        """Override me: do the work, and fire `result`."""
        self.result.errback(Failure(NotImplementedError(f"Implement run() in {type(self).__name__}")))


class XMLRPC(Resource):
    """
    A resource whose methods can be called.

    The method ``xmlrpc_NAME`` is the procedure ``NAME``. It returns what is to be the answer, or a Deferred or a
    coroutine that comes to it. It may have attributes ``help`` and ``signature``, see `addIntrospection`.

    Args:
        allowNone: Whether `None` can be sent, which not all others understand.
        useDateTime: Whether times come as `datetime.datetime`.

    Attributes:
        separator: What stands between the name of a sub-handler and that of a procedure.
        subHandlers: Other resources of this kind, by their names.
    """

    NOT_FOUND = NOT_FOUND
    FAILURE = FAILURE

    isLeaf = 1
    separator = "."
    allowedMethods = (b"POST",)

    def __init__(self, allowNone: bool = False, useDateTime: bool = False) -> None:
        super().__init__()
        self.subHandlers: dict[str, Any] = {}
        self.allowNone = allowNone
        self.useDateTime = useDateTime

    def putSubHandler(self, prefix: str, handler: Any) -> None:
        """Have the procedures of another `XMLRPC` called by ``prefix.NAME``."""
        self.subHandlers[prefix] = handler

    def getSubHandler(self, prefix: str) -> Any:
        """Give the `XMLRPC` of that name, or `None`."""
        return self.subHandlers.get(prefix, None)

    def getSubHandlerPrefixes(self) -> list[str]:
        """Give the names of all of them."""
        return list(self.subHandlers.keys())

    def render_POST(self, request: Any) -> Any:
        """Answer a call."""
        from twisted.web.server import NOT_DONE_YET

        request.content.seek(0, 0)
        request.setHeader(b"content-type", b"text/xml; charset=utf-8")
        try:
            args, name = xmlrpc.client.loads(request.content.read(), use_datetime=self.useDateTime)
        except Exception as error:
            # The parser fails in many ways, ValueError and KeyError among them.
            self._answer(xmlrpc.client.Fault(self.FAILURE, f"Can't deserialize input: {error}"), request)
            return NOT_DONE_YET
        try:
            function = self.lookupProcedure(name or "")
        except xmlrpc.client.Fault as fault:
            self._answer(fault, request)
            return NOT_DONE_YET
        # What the client has gone from is not answered any more.
        gone: list[Failure] = []
        if getattr(function, "withRequest", False):
            args = (request, *args)
        running: Deferred[Any] = maybeDeferred(function, *args)

        def lost(reason: Failure) -> None:
            gone.append(reason)
            running.cancel()

        request.notifyFinish().addErrback(lost)
        running.addCallback(lambda result: result.result if isinstance(result, Handler) else result)
        running.addErrback(self._as_fault, gone)
        running.addCallback(lambda result: None if gone else self._answer(result, request))
        return NOT_DONE_YET

    def _as_fault(self, reason: Failure, gone: list[Failure]) -> xmlrpc.client.Fault:
        if isinstance(reason.value, xmlrpc.client.Fault):
            return reason.value
        if not gone:
            _log.failure("", failure=reason)
        return xmlrpc.client.Fault(self.FAILURE, "error")

    def _answer(self, result: Any, request: Any) -> None:
        try:
            answer = result if isinstance(result, xmlrpc.client.Fault) else (result,)
            text = xmlrpc.client.dumps(answer, methodresponse=True, allow_none=self.allowNone)
        except Exception as error:
            # Whatever a procedure gave: its own methods may be asked, and raise anything.
            fault = xmlrpc.client.Fault(self.FAILURE, f"Can't serialize output: {error}")
            text = xmlrpc.client.dumps(fault)
        body = text.encode("utf-8", "replace")
        request.setHeader(b"content-length", b"%d" % len(body))
        request.write(body)
        request.finish()

    def lookupProcedure(self, procedurePath: str) -> Callable[..., Any]:
        """
        Give the function that a name stands for.

        Raises:
            NoSuchFunction: There is none.
        """
        if self.separator in procedurePath:
            prefix, _, rest = procedurePath.partition(self.separator)
            handler = self.getSubHandler(prefix)
            if handler is None:
                raise NoSuchFunction(self.NOT_FOUND, f"no such subHandler {prefix}")
            found: Callable[..., Any] = handler.lookupProcedure(rest)
            return found
        function = getattr(self, f"xmlrpc_{procedurePath}", None)
        if not function:
            raise NoSuchFunction(self.NOT_FOUND, f"procedure {procedurePath} not found")
        if not callable(function):
            raise NoSuchFunction(self.NOT_FOUND, f"procedure {procedurePath} not callable")
        return function  # type: ignore[no-any-return]  # it can be called

    def listProcedures(self) -> list[str]:
        """Give the names of the procedures of this resource itself."""
        return list(prefixedMethodNames(type(self), "xmlrpc_"))


class XMLRPCIntrospection(XMLRPC):
    """
    Procedures that tell of procedures: ``system.listMethods`` and so on.

    Args:
        parent: Whose procedures.
    """

    def __init__(self, parent: XMLRPC) -> None:
        super().__init__()
        self._xmlrpc_parent = parent

    def xmlrpc_listMethods(self) -> list[str]:
        """Return a list of the method names implemented by this server."""
        names: list[str] = []
        waiting: list[tuple[XMLRPC, str]] = [(self._xmlrpc_parent, "")]
        while waiting:
            handler, prefix = waiting.pop(0)
            names += [prefix + name for name in handler.listProcedures()]
            waiting += [
                (handler.getSubHandler(name), prefix + name + handler.separator)
                for name in handler.getSubHandlerPrefixes()
            ]
        return names

    xmlrpc_listMethods.signature = [["array"]]  # type: ignore[attr-defined]

    def xmlrpc_methodHelp(self, method: str) -> str:
        """Return a documentation string describing the use of the given method."""
        found = self._xmlrpc_parent.lookupProcedure(method)
        return getattr(found, "help", None) or getattr(found, "__doc__", None) or ""

    xmlrpc_methodHelp.signature = [["string", "string"]]  # type: ignore[attr-defined]

    def xmlrpc_methodSignature(self, method: str) -> Any:
        """Return a list of type signatures: each has the type of what is returned, and those of the arguments."""
        found = self._xmlrpc_parent.lookupProcedure(method)
        return getattr(found, "signature", None) or ""

    xmlrpc_methodSignature.signature = [["array", "string"], ["string", "string"]]  # type: ignore[attr-defined]


def addIntrospection(xmlrpc: XMLRPC) -> None:
    """
    Let others ask which procedures there are.

    A procedure's ``help``, or else its docstring, is what ``system.methodHelp`` answers; its ``signature`` (a list of
    lists, of the name of the type that is returned and of those of its arguments) is what ``system.methodSignature``
    does.
    """
    xmlrpc.putSubHandler("system", XMLRPCIntrospection(xmlrpc))
