"""
Files and folders, as a client sees them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twisted.python.filepath import FilePath
from twisted.web import static
from twisted.web.resource import IResource, Resource
from twisted.web.static import Data, DirectoryLister, File, Registry
from twisted.web.test.requesthelper import DummyRequest

ClientOf = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    os.utime(tmp_path / "a.txt", (1_000_000_000.5, 1_000_000_000.5))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_bytes(b"<p>index")
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.bin").write_bytes(b"")
    return tmp_path


@pytest.fixture
def client(folder: Path, client_of: ClientOf) -> Any:
    return client_of(File(str(folder)))


ETAG = f'"{1_000_000_000_500_000:x}-a"'
CHANGED = "Sun, 09 Sep 2001 01:46:40 GMT"


# A file


def test_a_file_is_sent(client: Any) -> None:
    answer = client.get("/a.txt")

    assert (answer.status, answer.body) == (200, b"0123456789")
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Length"] == "10"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Last-Modified"] == CHANGED
    assert answer["ETag"] == ETAG
    assert answer["Content-Encoding"] is None


def test_head_has_the_same_header_and_no_body(client: Any) -> None:
    whole, head = client.get("/a.txt"), client.get("/a.txt", "HEAD")

    assert head.body == b""
    for name in ("Content-Type", "Content-Length", "Accept-Ranges", "Last-Modified", "ETag"):
        assert head[name] == whole[name]


def test_an_empty_file_is_sent(client: Any) -> None:
    answer = client.get("/none.bin")

    assert (answer.status, answer.body, answer["Content-Length"]) == (200, b"", "0")


def test_another_method_is_refused(client: Any) -> None:
    answer = client.get("/a.txt", "POST")

    assert answer.status == 405
    assert "GET" in answer["Allow"]


def test_requests_follow_each_other_on_one_connection(client: Any) -> None:
    client.send("/a.txt")
    client.send("/none.bin")
    client.send("/sub/")

    raw = client.transport.value()
    assert [raw.count(b"HTTP/1.1 200 OK"), raw.count(b"0123456789"), raw.count(b"<p>index")] == [3, 1, 1]


def test_a_large_file_is_sent_as_the_transport_takes_it(folder: Path, client_of: ClientOf) -> None:
    content = os.urandom(600_001)
    (folder / "large.bin").write_bytes(content)
    client = client_of(File(str(folder)))
    client.transport.producer.pauseProducing()

    head = client.get("/large.bin")
    client.transport.clear()
    client.transport.producer.resumeProducing()

    assert (head.body, head["Content-Length"]) == (b"", "600001")
    assert client.transport.value() == content


def test_a_client_that_goes_ends_it(folder: Path, client_of: ClientOf) -> None:
    from twisted.internet.error import ConnectionLost
    from twisted.python.failure import Failure

    opened: list[Any] = []

    class Watched(File):
        def openForReading(self) -> Any:
            opened.append(super().openForReading())
            return opened[-1]

    (folder / "large.bin").write_bytes(b"x" * 600_000)
    client = client_of(Watched(str(folder)))
    client.transport.producer.pauseProducing()
    client.send("/large.bin")
    assert not opened[0].closed
    client.transport.producer.stopProducing()
    client.hang_up(Failure(ConnectionLost()))

    assert opened[0].closed


@pytest.mark.parametrize("size", [100, 200_000])
def test_a_file_that_shrinks_ends_the_connection(folder: Path, client_of: ClientOf, size: int) -> None:
    class Liar(File):
        def getFileSize(self) -> int:
            return super().getFileSize() + 1

    (folder / "x.bin").write_bytes(b"x" * size)
    client = client_of(Liar(str(folder)))
    answer = client.get("/x.bin")

    assert answer["Content-Length"] == str(size + 1)
    assert answer.body == b"x" * size
    assert client.transport.disconnecting


@pytest.mark.parametrize("size", [100, 200_000])
def test_a_file_that_grows_brings_no_more_than_was_promised(folder: Path, client_of: ClientOf, size: int) -> None:
    class Modest(File):
        def getFileSize(self) -> int:
            return super().getFileSize() - 1

    (folder / "x.bin").write_bytes(b"x" * size)
    client = client_of(Modest(str(folder)))

    assert client.get("/x.bin").body == b"x" * (size - 1)
    assert not client.transport.disconnecting


# Conditions


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"If_None_Match": ETAG}, 304),
        ({"If_None_Match": f'"x", {ETAG}'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"x"'}, 200),
        ({"If_Modified_Since": CHANGED}, 304),
        ({"If_Modified_Since": "Sun, 09 Sep 2001 01:46:41 GMT"}, 304),
        ({"If_Modified_Since": "Sun, 09 Sep 2001 01:46:39 GMT"}, 200),
        ({"If_Modified_Since": "nonsense"}, 200),
        # The name of the version counts alone, if there is one.
        ({"If_None_Match": '"x"', "If_Modified_Since": CHANGED}, 200),
        ({"If_None_Match": ETAG, "If_Modified_Since": "Sun, 09 Sep 2001 01:46:39 GMT"}, 304),
    ],
)
def test_what_the_client_has_is_not_sent(client: Any, fields: dict[str, str], status: int) -> None:
    answer = client.get("/a.txt", **fields)

    assert answer.status == status
    assert answer.body == (b"0123456789" if status == 200 else b"")
    assert answer["ETag"] == ETAG
    assert answer["Last-Modified"] == CHANGED


def test_a_change_changes_the_version(folder: Path, client: Any) -> None:
    os.utime(folder / "a.txt", (1_000_000_000.25, 1_000_000_000.25))
    by_time = client.get("/a.txt")["ETag"]
    (folder / "a.txt").write_bytes(b"other")
    os.utime(folder / "a.txt", (1_000_000_000.5, 1_000_000_000.5))
    by_size = client.get("/a.txt")["ETag"]

    assert len({ETAG, by_time, by_size}) == 3


# Ranges


def test_one_range(client: Any) -> None:
    answer = client.get("/a.txt", Range="bytes=2-4")

    assert (answer.status, answer.body) == (206, b"234")
    assert answer["Content-Range"] == "bytes 2-4/10"
    assert answer["Content-Length"] == "3"
    assert answer["Content-Type"] == "text/plain"
    assert answer["ETag"] == ETAG


def test_a_large_range(folder: Path, client_of: ClientOf) -> None:
    content = os.urandom(400_000)
    (folder / "large.bin").write_bytes(content)
    answer = client_of(File(str(folder))).get("/large.bin", Range="bytes=1000-300999")

    assert answer.body == content[1000:301_000]
    assert answer["Content-Range"] == "bytes 1000-300999/400000"


def body_of(folder: Path, field: str, size: int = 65536) -> tuple[Any, bytes]:
    request: Any = DummyRequest([b""])
    request.method = b"GET"
    request.requestHeaders.setRawHeaders("range", [field])
    file = File(str(folder / "a.txt"))
    file.type, file.encoding = "text/plain", None
    producer = file.makeProducer(request, file.openForReading())
    producer.bufferSize = size
    producer.start()
    return request, b"".join(request.written)


@pytest.mark.parametrize("size", [1, 2, 7, 50, 100, 65536])
def test_several_ranges_however_they_are_read(folder: Path, size: int) -> None:
    request, body = body_of(folder, "bytes=0-1,8-,20-", size)

    mark = b"--" + request.responseHeaders.getRawHeaders(b"content-type")[0].partition(b'boundary="')[2][:-1]
    assert re.fullmatch(b"--[0-9a-f]{24}", mark)
    assert request.responseHeaders.getRawHeaders("content-type") == [
        f'multipart/byteranges; boundary="{mark[2:].decode()}"'
    ]
    assert body == (
        b"\r\n%b\r\nContent-type: text/plain\r\nContent-range: bytes 0-1/10\r\n\r\n01"
        b"\r\n%b\r\nContent-type: text/plain\r\nContent-range: bytes 8-9/10\r\n\r\n89"
        b"\r\n%b--\r\n" % (mark, mark, mark)
    )
    assert request.responseHeaders.getRawHeaders(b"content-length") == [b"%d" % len(body)]
    assert request.responseCode == 206
    assert request.finished == 1


def test_a_range_that_is_not_there(client: Any) -> None:
    answer = client.get("/a.txt", Range="bytes=10-")

    assert (answer.status, answer.body) == (416, b"")
    assert answer["Content-Range"] == "bytes */10"
    assert answer["Content-Length"] == "0"


@pytest.mark.parametrize("field", ["lines=0-1", "bytes=5-2", "bytes=0-9,0-9,0-", "bytes=" + "0-0," * 100])
def test_ranges_that_make_no_sense_or_too_much_are_ignored(client: Any, field: str) -> None:
    answer = client.get("/a.txt", Range=field)

    assert (answer.status, answer.body, answer["Content-Range"]) == (200, b"0123456789", None)


def test_overlapping_ranges_never_bring_more_than_twice_the_file(folder: Path, client_of: ClientOf) -> None:
    (folder / "x.bin").write_bytes(b"x" * 50_000)
    answer = client_of(File(str(folder))).get("/x.bin", Range="bytes=" + "0-,1-,2-")

    assert (answer.status, len(answer.body)) == (200, 50_000)


@pytest.mark.parametrize(
    ("condition", "status"),
    [(ETAG, 206), (CHANGED, 206), ('"x"', 200), ("W/" + ETAG, 200), ("Sun, 09 Sep 2001 01:46:41 GMT", 200)],
)
def test_a_range_of_another_version_is_not_sent(client: Any, condition: str, status: int) -> None:
    assert client.get("/a.txt", Range="bytes=0-1", If_Range=condition).status == status


# Folders, and paths


def test_a_folder_shows_its_index(client: Any) -> None:
    assert client.get("/sub/").body == b"<p>index"


def test_a_folder_without_a_slash_is_redirected(client: Any) -> None:
    for path, target in (("/sub", "/sub/"), ("/sub?x=1", "/sub/?x=1")):
        answer = client.get(path)
        assert (answer.status, answer["Location"]) == (302, target)


@pytest.mark.parametrize("path", ["//sub", "/\\sub", "\\/sub", "///sub"])
def test_no_redirection_leads_to_another_host(folder: Path, path: str) -> None:
    request: Any = DummyRequest([])
    request.uri, request.method = path.encode(), b"GET"

    File(str(folder / "sub")).render(request)

    assert request.responseHeaders.getRawHeaders("location") == ["/sub/"]


def test_indexes_are_looked_for_in_order(folder: Path, client_of: ClientOf) -> None:
    root = File(str(folder))
    root.indexNames = ["nothing", "a.txt"]

    assert client_of(root).get("/").body == b"0123456789"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/a.txt/",
        "/a.txt/x",
        "/sub/nothing",
        "/%00",
        "/a.txt%00",
        "/a%00b/c",
        "/..",
        "/../secret",
        "/sub/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/sub%2f..%2f..%2fsecret",
        "/%2fetc%2fpasswd",
        "/%ff%fe",
        "/%2e%2e%5csecret",
    ],
)
def test_what_is_not_there_or_not_inside_is_not_found(folder: Path, client_of: ClientOf, path: str) -> None:
    (folder / "root").mkdir()
    (folder / "root" / "a.txt").write_text("x")
    (folder / "root" / "sub").mkdir()
    (folder / "secret").write_text("secret")

    answer = client_of(File(str(folder / "root"))).get(path)

    assert answer.status == 404
    assert b"secret" not in answer.body


def test_names_are_utf_8(folder: Path, client_of: ClientOf) -> None:
    (folder / "é.txt").write_text("accent")

    assert client_of(File(str(folder))).get("/%C3%A9.txt").body == b"accent"


def test_what_must_not_be_read_is_forbidden(folder: Path, client_of: ClientOf) -> None:
    class Closed(File):
        def openForReading(self) -> Any:
            raise PermissionError(13, "Permission denied")

    assert client_of(Closed(str(folder))).get("/a.txt").status == 403


def test_what_goes_while_it_is_opened_is_not_found(folder: Path, client_of: ClientOf) -> None:
    class Going(File):
        def openForReading(self) -> Any:
            raise FileNotFoundError(2, "No such file or directory")

    assert client_of(Going(str(folder))).get("/a.txt").status == 404


def test_other_errors_are_the_servers(folder: Path, client_of: ClientOf) -> None:
    class Full(File):
        def openForReading(self) -> Any:
            raise OSError(24, "Too many open files")

    with pytest.raises(OSError, match="Too many"):
        Full(str(folder / "a.txt")).render_GET(DummyRequest([]))


# Types and encodings


def test_the_type_follows_from_the_name(folder: Path, client_of: ClientOf) -> None:
    for name, kind, encoding in (
        ("x.HTML", "text/html", None),
        ("x.tar.gz", "application/x-tar", "gzip"),
        ("x", "text/html", None),
        ("x.bz2", "text/html", "bzip2"),
        ("x.css", "text/css", None),
    ):
        (folder / name).write_text("x")
        answer = client_of(File(str(folder))).get("/" + name)
        assert (answer["Content-Type"], answer["Content-Encoding"]) == (kind, encoding)


def test_the_type_can_be_set(folder: Path, client_of: ClientOf) -> None:
    file = File(str(folder / "a.txt"))
    file.isLeaf = True
    file.type = "x/y"

    assert client_of(file).get("/")["Content-Type"] == "x/y"


def test_the_default_type_holds_below(folder: Path, client_of: ClientOf) -> None:
    (folder / "sub" / "x").write_text("x")

    assert client_of(File(str(folder), "a/b")).get("/sub/x")["Content-Type"] == "a/b"


def test_extensions_can_be_left_out(folder: Path, client_of: ClientOf) -> None:
    (folder / "a.b").write_text("b")

    assert client_of(File(str(folder))).get("/a").status == 404
    assert client_of(File(str(folder), ignoredExts=(".x", ".txt"))).get("/a").body == b"0123456789"
    root = File(str(folder))
    root.ignoreExt(".b")
    assert client_of(root).get("/a").body == b"b"
    assert client_of(root).get("/a.txt").body == b"0123456789"
    assert client_of(File(str(folder), allowExt=1)).get("/a").status == 200  # type: ignore[arg-type]
    assert File(str(folder), ignoredExts=1).ignoredExts == ["*"]  # type: ignore[arg-type]
    assert File(str(folder), ignoredExts=(".x",)).ignoredExts == [".x"]


def test_processors_make_resources(folder: Path, client_of: ClientOf) -> None:
    made: list[tuple[str, Any]] = []

    def process(path: str, registry: Any) -> Resource:
        made.append((path, registry))
        resource = Data(b"processed", "text/plain")
        resource.isLeaf = True
        return resource

    root = File(str(folder))
    root.processors = {".TXT": process}

    assert client_of(root).get("/a.txt").body == b"processed"
    assert made == [(str(folder / "a.txt"), root.registry)]
    assert client_of(root).get("/sub/").body == b"<p>index"


def test_what_is_set_for_a_folder_holds_below(folder: Path) -> None:
    root = File(str(folder), "a/b", (".c",))
    root.processors = {}
    root.indexNames = ["i"]
    root.childNotFound = root.forbidden = Data(b"", "x")
    root.precompressed = (("gzip", ".gz"),)

    below = root.createSimilarFile(str(folder / "sub"))

    assert (below.path, below.defaultType, below.ignoredExts) == (str(folder / "sub"), "a/b", [".c"])
    assert below.registry is root.registry
    assert below.processors is root.processors
    assert below.indexNames is root.indexNames
    assert below.childNotFound is below.forbidden is root.childNotFound
    assert below.precompressed is root.precompressed


# Compressed beforehand


@pytest.fixture
def compressed(folder: Path, client_of: ClientOf) -> Any:
    (folder / "a.txt.gz").write_bytes(b"GZIP")
    (folder / "a.txt.br").write_bytes(b"BROTLI")
    root = File(str(folder))
    root.precompressed = (("br", ".br"), ("gzip", ".gz"))
    return client_of(root)


@pytest.mark.parametrize(
    ("accepted", "body", "coding"),
    [
        ("gzip, br", b"BROTLI", "br"),
        ("GZIP", b"GZIP", "gzip"),
        ("br;q=0, gzip;q=0.1", b"GZIP", "gzip"),
        ("br;q=x", b"0123456789", None),
        ("identity", b"0123456789", None),
        ("", b"0123456789", None),
    ],
)
def test_a_compressed_file_is_sent_to_who_takes_it(
    compressed: Any, accepted: str, body: bytes, coding: str | None
) -> None:
    answer = compressed.get("/a.txt", Accept_Encoding=accepted)

    assert (answer.body, answer["Content-Encoding"]) == (body, coding)
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Length"] == str(len(body))
    assert answer["Vary"].lower() == "accept-encoding"


def test_an_older_compressed_file_is_not_sent(folder: Path, compressed: Any) -> None:
    os.utime(folder / "a.txt.gz", (999_999_999, 999_999_999))

    assert compressed.get("/a.txt", Accept_Encoding="gzip").body == b"0123456789"


def test_it_is_not_looked_for_unless_somebody_says_so(folder: Path, client: Any) -> None:
    (folder / "a.txt.gz").write_bytes(b"GZIP")

    answer = client.get("/a.txt", Accept_Encoding="gzip")
    assert (answer.body, answer["Vary"]) == (b"0123456789", None)


# As objects


def test_a_file_is_a_resource_and_a_path(folder: Path) -> None:
    file = File(str(folder))

    assert IResource.providedBy(file)
    assert isinstance(file, FilePath)
    assert file.listNames() == ["a.txt", "empty", "none.bin", "sub"]
    assert [entity.path for entity in file.listEntities()] == [
        str(folder / name) for name in ("a.txt", "empty", "none.bin", "sub")
    ]
    assert File(str(folder / "a.txt")).listNames() == []
    assert File(str(folder / "a.txt")).getFileSize() == 10


def test_a_child_may_be_named_by_text(folder: Path) -> None:
    child = File(str(folder)).getChild("a.txt", DummyRequest([]))

    assert child.path == str(folder / "a.txt")


def test_a_registry_keeps_resources() -> None:
    registry, resource = Registry(), Resource()

    assert registry.getCachedPath("/x") is None
    registry.cachePath("/x", resource)
    assert registry.getCachedPath("/x") is resource
    assert registry.getCachedPath("/y") is None


# The list of a folder


def test_a_folder_without_index_is_listed(folder: Path, client: Any) -> None:
    (folder / 'b<i>&"').write_bytes(b"x" * 2048)
    (folder / "gone").symlink_to("nowhere")
    os.utime(folder / "sub", (0, 0))

    answer = client.get("/?a")

    page = answer.body.decode()
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>Directory listing for /</title>" in page
    assert re.findall(
        '<tr class="(.*?)">\n<td><a href="(.*?)">(.*?)</a></td>\n<td class="number">(.*?)</td>', page
    ) == [
        ("directory", "empty/", "empty/", ""),
        ("directory", "sub/", "sub/", ""),
        ("file", "a.txt", "a.txt", "10B"),
        ("file", "b%3Ci%3E%26%22", "b&lt;i&gt;&amp;&quot;", "2K"),
        ("file", "none.bin", "none.bin", "0B"),
    ]
    assert '<td class="wide">2001-09-09 01:46</td>\n<td class="wide">[text/plain]</td>\n<td class="wide"></td>' in page
    assert '<td class="wide">1970-01-01 00:00</td>\n<td class="wide">[Directory]</td>' in page


def test_a_path_in_a_list_is_quoted(folder: Path) -> None:
    request: Any = DummyRequest([])
    request.uri = b"/%3Cscript%3E/<b>?<i>"

    page = DirectoryLister(str(folder)).render(request)

    assert b"Directory listing for /&lt;script&gt;/&lt;b&gt;<" in page
    assert b"<script>" not in page
    assert b"<i>" not in page


def test_a_list_shows_what_it_is_told(folder: Path) -> None:
    (folder / "c.Q.gz").write_text("")
    lister = DirectoryLister(str(folder), ["c.Q.gz", "nothing"], {".q": "q/q"}, {".gz": "G"}, "d/d")
    lister.template = "%(header)s|%(tableContent)s"
    lister.linePattern = "%(class)s %(href)s %(text)s %(size)s %(type)s %(encoding)s;"
    request: Any = DummyRequest([])
    request.uri = b"/x/"

    assert lister.render(request) == b"Directory listing for /x/|file c.Q.gz c.Q.gz 0B [q/q] [G];"
    assert repr(lister) == str(lister) == f"<DirectoryLister of {str(folder)!r}>"


def test_a_file_makes_its_list(folder: Path) -> None:
    file = File(str(folder), "d/d")

    lister = file.directoryListing()

    assert (lister.path, lister.dirs, lister.defaultType) == (str(folder), file.listNames(), "d/d")
    assert lister.contentTypes is file.contentTypes
    assert lister.contentEncodings is file.contentEncodings


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1K"),
        (2047, "1K"),
        (2**20 - 1, "1023K"),
        (2**20, "1M"),
        (2**30, "1G"),
        (2**40, "1024G"),
    ],
)
def test_sizes_as_people_read_them(size: int, shown: str) -> None:
    assert static.formatFileSize(size) == shown
