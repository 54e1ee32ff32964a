"""
Resources whose answers come from programs.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.python.filepath import FilePath
from twisted.web._twcgi.processes import CGIProcessProtocol
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.script import inside

# `Proxy` would become HTTP_PROXY, which programs take for a setting of theirs; what a client logs in with is not
# the program's business (RFC 3875 section 4.1.18).
_LEFT_OUT = frozenset(
    (b"Content-Type", b"Content-Length", b"Transfer-Encoding", b"Proxy", b"Authorization", b"Proxy-Authorization")
)


class CGIDirectory(Resource, FilePath[str]):  # type: ignore[misc]  # `children` is a method of the one, a dict of the other
    """
    A folder of programs: each is found under its name.

    Args:
        pathname: The folder.
    """

    def __init__(self, pathname: str) -> None:
        Resource.__init__(self)
        FilePath.__init__(self, pathname)

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """Give the program of that name."""
        file = inside(self.path, path)
        if file is None or not os.path.exists(file):
            return notFound()
        if os.path.isdir(file):
            return CGIDirectory(file)
        return CGIScript(file)

    def render(self, request: Any) -> Any:
        """There is nothing to see of the folder itself."""
        return notFound(message="CGI directories do not support directory listing.").render(request)


class CGIScript(Resource):
    """
    A program that answers requests. It is started for each.

    Args:
        filename: The program.
        registry: As processors have it.
        reactor: Starts it.

    Attributes:
        timeOut: How long it may write nothing, in seconds, before it is ended; `None` for ever.
    """

    isLeaf = 1
    timeOut: float | None = 300

    def __init__(self, filename: str, registry: Any = None, reactor: Any = None) -> None:
        super().__init__()
        self.filename = filename
        self._given_reactor = reactor

    @property
    def _reactor(self) -> Any:
        if self._given_reactor is None:
            from twisted.internet import reactor

            return reactor
        return self._given_reactor

    def render(self, request: Any) -> Any:
        """Start the program."""
        from twisted.web.server import NOT_DONE_YET, version

        script = b"/" + b"/".join(request.prepath)
        query: bytes = request.uri.partition(b"?")[2]
        env: dict[str, Any] = {
            "SERVER_SOFTWARE": version,
            "SERVER_NAME": request.getRequestHostname(),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": request.clientproto,
            "SERVER_PORT": str(getattr(request.getHost(), "port", "")),
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": script,
            "SCRIPT_FILENAME": self.filename,
            "REQUEST_URI": request.uri,
            "QUERY_STRING": query,
            "REMOTE_ADDR": str(getattr(request.getClientAddress(), "host", "") or ""),
        }
        if request.postpath:
            env["PATH_INFO"] = b"/" + b"/".join(request.postpath)
        if request.isSecure():
            env["HTTPS"] = "on"
        kind = request.getHeader(b"content-type")
        if kind is not None:
            env["CONTENT_TYPE"] = kind
        length = request.getHeader(b"content-length")
        if length is not None:
            env["CONTENT_LENGTH"] = length
        elif request.requestHeaders.hasHeader(b"transfer-encoding"):
            # By now it is known, and the program is told of no other way to find the end.
            env["CONTENT_LENGTH"] = str(request.content.seek(0, os.SEEK_END))
        for name, values in request.requestHeaders.getAllRawHeaders():
            if name in _LEFT_OUT or b"_" in name:
                continue
            joint = b"; " if name == b"Cookie" else b", "
            env["HTTP_" + name.decode("ascii").upper().replace("-", "_")] = joint.join(values)
        # Words, if the query is no form (RFC 3875 section 4.4).
        words = []
        if query and b"=" not in query:
            words = [os.fsdecode(unquote_to_bytes(word)) for word in query.split(b"+")]
            # What begins with a hyphen would be an option of the program.
            if any(word.startswith("-") or "\0" in word for word in words):
                words = []
        self.runProcess({name: _clean(value) for name, value in env.items()}, request, words)
        return NOT_DONE_YET

    def runProcess(self, env: dict[str, Any], request: Any, qargs: list[Any] = []) -> None:  # noqa: B006
        """
        Start the program.

        Args:
            env: What it is told of the request; what this process itself was told is there for it too.
            request: The request.
            qargs: Its arguments.
        """
        self._start([self.filename, *qargs], env, request)

    def _start(self, command: list[Any], env: dict[str, Any], request: Any) -> None:
        protocol = CGIProcessProtocol(request)
        protocol._clock, protocol._patience = self._reactor, self.timeOut
        self._reactor.spawnProcess(
            protocol,
            command[0],
            command,
            {**os.environ, **env},
            os.path.dirname(self.filename) or None,
        )


def _clean(value: Any) -> Any:
    """Make something fit for an environment variable."""
    return value.replace(b"\0", b"") if isinstance(value, bytes) else value


class FilteredScript(CGIScript):
    """
    A script that another program interprets.

    Attributes:
        filter: That program.
    """

    filter = "/usr/bin/cat"

    def runProcess(self, env: dict[str, Any], request: Any, qargs: list[Any] = []) -> None:  # noqa: B006
        """
        Start the program that interprets the script.

        Args:
            env: What it is told of the request.
            request: The request.
            qargs: Its arguments, behind the script.
        """
        self._start([self.filter, self.filename, *qargs], env, request)
