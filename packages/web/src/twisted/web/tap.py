"""
``twist web``: a web server from the command line.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from zope.interface import implementer

from twisted.application import service, strports
from twisted.application.service import IService
from twisted.python import reflect, usage
from twisted.web import script, server, static, twcgi
from twisted.web.resource import IResource

__all__ = ["Options", "makePersonalServerFactory", "makeService"]

_NEEDS_SPREAD = "servers of users, and --personal, need twisted.web.distrib, which comes with twisted-spread"


@implementer(IResource)
class _AddHeadersResource:
    """
    Another resource, with further header fields in its responses.

    Args:
        original: The other resource.
        headers: Names and values.
    """

    def __init__(self, original: Any, headers: list[tuple[str, str]]) -> None:
        self._original = original
        self._headers = headers

    @property
    def isLeaf(self) -> Any:
        """What the other resource says."""
        return self._original.isLeaf

    def _add(self, request: Any) -> None:
        for name, value in self._headers:
            request.responseHeaders.addRawHeader(name, value)

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        """Add the fields, and have the other resource look."""
        self._add(request)
        return self._original.getChildWithDefault(name, request)

    def putChild(self, path: bytes, child: Any) -> None:
        """Put a child into the other resource."""
        self._original.putChild(path, child)

    def render(self, request: Any) -> Any:
        """Add the fields, and have the other resource answer."""
        self._add(request)
        return self._original.render(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class Options(usage.Options):
    """
    What ``twist web`` is told.
    """

    synopsis = "[web options]"

    optParameters: list[Any] = [
        ["logfile", "l", None, "Path to web CLF (Combined Log Format) log file."],
        ["certificate", "c", "server.pem", "(DEPRECATED: use --listen) SSL certificate to use for HTTPS."],
        ["privkey", "k", "server.pem", "(DEPRECATED: use --listen) SSL certificate to use for HTTPS."],
    ]

    optFlags: list[Any] = [
        ["notracebacks", "n", "(DEPRECATED: tracebacks are not shown unless --display-tracebacks is given.)"],
        [
            "display-tracebacks",
            "",
            "Show clients where an error comes from, with the source. That shows them the program's insides.",
        ],
        ["personal", "", "Publish the site to another process, over Perspective Broker, in place of serving it."],
        ["precompressed", "", "With --path: send page.html.br or page.html.gz for page.html to who can read them."],
    ]

    compData = usage.Completions(
        optActions={
            "logfile": usage.CompleteFiles("*.log"),
            "certificate": usage.CompleteFiles("*.pem"),
            "privkey": usage.CompleteFiles("*.pem"),
        }
    )

    longdesc = """\
