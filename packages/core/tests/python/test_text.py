"""Small tools for text, URLs, random bytes, and the version."""

import io
import os
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted import copyright
from twisted.python import randbytes, text
from twisted.python.urlpath import URLPath


@pytest.mark.parametrize(
    ("given_text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("aaaa bb ccc dd\n e f", ["aaaa bb", "ccc dd e f"]),
        ("x" * 12, ["x" * 12]),
        ("a\n\nb", ["a", "", "b", ""]),
        ("  a  b\n \n\n c", ["a b", "", "c", ""]),
        ("12345 6789", ["12345 6789"]),
        ("12345 67890", ["12345", "67890"]),
    ],
)
def test_words_are_put_on_lines(given_text: str, lines: list[str]) -> None:
    assert text.greedyWrap(given_text, 10) == lines
    assert text.wordWrap is text.greedyWrap


def test_lines_are_80_wide_by_default() -> None:
    assert text.greedyWrap("w" * 40 + " " + "v" * 39) == ["w" * 40 + " " + "v" * 39]
    assert text.greedyWrap("w" * 40 + " " + "v" * 40) == ["w" * 40, "v" * 40]


@given(st.text(alphabet="ab \t", max_size=60), st.integers(min_value=1, max_value=20))
def test_wrapping_keeps_words(given_text: str, width: int) -> None:
    lines = text.greedyWrap(given_text, width)

    assert " ".join(lines).split() == given_text.split()
    assert all(len(line) <= width or " " not in line for line in lines)


def test_line_breaks() -> None:
    assert text.isMultiline("a\nb") and not text.isMultiline("ab")
    assert text.endsInNewline("a\n") and not text.endsInNewline("\na") and not text.endsInNewline("")
    assert text.removeLeadingBlanks(["", "  ", "a", "", "b", ""]) == ["a", "", "b", ""]
    assert text.removeLeadingBlanks(["", " "]) == []
    assert text.removeLeadingTrailingBlanks("\n \n a\n\nb\n\n") == " a\n\nb\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a b", ["a", "b"]),
        ('"a b" c', ["a b", "c"]),
        ("'a b'\tc\n", ["a b", "c"]),
        ('a "b c', ["a"]),
        ('"a"b', []),
        ("", []),
        (' "" ', [""]),
        ('a"b c"d', ['a"b', 'c"d']),
        ("a'b c'd", ["a'b", "c'd"]),
        ("a\\ b", ["a\\", "b"]),
    ],
)
def test_quotes_keep_words_together(line: str, words: list[str]) -> None:
    assert text.splitQuoted(line) == words


@pytest.mark.parametrize(
    ("wanted", "content"), [("", ""), ("a", "xax"), ("ab", "aab"), ("b" * 9, "a" * 65534 + "b" * 9)]
)
def test_text_is_found_in_files(wanted: str, content: str) -> None:
    assert text.strFile(wanted, io.StringIO(content))
    assert text.strFile(wanted.upper(), io.StringIO(content), caseSensitive=False)
    assert text.strFile(wanted, io.StringIO(content.upper()), caseSensitive=False)


def test_text_that_is_not_there_is_not_found() -> None:
    assert not text.strFile("abc", io.StringIO("ab" * 50000)) and not text.strFile("A", io.StringIO("a"))
    assert not text.strFile("a", io.StringIO(""))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (5, "5"),
        ("x", "x"),
        ("x\ny", "x\ny\n"),
        ([], "[]"),
        ({}, "{}"),
        ((1,), "(1,)"),
        ([1, "a", (2,)], "[1,\n a,\n (2,),]\n"),
        ({"a": 1, "b": 2}, "{a: 1\n b: 2}\n"),
        ({"a": 1, "b": [1, 2]}, "{a: 1\n b:\n   [1,\n    2,]}\n"),
        ({1: "p\nq"}, "{1:\n   p\n   q}\n"),
    ],
)
def test_nested_values_are_shown_on_lines(value: object, shown: str) -> None:
    assert text.stringyString(value) == shown
    indented = "\n".join(">" + line for line in shown.rstrip("\n").split("\n"))
    assert text.stringyString(value, ">") == indented + "\n" * shown.endswith("\n")


def parts(url: URLPath) -> tuple[Any, ...]:
    return url.scheme, url.netloc, url.path, url.query, url.fragment


def test_urls_come_apart() -> None:
    url = URLPath.fromBytes(b"http://h:8/a/b?c=d#e")

    assert parts(url) == (b"http", b"h:8", b"/a/b", b"c=d", b"e") and str(url) == "http://h:8/a/b?c=d#e"
    assert parts(URLPath()) == (b"http", b"localhost", b"/", b"", b"") and str(URLPath()) == "http://localhost/"
    assert str(URLPath(b"https", b"h", b"/a", b"q", b"f")) == "https://h/a?q#f"
    assert repr(URLPath("x", "h", "/", "", "")) == "URLPath(scheme='x', netloc='h', path='/', query='', fragment='')"
    assert str(URLPath.fromString("http://h")) == "http://h/" and str(URLPath.fromString("/a")) == "/a"
    assert URLPath.fromString("http://h/a b/\xe9").path == b"/a%20b/%C3%A9"
    assert URLPath.fromBytes(b"http://h/\xff").path == b"/%FF"
    assert URLPath.fromString("https://u:secret@h/x").netloc == b"u:@h"


