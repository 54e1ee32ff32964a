"""
Files and folders as resources.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from twisted.logger import Logger
from twisted.python.components import Componentized
from twisted.python.filepath import FilePath, InsecurePath
from twisted.web._codes import FORBIDDEN, NOT_FOUND, OK, PARTIAL_CONTENT, REQUESTED_RANGE_NOT_SATISFIABLE
from twisted.web._http.dates import write_date
from twisted.web._http.responses import CACHED
from twisted.web._server.requests import NOT_DONE_YET
from twisted.web._static.listing import DirectoryLister
from twisted.web._static.producers import (
    MultipleRangeStaticProducer,
    NoRangeStaticProducer,
    SingleRangeStaticProducer,
    StaticProducer,
)
from twisted.web._static.ranges import Unsatisfiable, is_too_much, read_ranges
from twisted.web._static.types import getTypeAndEncoding, loadMimeTypes
from twisted.web.resource import ForbiddenResource, NoResource, Resource, _unwarned

if TYPE_CHECKING:
    from twisted.web.resource import IResource

_log = Logger("twisted.web.static")


class Registry(Componentized):
    """
    What the resources below one `File` share; among it, what scripts have cached.
    """

    def __init__(self) -> None:
        super().__init__()
        self._cached: dict[str, Any] = {}

    def cachePath(self, path: str, rsrc: Any) -> None:
        """Keep a resource for a path."""
        self._cached[path] = rsrc

    def getCachedPath(self, path: str) -> Any:
        """Give the resource that is kept for a path, or `None`."""
        return self._cached.get(path)


class File(Resource, FilePath[str]):  # type: ignore[misc]  # `children` is a method of the one, a dict of the other
    """
    A file, or a folder with all that is in it.

    It knows conditional requests (``ETag``, ``Last-Modified``) and ranges. A folder shows its index, or else a list.

    Args:
        path: Where it is.
        defaultType: The content type of files whose extensions tell none.
        ignoredExts: Extensions that a client can leave out: with ``(".html",)``, ``/page`` is the file ``page.html``.
            ``"*"`` stands for any.
        registry: Shared by what `processors` make.
        allowExt: Whether any extension can be left out.

    Attributes:
        type: The content type. `None` until it is known; set it to say what it is.
        encoding: The encoding, or `None`.
        contentTypes: Content types by extension.
        contentEncodings: Encodings by extension.
        processors: What makes the resource for files with an extension, called with the path and the registry.
        indexNames: Names of files that stand for the folder they are in.
        precompressed: Pairs of a content coding and an extension: with ``("gzip", ".gz")``, a client that takes gzip
            gets ``page.html.gz``, if it is there and not older, for ``page.html``. In order of preference.
        childNotFound: What answers where nothing is.
        forbidden: What answers where a file must not be read.
    """

    contentTypes: dict[str, str] = loadMimeTypes()
    contentEncodings: dict[str, str] = {".gz": "gzip", ".bz2": "bzip2"}
    processors: Mapping[str, Callable[[str, Any], Any]] = {}
    indexNames: Sequence[str] = ["index", "index.html", "index.htm", "index.rpy"]
    precompressed: Sequence[tuple[str, str]] = ()
    type: str | None = None
    encoding: str | None
    childNotFound: IResource = _unwarned(NoResource, NOT_FOUND, "No Such Resource", "File not found.")
    forbidden: IResource = _unwarned(
        ForbiddenResource, FORBIDDEN, "Forbidden Resource", "Sorry, resource is forbidden."
    )

    def __init__(
        self,
        path: str,
        defaultType: str = "text/html",
        ignoredExts: Sequence[str] = (),
        registry: Registry | None = None,
        allowExt: Literal[0] = 0,
    ) -> None:
        Resource.__init__(self)
        FilePath.__init__(self, path)
        self.defaultType = defaultType
        self.ignoredExts: list[str] = []
        for extension in ("*",) if allowExt or isinstance(ignoredExts, int) else ignoredExts:
            self.ignoreExt(extension)
        self.registry = registry or Registry()

    def ignoreExt(self, ext: str) -> None:
        """Let clients leave out an extension, or any with ``"*"``."""
        self.ignoredExts.append(ext)

    def directoryListing(self) -> DirectoryLister:
        """Give what shows this folder."""
        return DirectoryLister(self.path, self.listNames(), self.contentTypes, self.contentEncodings, self.defaultType)

    def listNames(self) -> list[str]:  # type: ignore[override]  # files have names, not segments of a path
        """Give the names of what is in this folder, in order; nothing of a file."""
        if not self.isdir():
            return []
        return sorted(str(name) for name in self.listdir())

    def listEntities(self) -> list[Any]:
        """Give what is in this folder."""
        return [self.createSimilarFile(os.path.join(self.path, name)) for name in self.listNames()]

    def createSimilarFile(self, path: str) -> File:
        """Make a `File` that does as this one does."""
        made = type(self)(path, self.defaultType, self.ignoredExts, self.registry)
        # What somebody has set for this one is to hold for those below it too.
        for name in ("processors", "indexNames", "precompressed", "childNotFound", "forbidden"):
            if name in self.__dict__:
                setattr(made, name, self.__dict__[name])
        return made

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """
        Give what is in this folder under a name; with an empty name, the folder's index or its list.
        """
        if isinstance(path, bytes):
            try:
                path = path.decode("utf-8")
            except UnicodeDecodeError:
                _log.debug("a path that is no UTF-8: {path!r}", path=path)
                return self.childNotFound
        if "\0" in path:
            return self.childNotFound
        self.restat(reraise=False)
        if not self.isdir():
            return self.childNotFound
        found: Any
        if path:
            try:
                found = self.child(path)
            except InsecurePath:
                return self.childNotFound
        else:
            found = self.childSearchPreauth(*self.indexNames)
            if found is None:
                return self.directoryListing()
        if not found.exists():
            found = found.siblingExtensionSearch(*self.ignoredExts)
            if found is None:
                return self.childNotFound
        if self.processors:
            extension = found.splitext()[1].lower()
            for known, processor in self.processors.items():
                if known.lower() == extension:
                    return processor(found.path, self.registry)
        return self.createSimilarFile(found.path)

    def openForReading(self) -> BinaryIO:
        """Open the file."""
        return cast("BinaryIO", self.open())

    def getFileSize(self) -> int:
        """Give the file's size in bytes."""
        return int(self.getsize())

    def redirect(self, request: Any) -> bytes:
        """Send a client that asks for a folder to where its name ends with a slash."""
        from twisted.web.util import redirectTo

        return redirectTo(with_slash(request), request)

    def render_GET(self, request: Any) -> Any:
        """Send the file, or what is asked of it."""
        request.setHeader(b"accept-ranges", b"bytes")
        self.restat(False)
        if self.type is None:
            self.type, self.encoding = getTypeAndEncoding(
                self.basename(), self.contentTypes, self.contentEncodings, self.defaultType
            )
        elif not hasattr(self, "encoding"):
            self.encoding = None
        if not self.exists():
            return self.childNotFound.render(request)
        if self.isdir():
            return self.redirect(request)
        if self._is(stat.S_ISFIFO):
            # Nothing but a writer of it would end the wait.
            return self.forbidden.render(request)
        sent = self._variant(request)
        try:
            source = sent.openForReading()
        except OSError as error:
            if error.errno == errno.EACCES:
                return self.forbidden.render(request)
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return self.childNotFound.render(request)
            raise
        if type(sent).openForReading is File.openForReading:
            # Another file may have come in its place, after it was looked at: what is sent is what counts.
            sent._statinfo = os.fstat(source.fileno())
        if sent._is_known(request):
            source.close()
            return b""
        producer = sent.makeProducer(request, source)
        if request.method == b"HEAD":
            source.close()
            return b""
        producer.start()
        return NOT_DONE_YET

    # The header of an answer is the same, but for what only a body needs: `makeProducer` sets it.
    render_HEAD = render_GET

    def _variant(self, request: Any) -> File:
        """Give the file that is sent: this, or one that has the same, compressed, if the client takes that."""
        if not self.precompressed:
            return self
        request.responseHeaders.addRawHeader(b"vary", b"accept-encoding")
        accepted = _accepted(request.getHeader(b"accept-encoding") or b"")
        for coding, extension in self.precompressed:
            if coding not in accepted:
                continue
            candidate = self.createSimilarFile(self.path + extension)
            candidate.restat(False)
            if candidate.isfile() and candidate.getModificationTime() >= self.getModificationTime():
                candidate.type, candidate.encoding = self.type, coding
                return candidate
        return self

    def _version(self) -> bytes:
        """Name the version of the file (RFC 9110 section 8.8.3): a change changes its time, or its size."""
        return b'"%x-%x"' % (int(self.getModificationTime() * 1000000), self.getFileSize())

    def _is_known(self, request: Any) -> bool:
        """Set what names the version, and tell whether the client has this one already."""
        changed = self.getModificationTime()
        known = request.setETag(self._version()) is CACHED
        if request.getHeader(b"if-none-match") is not None:
            # Then the time does not count (RFC 9110 section 13.1.3).
            request.setHeader(b"last-modified", write_date(int(changed)))
            return known
        return request.setLastModified(int(changed)) is CACHED

    def _wants_range(self, request: Any) -> bytes | None:
        """Give the ``Range`` field, if it is to count."""
        asked: bytes | None = request.getHeader(b"range")
        if asked is None or request.method not in (b"GET", b"HEAD"):
            return None
        condition = request.getHeader(b"if-range")
        if condition is not None:
            exact = (self._version(), write_date(int(self.getModificationTime())))
            if condition.strip() not in exact:
                return None
        return asked

    def _set_header(self, request: Any, size: int, content_type: bytes | None = None) -> None:
        request.setHeader(b"content-length", b"%d" % size)
        kind = self.type.encode("iso-8859-1") if self.type else None
        if content_type or kind:
            request.setHeader(b"content-type", content_type or kind)
        if self.encoding:
            request.setHeader(b"content-encoding", self.encoding.encode("iso-8859-1"))

    def makeProducer(self, request: Any, fileForReading: BinaryIO) -> StaticProducer:
        """
        Set what the header says of the body, and give what sends it.

        Args:
            request: The request that is answered; its ``Range`` counts.
            fileForReading: The file, open.
        """
        size = self.getFileSize()
        asked = self._wants_range(request)
        if asked is not None:
            try:
                return self._make_partial(request, fileForReading, asked, size)
            except ValueError as error:
                _log.debug("a range that is ignored: {error}", error=error)
            except Unsatisfiable:
                request.setResponseCode(REQUESTED_RANGE_NOT_SATISFIABLE)
                request.setHeader(b"content-range", b"bytes */%d" % size)
                self._set_header(request, 0)
                return SingleRangeStaticProducer(request, fileForReading, 0, 0)
        self._set_header(request, size)
        request.setResponseCode(OK)
        producer = NoRangeStaticProducer(request, fileForReading)
        producer._left = size
        return producer

    def _make_partial(self, request: Any, source: BinaryIO, asked: bytes, size: int) -> StaticProducer:
        parts = read_ranges(asked, size)
        if b"," not in asked:
            ((offset, length),) = parts
            request.setResponseCode(PARTIAL_CONTENT)
            request.setHeader(b"content-range", b"bytes %d-%d/%d" % (offset, offset + length - 1, size))
            self._set_header(request, length)
            return SingleRangeStaticProducer(request, source, offset, length)
        boundary = os.urandom(12).hex().encode("ascii")
        kind = (self.type or self.defaultType).encode("iso-8859-1")
        pieces: list[tuple[bytes, int, int]] = []
        total = 0
        for offset, length in parts:
            head = b"\r\n--%b\r\nContent-type: %b\r\nContent-range: bytes %d-%d/%d\r\n\r\n" % (
                boundary,
                kind,
                offset,
                offset + length - 1,
                size,
            )
            pieces.append((head, offset, length))
            total += len(head) + length
        end = b"\r\n--" + boundary + b"--\r\n"
        pieces.append((end, 0, 0))
        total += len(end)
        if is_too_much(parts, size, total):
            raise ValueError(f"{len(parts)} ranges come to more than the file, sent twice")
        request.setResponseCode(PARTIAL_CONTENT)
        self._set_header(request, total, b'multipart/byteranges; boundary="' + boundary + b'"')
        return MultipleRangeStaticProducer(request, source, pieces)


def with_slash(request: Any) -> bytes:
    """Give the path that a request is for, with a slash at its end and its query behind it."""
    uri: bytes = request.uri
    path, mark, query = uri.partition(b"?")
    if path[:1] in (b"/", b"\\"):
        # Browsers take what begins with two of these for another host.
        path = b"/" + path.lstrip(b"/\\")
    return path + b"/" + mark + query if not path.endswith(b"/") else path + mark + query


def _accepted(field: bytes) -> set[str]:
    """Give the content codings that an ``Accept-Encoding`` field has in it, but for those that it refuses."""
    accepted = set()
    for each in field.lower().split(b","):
        coding, _, weight = each.partition(b";")
        _, _, value = weight.partition(b"=")
        try:
            refused = bool(value.strip()) and float(value) == 0
        except ValueError:
            refused = True
        if not refused:
            accepted.add(coding.strip().decode("iso-8859-1"))
    return accepted