This starts a web server. With no arguments, it has one page, which says that it works."""

    def __init__(self) -> None:
        super().__init__()
        self["indexes"] = []
        self["root"] = None
        self["extraHeaders"] = []
        self["ports"] = []
        self["port"] = self["https"] = None

    def opt_port(self, port: str) -> None:
        """(DEPRECATED: use --listen) Strports description of port to start the server on"""
        warnings.warn("The option --port is deprecated: use --listen.", DeprecationWarning, stacklevel=2)
        self["port"] = port

    opt_p = opt_port

    def opt_https(self, port: str) -> None:
        """(DEPRECATED: use --listen) Port to listen on for Secure HTTP."""
        warnings.warn("The option --https is deprecated: use --listen.", DeprecationWarning, stacklevel=2)
        self["https"] = port

    def opt_listen(self, port: str) -> None:
        """Add an endpoint to listen on, for example tcp:8080 or ssl:443. [default: tcp:8080]"""
        self["ports"].append(port)

    def opt_index(self, indexName: str) -> None:
        """Add the name of a file that stands for its folder. [default: index, index.html]"""
        self["indexes"].append(indexName)

    opt_i = opt_index

    def opt_user(self) -> None:
        """Makes a server with ~/public_html and ~/.twistd-web-pb support for users."""
        raise usage.UsageError(_NEEDS_SPREAD)

    opt_u = opt_user

    def opt_path(self, path: str) -> None:
        """<path> is a file, or a folder with files, CGI programs and scripts (.epy, .rpy), to be served."""
        self["root"] = static.File(os.path.abspath(path))
        self["root"].processors = {
            ".epy": script.PythonScript,
            ".rpy": script.ResourceScript,
            ".cgi": twcgi.CGIScript,
        }

    def _folder(self, option: str) -> static.File:
        if not isinstance(self["root"], static.File):
            raise usage.UsageError(f"You can only use --{option} after --path.")
        return self["root"]

    def opt_processor(self, proc: str) -> None:
        """`ext=class' where `class' makes the resource for files ending with `ext'."""
        folder = self._folder("processor")
        extension, equals, name = proc.partition("=")
        if not equals:
            raise usage.UsageError(f"--processor takes ext=class, not {proc!r}")
        folder.processors = {**folder.processors, extension: self._named("class", name)}

    def _named(self, kind: str, name: str) -> Any:
        """Give what has a dotted name; the last part can come after a colon too."""
        try:
            return reflect.namedAny(name.replace(":", "."))
        except (AttributeError, ValueError, reflect.InvalidName, reflect.ModuleNotFound, reflect.ObjectNotFound):
            raise usage.UsageError(f"No such {kind}: {name!r}") from None

    def opt_class(self, className: str) -> None:
        """Create a Resource subclass with a zero-argument constructor."""
        self["root"] = self._named("class", className)()

    def opt_resource_script(self, name: str) -> None:
        """An .rpy file to be used as the root resource of the webserver."""
        self["root"] = script.ResourceScriptWrapper(name)

    def opt_wsgi(self, name: str) -> None:
        """The FQPN of a WSGI application object to serve as the root resource of the webserver."""
        from twisted.internet import reactor
        from twisted.python.threadpool import ThreadPool
        from twisted.web.wsgi import WSGIResource

        application = self._named("WSGI application", name)
        pool = ThreadPool(name="wsgi")
        turning: Any = reactor
        turning.callWhenRunning(pool.start)
        turning.addSystemEventTrigger("after", "shutdown", pool.stop)
        self["root"] = WSGIResource(turning, pool, application)

    def opt_asgi(self, name: str) -> None:
        """An ASGI application, as module:name, to serve as the root resource. Most need --reactor=asyncio."""
        from twisted.web.asgi import ASGIResource

        self["root"] = ASGIResource(self._named("ASGI application", name))

    def opt_mime_type(self, defaultType: str) -> None:
        """Specify the default mime-type for static files."""
        self._folder("mime_type").defaultType = defaultType

    opt_m = opt_mime_type

    def opt_allow_ignore_ext(self) -> None:
        """Specify whether or not a request for 'foo' should return 'foo.ext'"""
        self._folder("allow_ignore_ext").ignoreExt("*")

    def opt_ignore_ext(self, ext: str) -> None:
        """Specify an extension to ignore.  These will be processed in order."""
        self._folder("ignore_ext").ignoreExt(ext)

    def opt_add_header(self, header: str) -> None:
        """Specify a header field, as "Name: value", for all responses."""
        name, colon, value = header.partition(":")
        if not colon:
            raise usage.UsageError(f"--add-header takes 'Name: value', not {header!r}")
        self["extraHeaders"].append((name.strip(), value.strip()))

    def postOptions(self) -> None:
        """Find out where to listen."""
        if self["personal"]:
            raise usage.UsageError(_NEEDS_SPREAD)
        if self["port"] is not None:
            self["ports"].append(self["port"])
        if self["https"] is not None:
            try:
                reflect.namedModule("OpenSSL.SSL")
            except ImportError:
                raise usage.UsageError("SSL support not installed: pip install 'twisted-core[tls]'") from None
            self["ports"].append(
                "ssl:port={}:privateKey={}:certKey={}".format(self["https"], self["privkey"], self["certificate"])
            )
        if not self["ports"]:
            self["ports"].append("tcp:8080")
        if self["precompressed"]:
            self._folder("precompressed").precompressed = (("br", ".br"), ("gzip", ".gz"))


def makePersonalServerFactory(site: server.Site) -> Any:
    """
    Make a factory that publishes a site to another process.

    Raises:
        ModuleNotFoundError: It needs Perspective Broker, which comes with twisted-spread.
    """
    raise ModuleNotFoundError(_NEEDS_SPREAD, name="twisted.spread")


def makeService(config: Options) -> service.IService:
    """Make the server that the options describe."""
    made = service.MultiService()
    root = config["root"]
    if root is None:
        from twisted.web.demo import Test

        root = Test()
    if isinstance(root, static.File):
        root.registry.setComponent(IService, made)
        if config["indexes"]:
            root.indexNames = config["indexes"]
    lifespan = getattr(root, "makeLifespanService", None)
    if config["extraHeaders"]:
        root = _AddHeadersResource(root, config["extraHeaders"])
    site = server.Site(root, logPath=config["logfile"]) if config["logfile"] else server.Site(root)
    site.displayTracebacks = bool(config["display-tracebacks"]) and not config["notracebacks"]
    if lifespan is not None:
        # What the application needs is there before the first request.
        lifespan().setServiceParent(made)
        # And it reads uploads while they come.
        site.streamsBodies = True
    for port in config["ports"]:
        strports.service(port, site).setServiceParent(made)
    return made