def test_urls_have_their_types() -> None:
    with pytest.raises(ValueError, match="must be a str"):
        URLPath.fromString(b"x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be bytes"):
        URLPath.fromBytes("x")  # type: ignore[arg-type]


def test_parts_of_urls_are_assigned() -> None:
    url = URLPath.fromString("http://h/a?q#f")
    url.scheme, url.netloc, url.path, url.query, url.fragment = b"ftp", b"o:9", b"/z/y", b"k=v", b"g"

    assert str(url) == "ftp://o:9/z/y?k=v#g" and str(url.child(b"x")) == "ftp://o:9/z/y/x"
    assert parts(url) == (b"ftp", b"o:9", b"/z/y", b"k=v", b"g")


@pytest.mark.parametrize(
    ("way", "arguments", "there"),
    [
        ("sibling", [b"q"], "http://h/a/q"),
        ("child", [b"q"], "http://h/a/b/q"),
        ("child", [b"a/b"], "http://h/a/b/a%2Fb"),
        ("parent", [], "http://h/"),
        ("here", [], "http://h/a/"),
        ("click", [b"../z"], "http://h/z"),
        ("click", [b"/r?x=y"], "http://h/r?x=y"),
        ("click", [b"http://o/p"], "http://o/p"),
        ("click", ["#x"], "http://h/a/b?c=d#x"),
    ],
)
def test_ways_from_a_url(way: str, arguments: list[Any], there: str) -> None:
    url = URLPath.fromString("http://h/a/b?c=d#e")

    assert str(getattr(url, way)(*arguments)) == there
    if way != "click":
        assert str(getattr(url, way)(*arguments, keepQuery=True)) == there + "?c=d"


def test_segments_of_urls() -> None:
    url = URLPath.fromString("http://h/%7Ea/%2F")

    assert url.pathList() == [b"", b"%7Ea", b"%2F"] and url.pathList(unquote=True) == [b"", b"~a", b"/"]
    assert URLPath("http", "h", "/a").pathList() == [b"", b"a"]


def test_requests_know_their_url() -> None:
    class Request:
        def prePathURL(self) -> bytes:
            return b"http://h/pre/path"

    assert str(URLPath.fromRequest(Request())) == "http://h/pre/path"


def test_the_old_place_of_urls_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import hyperlink

    monkeypatch.delitem(sys.modules, "twisted.python.url", raising=False)
    with pytest.warns(DeprecationWarning, match="hyperlink") as caught:
        from twisted.python.url import URL
    assert URL is hyperlink.URL
    # pytest imports modules itself where it rewrites their assertions: then it stands between us and the warning.
    assert caught[0].filename == __file__ or caught[0].filename.endswith(os.path.join("assertion", "rewrite.py"))


def test_random_bytes_differ_each_time() -> None:
    for make in (randbytes.secureRandom, randbytes.insecureRandom, randbytes.RandomFactory().insecureRandom):
        assert [len(make(n)) for n in (0, 1, 5)] == [0, 1, 5] and make(16) != make(16)
    assert 0 <= randbytes.getrandbits(3) < 8


def test_insecure_bytes_are_made_of_the_given_bits() -> None:
    class Fixed(randbytes.RandomFactory):
        getrandbits = staticmethod(lambda bits: (1 << bits) - 2)

    assert Fixed().insecureRandom(2) == b"\xff\xfe"
    factory = randbytes.RandomFactory()
    factory.getrandbits = None
    assert len(factory.insecureRandom(4)) == 4


def test_systems_without_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(n: int) -> bytes:
        raise NotImplementedError

    monkeypatch.setattr(os, "urandom", missing)
    factory = randbytes.RandomFactory()

    with pytest.raises(randbytes.SecureRandomNotAvailable, match="No secure random source"):
        factory.secureRandom(3)
    with pytest.warns(RuntimeWarning, match="urandom unavailable") as caught:
        assert len(factory.secureRandom(3, fallback=True)) == 3
    assert caught[0].filename == __file__
    factory.randomSources = (lambda n: b"r" * n,)
    assert factory.secureRandom(3) == b"rrr"
    assert issubclass(randbytes.SourceNotAvailable, RuntimeError)


def test_the_version_is_told() -> None:
    import twisted

    assert (
        copyright.version == twisted.__version__ and copyright.longversion == f"[Twisted, version {copyright.version}]"
    )
    assert copyright.copyright in copyright.disclaimer and "MIT" in copyright.disclaimer
