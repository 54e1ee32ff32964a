"""The hosts of URL paths."""

from __future__ import annotations

import pytest

from twisted.python.urlpath import URLPath


@pytest.mark.parametrize(
    ("text", "netloc"),
    [
        ("http://[::1]:8080/a/b", "[::1]:8080"),
        ("http://[2001:db8::1]/a/b", "[2001:db8::1]"),
        ("http://192.0.2.1:8080/a/b", "192.0.2.1:8080"),
        ("http://b\xfccher.example/a/b", "xn--bcher-kva.example"),
    ],
)
def test_addresses_and_names_are_kept(text: str, netloc: str) -> None:
    path = URLPath.fromString(text)

    assert path.netloc == netloc.encode()
    assert str(path) == f"http://{netloc}/a/b"
    assert str(path.sibling(b"c")) == f"http://{netloc}/a/c"
    assert str(path.click(b"/d")) == f"http://{netloc}/d"
