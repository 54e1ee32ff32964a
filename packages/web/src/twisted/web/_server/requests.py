"""
Requests to sites: finding a resource and having it render itself.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.components import Componentized
from twisted.python.failure import Failure
from twisted.web._codes import INTERNAL_SERVER_ERROR, NOT_ALLOWED, NOT_IMPLEMENTED
from twisted.web._http.contents import make_content
from twisted.web._http.dates import now
from twisted.web._http.requests import Request as HTTPRequest
from twisted.web._http.responses import NO_BODY_CODES
from twisted.web._server.remote import Viewable
from twisted.web.error import UnsupportedMethod
from twisted.web.iweb import IRequest
from twisted.web.resource import _IEncodingResource

if TYPE_CHECKING:
    from twisted.python.urlpath import URLPath

# Any: resources, sessions and channels; real programs pass stand-ins of their own.

_log = Logger("twisted.web.server")

# Told by a resource: the response will be written, and finished, later.
NOT_DONE_YET = 1

# A number is found in bytes sooner than other bytes.
_PERCENT = ord("%")

_USUAL_PORTS = ((False, 80), (True, 443))


# The module in which programs change settings. It says so itself; an import at each request would cost more than most.
door: Any = None


def _find_door() -> Any:
    from twisted.web import server

    return server


@implementer(IRequest)
class Request(Viewable, HTTPRequest, Componentized):
    """
    A request to a site.

    Attributes:
        site: The site.
        prepath: The segments of the path that have led to the resource at hand, unquoted.
        postpath: Those that are left.
        appRootURL: What `rememberRootURL` has remembered.
        defaultContentType: What a response is that does not say what it is.
    """

    site: Any = None
    appRootURL: bytes | None = None
    prepath: list[bytes] = None  # type: ignore[assignment]  # until it is known
    postpath: list[bytes] = None  # type: ignore[assignment]  # until it is known
    sitepath: list[bytes]
    defaultContentType: bytes | None = b"text/html"

    _encoder: Any = None
    _secureSession: Any = None
    _insecureSession: Any = None
    # What was found before the body was there, or why nothing was; and whether that was tried.
    _sought: bool = False
    _found: Any = None
    _not_found: Failure | None = None

    def __init__(self, channel: Any, *args: Any, parsePOSTFormSubmission: bool | None = None, **kw: Any) -> None:
        """
        Args:
            channel: What the request comes over.
            args: For `twisted.web.http.Request`.
            parsePOSTFormSubmission: Whether the fields of a form that is posted are put into `args`; what the site
                says if `None`.
            kw: For `twisted.web.http.Request`.
        """
        if parsePOSTFormSubmission is None:
            site = getattr(channel, "site", None)
            parsePOSTFormSubmission = True if site is None else getattr(site, "_parsePOSTFormSubmission", True)
        if len(args) == 1 and not kw:
            # As channels call it, which is cheaper without a dict in between.
            HTTPRequest.__init__(self, channel, args[0], parsePOSTFormSubmission)
        else:
            kw["parsePOSTFormSubmission"] = parsePOSTFormSubmission
            HTTPRequest.__init__(self, channel, *args, **kw)
        # What Componentized has.
        self._adapterCache = {}

    def gotLength(self, length: int | None) -> None:
        """Make `content`: the site does, if it has a method ``getContentFile(length)``."""
        make = getattr(self.channel.site, "getContentFile", None)
        if make is None:
            self.content = make_content(length)
        else:
            self.content = make(length)

    def streamsBody(self) -> bool:
        """
        Tell whether the body is read while it comes: if the site has a true ``streamsBodies``, and the resource that
        was asked for a true ``streamsBody``.
        """
        site: Any = getattr(self.channel, "site", None)
        if not getattr(site, "streamsBodies", False):
            return False
        self._prepare()
        self._sought = True
        if self.path == b"*":
            return False
        try:
            self._found = site.getResourceFor(self)
        except Exception:
            self._not_found = Failure()
            return False
        return bool(getattr(self._found, "streamsBody", False))

    def _prepare(self) -> None:
        """Make ready for a resource."""
        self.site = self.channel.site
        fields = self.responseHeaders._rawHeaders
        fields[b"Server"] = [(door or _find_door()).version]
        fields[b"Date"] = [now()]
        self.prepath = []
        path = self.path[1:]
        if _PERCENT in path:
            self.postpath = [unquote_to_bytes(segment) for segment in path.split(b"/")]
        else:
            self.postpath = path.split(b"/")

    def process(self) -> None:
        """Find the resource, and have it rendered."""
        if not self._sought:
            self._prepare()
        if self.path == b"*":
            self._answer_for_all()
            return
        try:
            if self._sought:
                if self._not_found is not None:
                    self._not_found.raiseException()
                resource = self._found
            else:
                resource = self.site.getResourceFor(self)
            if _IEncodingResource.providedBy(resource):
                encoder = resource.getEncoder(self)
                if encoder is not None:
                    self._encoder = encoder
            self.render(resource)
        except Exception:
            self.processingFailed(Failure())

    def _answer_for_all(self) -> None:
        """Answer what is asked of the server as a whole (RFC 9110 section 7.1)."""
        if self.method != b"OPTIONS":
            self.setResponseCode(NOT_ALLOWED)
            self.setHeader(b"Allow", b"OPTIONS")
        self.setHeader(b"Content-Length", b"0")
        self.finish()

    # Rendering.

    def render(self, resrc: Any) -> None:
        """
        Have a resource rendered, and send what comes of it.

        Args:
            resrc: The resource.
        """
        try:
            body = resrc.render(self)
        except UnsupportedMethod as error:
            if self.method == b"HEAD" and b"GET" in error.allowedMethods:
                # What is not sent need not be known: GET will do.
                self._inFakeHead = True
                self.method = b"GET"
                try:
                    body = resrc.render(self)
                finally:
                    self.method = b"HEAD"
            else:
                self._refuse_method(error)
                return
        if body.__class__ is not bytes:
            if body == NOT_DONE_YET:
                return
            if isinstance(body, (Coroutine, Deferred)):
                self._render_later(resrc, body)
                return
            if not isinstance(body, bytes):
                self._refuse_body(resrc, body)
                return
        if self.method == b"HEAD":
            if body or b"Content-Length" not in self.responseHeaders._rawHeaders:
                self.setHeader(b"Content-Length", b"%d" % len(body))
            self.write(b"")
        else:
            if not self.startedWriting:
                self.responseHeaders._rawHeaders[b"Content-Length"] = [b"%d" % len(body)]
                self._measured = True
            self.write(body)
        self.finish()

    def _render_later(self, resource: Any, coming: Coroutine[Any, Any, Any] | Deferred[Any]) -> None:
        """Wait for what a resource gives, and give up if the client goes."""
        rendering = coming if isinstance(coming, Deferred) else Deferred.fromCoroutine(coming)
        if not rendering.called:
            self.notifyFinish().addErrback(lambda reason: rendering.cancel())

        def rendered(body: Any) -> None:
            if self._disconnected or self.finished or body == NOT_DONE_YET:
                return
            if body is None:
                self.finish()
            elif not isinstance(body, bytes):
                self._refuse_body(resource, body)
            else:
                if not self.startedWriting:
                    self.setHeader(b"Content-Length", b"%d" % len(body))
                self.write(body)
                self.finish()

        def failed(reason: Failure) -> None:
            if not self._disconnected:
                if reason.check(UnsupportedMethod):
                    self._refuse_method(reason.value)
                else:
                    self.processingFailed(reason)

        rendering.addCallback(rendered)
        rendering.addErrback(failed)

    def _refuse_method(self, error: Any) -> None:
        """Tell the client that the resource does not know its method."""
        from twisted.web.pages import errorPage

        method = self.method.decode("latin-1")
        if self.method in (door or _find_door()).supportedMethods:
            allowed = b", ".join(one if isinstance(one, bytes) else one.encode("ascii") for one in error.allowedMethods)
            self.setHeader(b"Allow", allowed)
            code, brief = NOT_ALLOWED, "Method Not Allowed"
            detail = f"This does not answer {method}. It answers {allowed.decode('latin-1')}."
        else:
            code, brief = NOT_IMPLEMENTED, "Not Implemented"
            detail = f"I don't know how to treat a {method} request."
        self._send_page(errorPage(code, brief, detail))

    def _refuse_body(self, resource: Any, body: Any) -> None:
        """Tell that a resource did not give what it should."""
        _log.error(
            "{resource} returned {body} for {request}, which is neither bytes nor NOT_DONE_YET nor a coroutine",
            resource=resource,
            body=type(body),
            request=self,
        )
        if self.site is not None and self.site.displayTracebacks:
            detail = f"Request: {self!r}; resource: {resource!r}; value: {body!r}"
        else:
            detail = "What was asked for cannot be shown."
        from twisted.web.pages import errorPage

        self._send_page(errorPage(INTERNAL_SERVER_ERROR, "Request did not return bytes", detail))

    def _send_page(self, page: Any) -> None:
        """Send a page, which is rendered at once."""
        if self.startedWriting:
            # Too late to say so; the client has to see that something is missing.
            self.loseConnection()
            return
        body = page.render(self)
        self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(body)
        self.finish()

    def processingFailed(self, reason: Failure) -> Failure:
        """
        Tell the client that something went wrong. What went wrong is logged, and shown if the site says so.

        Args:
            reason: What did.

        Returns:
            That.
        """
        _log.failure("", failure=reason)
        if self._disconnected or self.finished:
            return reason
        if self.startedWriting:
            # Too late to say so; the client has to see that something is missing.
            self.loseConnection()
            return reason
        if self.site is not None and self.site.displayTracebacks:
            from twisted.web.util import formatFailure

            body = (
                b"<html><head><title>web.Server Traceback (most recent call last)</title></head>"
                b"<body><b>web.Server Traceback (most recent call last):</b>\n\n%b\n\n</body></html>\n"
                % formatFailure(reason)
            )
        else:
            body = b"<html><head><title>Processing Failed</title></head><body><b>Processing Failed</b></body></html>"
        self.setResponseCode(INTERNAL_SERVER_ERROR)
        self.setHeader(b"Content-Type", b"text/html")
        self.setHeader(b"Content-Length", b"%d" % len(body))
        self.write(body)
        self.finish()
        return reason

    def write(self, data: bytes) -> None:
        """Send a part of the body, encoded if the resource says so. See `twisted.web.http.Request.write`."""
        if not self.startedWriting:
            fields = self.responseHeaders._rawHeaders
            if (
                b"Content-Type" not in fields
                and self.code not in NO_BODY_CODES
                and self.defaultContentType is not None
                and fields.get(b"Content-Length") != [b"0"]
            ):
                fields[b"Content-Type"] = [self.defaultContentType]
        if self._encoder is not None:
            if self.method == b"HEAD" or self.code in NO_BODY_CODES:
                # How long it would be is not known.
                if not self.startedWriting:
                    self.responseHeaders.removeHeader(b"content-length")
                data = b""
            else:
                data = self._encoder.encode(data)
        HTTPRequest.write(self, data)

    def finish(self) -> None:
        """Say that the response is complete. See `twisted.web.http.Request.finish`."""
        if self._encoder is not None and not self.finished and not self._disconnected:
            if not self.startedWriting:
                self.write(b"")
            if self.method != b"HEAD" and self.code not in NO_BODY_CODES:
                rest = self._encoder.finish()
                if rest:
                    HTTPRequest.write(self, rest)
            self._encoder = None
        HTTPRequest.finish(self)

    # Sessions.

    def getSession(self, sessionInterface: Any = None, forceNotSecure: bool = False) -> Any:
        """
        Give the client's session, beginning one if there is none. Those over TLS are others than those without.

        Args:
            sessionInterface: What to adapt it to.
            forceNotSecure: Whether to give the one without TLS, over TLS too.
        """
        secure = self.isSecure() and not forceNotSecure
        attribute = "_secureSession" if secure else "_insecureSession"
        session = getattr(self, attribute)
        if session is None:
            cookie = b"_".join([b"TWISTED_SECURE_SESSION" if secure else b"TWISTED_SESSION", *self.sitepath])
            uid = self.getCookie(cookie)
            if uid:
                try:
                    session = self.site.getSession(uid)
                except KeyError:
                    # It was forgotten, or never was.
                    session = None
            if session is None:
                session = self.site.makeSession()
                self.addCookie(cookie, session.uid, path=b"/", secure=secure)
            setattr(self, attribute, session)
        session.touch()
        if sessionInterface is not None:
            return session.getComponent(sessionInterface)
        return session

    @property
    def session(self) -> Any:
        """The client's session, if `getSession` was called."""
        return self._secureSession if self._secureSession is not None else self._insecureSession

    # URLs.

    def _path_url(self, segments: list[bytes]) -> bytes:
        secure = self.isSecure()
        port = getattr(self.getHost(), "port", None)
        host = self.getRequestHostname()
        if b":" in host:
            host = b"[" + host + b"]"
        if port is not None and (secure, port) not in _USUAL_PORTS:
            host = b"%b:%d" % (host, port)
        path = b"/".join([quote(segment, safe=b"").encode("ascii") for segment in segments])
        return b"%b://%b/%b" % (b"https" if secure else b"http", host, path)

    def prePathURL(self) -> bytes:
        """Give the URL that has led to the resource at hand."""
        return self._path_url(self.prepath)

    def URLPath(self) -> URLPath:
        """Give the URL that has led to the resource at hand."""
        from twisted.python.urlpath import URLPath

        return URLPath.fromRequest(self)

    def rememberRootURL(self) -> None:
        """Remember the URL that has led to the resource before the one at hand as the application's root."""
        self.appRootURL = self._path_url(self.prepath[:-1])

    def getRootURL(self) -> bytes | None:
        """Give the URL that `rememberRootURL` has remembered."""
        return self.appRootURL

    def sibLink(self, name: bytes) -> bytes:
        """Give a relative link to what stands beside the resource at hand."""
        return b"../" * len(self.postpath) + name if self.postpath else name

    def childLink(self, name: bytes) -> bytes:
        """Give a relative link to what stands below the resource at hand."""
        if self.postpath:
            return b"../" * (len(self.postpath) - 1) + name
        if self.prepath and self.prepath[-1]:
            return self.prepath[-1] + b"/" + name
        return name
