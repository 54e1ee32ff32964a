"""
URLs as things to walk in, in bytes.

For anything more, `hyperlink.URL` is what does the work here, and more of it.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from hyperlink import URL

__all__ = ["URLPath"]

_T = TypeVar("_T", bound="URLPath")


class _HasURL(Protocol):
    def prePathURL(self) -> bytes: ...


def _text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode("ascii")


def _quoted(part: bytes | str) -> str:
    """Give text of ASCII only: whatever else there is becomes percent signs and digits."""
    from urllib.parse import quote

    return quote(part, safe="%" + "".join(map(chr, range(33, 127)))).replace(" ", "%20")


class URLPath:
    """
    A URL, and ways from it to others.

    Each part may be read and assigned: ``scheme``, ``netloc``, ``path``, ``query``, ``fragment``. They are bytes, or
    text if the URL was made of text.
    """

    def __init__(
        self,
        scheme: bytes | str = b"",
        netloc: bytes | str = b"localhost",
        path: bytes | str = b"",
        query: bytes | str = b"",
        fragment: bytes | str = b"",
    ) -> None:
        self._parts: dict[str, Any] = {  # Any: bytes in, bytes out; text in, text out
            "scheme": scheme or (b"http" if isinstance(scheme, bytes) else "http"),
            "netloc": netloc,
            "path": path or (b"/" if isinstance(path, bytes) else "/"),
            "query": query,
            "fragment": fragment,
        }

    @classmethod
    def _of(cls: type[_T], url: URL) -> _T:
        made = cls()
        # hyperlink would encode an IPv6 address as if it were a name.
        address = ":" in url.host
        plain = url.replace(host="").to_uri().replace(host=url.host) if address else url.to_uri()
        authority = plain.authority(with_password=False)
        path = _quoted(URL(path=plain.path, rooted=plain.rooted).to_text())
        made._parts = {
            "scheme": plain.scheme.encode("ascii"),
            "netloc": authority.encode("ascii"),
            "path": (path or "/" * bool(authority)).encode("ascii"),
            "query": _quoted(URL(query=plain.query).to_text()[1:]).encode("ascii"),
            "fragment": _quoted(plain.fragment).encode("ascii"),
        }
        return made

    def _url(self) -> URL:
        return URL.from_text(str(self) or "/")

    def pathList(self, unquote: bool = False, copy: bool = True) -> list[bytes]:
        """
        Give the segments of the path.

        Args:
            unquote: Whether to resolve percent signs.
            copy: Not needed any more: each call makes a list.
        """
        from urllib.parse import unquote_to_bytes

        path = self.path
        segments = (path if isinstance(path, bytes) else path.encode("ascii")).split(b"/")
        return [unquote_to_bytes(segment) for segment in segments] if unquote else segments

    @classmethod
    def fromString(cls: type[_T], url: str) -> _T:
        """
        Read a URL from text.

        Raises:
            ValueError: It is not text.
        """
        if not isinstance(url, str):
            raise ValueError("'url' must be a str")
        return cls._of(URL.from_text(url))

    @classmethod
    def fromBytes(cls: type[_T], url: bytes) -> _T:
        """
        Read a URL from bytes. Bytes outside of ASCII count as if they were quoted.

        Raises:
            ValueError: It is not bytes.
        """
        if not isinstance(url, bytes):
            raise ValueError("'url' must be bytes")
        return cls.fromString(_quoted(url))

    @classmethod
    def fromRequest(cls: type[_T], request: _HasURL) -> _T:
        """Give the URL of the resource that an HTTP request has reached so far: what its ``prePathURL`` says."""
        return cls.fromBytes(request.prePathURL())

    def _kept(self, url: URL, keep_query: bool) -> URL:
        return url.replace(query=self._url().query if keep_query else (), fragment="")

    def sibling(self, path: bytes, keepQuery: bool = False) -> URLPath:
        """Give the URL with another last segment."""
        return self._of(self._kept(self._url().sibling(_text(path)), keepQuery))

    def child(self, path: bytes, keepQuery: bool = False) -> URLPath:
        """Give the URL with one more segment."""
        return self._of(self._kept(self._url().child(_text(path)), keepQuery))

    def parent(self, keepQuery: bool = False) -> URLPath:
        """Give the URL of the folder that this one's folder is in."""
        return self._of(self._kept(self._url().click(".."), keepQuery))

    def here(self, keepQuery: bool = False) -> URLPath:
        """Give the URL of the folder that this is in."""
        return self._of(self._kept(self._url().click("."), keepQuery))

    def click(self, st: bytes | str) -> URLPath:
        """Give the URL that a link on this page leads to."""
        return self._of(self._url().click(_text(st)))

    def __str__(self) -> str:
        scheme, netloc, path, query, fragment = map(_text, self._parts.values())
        text = f"{scheme}:" if scheme else ""
        text += f"//{netloc}" if netloc else ""
        text += path if path.startswith("/") or not (path and netloc) else f"/{path}"
        return text + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._parts.items())
        return f"URLPath({shown})"

    @property
    def scheme(self) -> Any:  # Any, here and below: bytes, or text if made of text
        """What comes before the first colon."""
        return self._parts["scheme"]

    @scheme.setter
    def scheme(self, value: bytes | str) -> None:
        self._parts["scheme"] = value

    @property
    def netloc(self) -> Any:
        """The host, with the port if there is one."""
        return self._parts["netloc"]

    @netloc.setter
    def netloc(self, value: bytes | str) -> None:
        self._parts["netloc"] = value

    @property
    def path(self) -> Any:
        """The segments, each with a slash before it."""
        return self._parts["path"]

    @path.setter
    def path(self, value: bytes | str) -> None:
        self._parts["path"] = value

    @property
    def query(self) -> Any:
        """What comes behind the question mark."""
        return self._parts["query"]

    @query.setter
    def query(self, value: bytes | str) -> None:
        self._parts["query"] = value

    @property
    def fragment(self) -> Any:
        """What comes behind the number sign."""
        return self._parts["fragment"]

    @fragment.setter
    def fragment(self, value: bytes | str) -> None:
        self._parts["fragment"] = value
