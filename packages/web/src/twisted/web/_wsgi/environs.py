"""
What an application is told of a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from twisted.logger import Logger

_log = Logger("twisted.web.wsgi")

# These have names of their own. `Proxy` would become HTTP_PROXY, which programs take for a setting of theirs.
_LEFT_OUT = frozenset((b"Content-Type", b"Content-Length", b"Proxy"))


class Errors:
    """
    Where an application writes about its errors: to the log, line by line.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self._begun = ""

    def write(self, text: str) -> int:
        """Write text; whole lines are logged."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}: {text!r}")
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line:
                _log.error("{line}", line=line, system="wsgi", isError=True)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Log what has no end of line yet."""
        if self._begun:
            self.write("\n")


class Input:
    """
    Where an application reads a request's body.

    Args:
        content: A file with the body.
    """

    def __init__(self, content: Any) -> None:
        self._content = content

    def read(self, size: int | None = None) -> bytes:
        """Read up to *size* bytes, or all that are left."""
        data: bytes = self._content.read(-1 if size is None else size)
        return data

    def readline(self, size: int | None = None) -> bytes:
        """Read a line, or up to *size* bytes of it."""
        line: bytes = self._content.readline(-1 if size is None else size)
        return line

    def readlines(self, size: int | None = None) -> list[bytes]:
        """Read lines: all that are left, or as many as make *size* bytes or more."""
        lines: list[bytes] = self._content.readlines(-1 if size is None else size)
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._content)


def _text(raw: bytes) -> str:
    # Bytes as text, one to one: what PEP 3333 calls a native string.
    return raw.decode("iso-8859-1")


def paths_of(request: Any) -> tuple[str, str]:
    """Give the path that led to the application, and the path that is left for it."""
    script = b"/" + b"/".join(request.prepath) if request.prepath else b""
    path = b"/" + b"/".join(request.postpath) if request.postpath else b""
    if script.endswith(b"/") and not path:
        # The folder itself was asked for: the slash is the application's.
        script, path = script[:-1], b"/"
    return _text(script), _text(path)


def make_environ(request: Any) -> dict[str, Any]:
    """Give what PEP 3333 says that an application is told of a request."""
    script, path = paths_of(request)
    host, client = request.getHost(), request.getClientAddress()
    uri: bytes = request.uri
    environ: dict[str, Any] = {
        "REQUEST_METHOD": _text(request.method),
        "SCRIPT_NAME": script,
        "PATH_INFO": path,
        "QUERY_STRING": _text(uri.partition(b"?")[2]),
        "SERVER_NAME": _text(request.getRequestHostname()) or "localhost",
        "SERVER_PORT": str(getattr(host, "port", None) or (443 if request.isSecure() else 80)),
        "SERVER_PROTOCOL": _text(request.clientproto),
        "REMOTE_ADDR": getattr(client, "host", "") or "",
        "REMOTE_PORT": str(getattr(client, "port", "")),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if request.isSecure() else "http",
        "wsgi.input": Input(request.content),
        "wsgi.errors": Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, variable in ((b"content-type", "CONTENT_TYPE"), (b"content-length", "CONTENT_LENGTH")):
        value = request.getHeader(name)
        if value is not None:
            environ[variable] = _text(value)
    for name, values in request.requestHeaders.getAllRawHeaders():
        # X_Name and X-Name would be one variable: a client could pass for the proxy in front.
        if name in _LEFT_OUT or b"_" in name:
            continue
        joint = b"; " if name == b"Cookie" else b","
        environ["HTTP_" + _text(name).upper().replace("-", "_")] = _text(joint.join(values))
    return environ
