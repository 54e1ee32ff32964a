"""Forms that are posted, as a whole."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._http.forms import Unreadable, read_form, read_multipart

MULTIPART = b"multipart/form-data; boundary=BB"
FILE = (
    b'--BB\r\nContent-Disposition: form-data; name="f"\r\n\r\nval\r\n'
    b'--BB\r\nContent-Disposition: form-data; name="u"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"data\r\nmore\r\n--BB--\r\n"
)


def read(data: bytes, boundary: bytes = b"BB", most: int = 100) -> dict[bytes, list[bytes]]:
    return read_multipart(data, boundary, most)


def part(header: bytes, body: bytes = b"v") -> bytes:
    return b"--BB\r\n" + header + b"\r\n\r\n" + body + b"\r\n--BB--\r\n"


def test_fields_and_files_are_read_alike() -> None:
    assert read(FILE) == {b"f": [b"val"], b"u": [b"data\r\nmore"]}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (FILE.replace(b"\r\n", b"\n"), {b"f": [b"val"], b"u": [b"data\nmore"]}),
        (b"preamble\r\n" + FILE + b"epilogue", {b"f": [b"val"], b"u": [b"data\r\nmore"]}),
        (FILE[:-2], {b"f": [b"val"], b"u": [b"data\r\nmore"]}),
        (FILE[:-10], {b"f": [b"val"], b"u": [b"data\r\nmore"]}),
        (FILE[:60], {b"f": [b"val"]}),
        (b"--BB--\r\n", {}),
        (part(b'Content-Disposition: form-data; name="f"', b""), {b"f": [b""]}),
        (part(b'Content-Disposition: form-data; name="f"', b"--BBB\r\n--BBx"), {b"f": [b"--BBB\r\n--BBx"]}),
        (part(b'Content-Disposition: form-data; name="f"', b"x--BB\r\n"), {b"f": [b"x--BB\r\n"]}),
        (part(b"content-disposition:form-data;name=f"), {b"f": [b"v"]}),
        (part(b"Content-Disposition: form-data"), {}),
        (part(b"X: y"), {}),
        (part(b"Content-Disposition: form-data; name*=UTF-8''a%20b"), {b"a b": [b"v"]}),
        (part(b"Content-Disposition: form-data; name*=latin-1''a"), {}),
        (part(b"Content-Disposition: form-data; name*=broken"), {}),
        (
            part(b'Content-Transfer-Encoding: BASE64\r\nContent-Disposition: form-data; name="f"', b"YWJj"),
            {b"f": [b"abc"]},
        ),
        (
            part(b'Content-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="f"', b"a"),
            {b"f": [b"a"]},
        ),
        (
            part(b'Content-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name="f"', b"=41"),
            {b"f": [b"A"]},
        ),
        (b'--BB \t\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n--BB--', {b"f": [b"v"]}),
        (b'--BB\r\nContent-Disposition: form-data; name="f"', {}),
    ],
)
def test_what_programs_send(data: bytes, found: dict[bytes, list[bytes]]) -> None:
    assert read(data) == found


@pytest.mark.parametrize(
    ("data", "boundary"), [(FILE, b""), (FILE, b"CC"), (b"x--BB\r\n", b"BB"), (b"--BBx\r\n", b"BB")]
)
def test_a_form_without_a_part_is_none(data: bytes, boundary: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read(data, boundary)
    assert not caught.value.too_large


def test_a_form_has_so_many_parts_at_most() -> None:
    data = (b'--BB\r\nContent-Disposition: form-data; name="f"\r\n\r\nv\r\n' * 3) + b"--BB--"

    assert read(data, most=3) == {b"f": [b"v"] * 3}
    with pytest.raises(Unreadable) as caught:
        read(data, most=2)
    assert caught.value.too_large


def test_the_header_of_a_part_has_so_many_bytes_at_most() -> None:
    header = b'Content-Disposition: form-data; name="f"\r\nX: '
    assert read(part(header + b"y" * 16000)) == {b"f": [b"v"]}
    with pytest.raises(Unreadable) as caught:
        read(part(header + b"y" * 17000))
    assert caught.value.too_large


@given(
    st.lists(st.tuples(st.from_regex(rb"\A[a-zA-Z0-9 ]{1,8}\Z"), st.binary(max_size=60)), min_size=1, max_size=5),
    st.from_regex(rb"\A[a-zA-Z0-9]{8,20}\Z"),
)
def test_what_a_browser_writes_is_read(fields: list[tuple[bytes, bytes]], boundary: bytes) -> None:
    data = b""
    found: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        if b"--" + boundary in value:
            continue
        data += b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (boundary, name, value)
        found.setdefault(name.strip(), []).append(value)

    assert read(data + b"--" + boundary + b"--\r\n", boundary) == found


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for data in (noise, b"--BB\r\n" + noise, b"--BB\r\n\r\n" + noise + b"\r\n--BB--"):
        try:
            assert isinstance(read(data), dict)
        except Unreadable as error:
            assert str(error)


def test_only_forms_are_read_and_the_file_is_left_at_its_beginning() -> None:
    file = BytesIO(b"a=1&b=2;c")
    assert read_form(b"application/x-www-form-urlencoded", file, 9, 3) == {b"a": [b"1"], b"b": [b"2"]}
    assert file.tell() == 0
    assert read_form(b"text/plain", file, 9, 3) == {}
    assert read_form(MULTIPART, BytesIO(FILE), 1000, 2) == {b"f": [b"val"], b"u": [b"data\r\nmore"]}
    assert read_form(MULTIPART, BytesIO(b""), 1000, 2) == {}


@pytest.mark.parametrize(("most_bytes", "most_fields"), [(8, 3), (9, 2)])
def test_a_form_that_is_too_large_is_refused(most_bytes: int, most_fields: int) -> None:
    with pytest.raises(Unreadable) as caught:
        read_form(b"application/x-www-form-urlencoded", BytesIO(b"a=1&b=2;c"), most_bytes, most_fields)
    assert caught.value.too_large
