"""
Templates, read from XML or put together in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException

import pytest

from twisted.python.filepath import FilePath
from twisted.web.iweb import ITemplateLoader
from twisted.web.template import TEMPLATE_NAMESPACE, Element, TagLoader, XMLFile, XMLString, renderer, tags

Show = Callable[..., bytes]
NS = f'xmlns:t="{TEMPLATE_NAMESPACE}"'


class Page(Element):
    @renderer
    def shout(self, request: Any, tag: Any) -> Any:
        return tag("!")


def page(xml: str | bytes) -> Page:
    return Page(loader=XMLString(xml))


def test_the_namespace_of_templates() -> None:
    assert TEMPLATE_NAMESPACE == "http://twistedmatrix.com/ns/twisted.web.template/0.1"


def test_a_tag_is_a_template() -> None:
    tag = tags.p

    assert TagLoader(tag).load() == [tag]
    assert ITemplateLoader.providedBy(TagLoader(tag))


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<p>a &lt; &#955;<b/> é</p>", "<p>a &lt; λ<b></b> é</p>"),
        ("<?xml version='1.0'?><a><?php x?>y</a>", "<a>y</a>"),
        ("<!DOCTYPE html><html><!-- c --><![CDATA[d<&]]></html>", "<html><!-- c --><![CDATA[d<&]]></html>"),
        ('<!DOCTYPE a [<!ENTITY foo "bar">]><a>&foo;</a>', "<a>bar</a>"),
        (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://x/y.dtd"><a>1&nbsp;2&bogus;</a>',
            "<a>1\N{NO-BREAK SPACE}2</a>",
        ),
        (
            '<a xmlns="http://www.w3.org/1999/xhtml" xmlns:s="urn:s" s:f="1" xml:lang="en">'
            '<s:b/><c xmlns="u" y="1"/></a>',
            '<a s:f="1" xml:lang="en" xmlns="http://www.w3.org/1999/xhtml" xmlns:s="urn:s">'
            '<s:b></s:b><c y="1" xmlns="u"></c></a>',
        ),
        (f'<p {NS}><b t:render="shout" class="k">z</b></p>', '<p><b class="k">z!</b></p>'),
        (f'<t:transparent {NS}><t:transparent t:render="shout">q</t:transparent><b/></t:transparent>', "q!<b></b>"),
        (f'<p {NS}><t:slot name="s" default="d&lt;">body</t:slot></p>', "<p>d&lt;</p>"),
        (f'<a {NS} href="1"><t:attr name="href">2<t:slot name="s" default="3"/></t:attr>x</a>', '<a href="23">x</a>'),
        (f'<a {NS}><t:attr name="q"><b/>&amp;</t:attr></a>', '<a q="&lt;b&gt;&lt;/b&gt;&amp;"></a>'),
        (f'<a {NS}><t:attr name="q" t:render="shout">w</t:attr></a>', '<a q="w!"></a>'),
        (f"<t:other {NS}/>", "<other></other>"),
        (f'<a {NS} t:other="1"/>', '<a t:other="1"></a>'),
    ],
)
def test_what_xml_stands_for(show: Show, xml: str, expected: str) -> None:
    assert show(page(xml)) == expected.encode()


def test_bytes_are_decoded_as_they_say(show: Show) -> None:
    assert show(page(b'<?xml version="1.0" encoding="latin-1"?><p>\xe9</p>')) == b"<p>\xc3\xa9</p>"
    assert show(page(b"<p>\xc3\xa9</p>")) == b"<p>\xc3\xa9</p>"


def test_text_is_text_whatever_it_says(show: Show) -> None:
    assert show(page('<?xml version="1.0" encoding="latin-1"?><p>é</p>')) == b"<p>\xc3\xa9</p>"


@pytest.mark.parametrize(
    ("xml", "line", "column", "reason"),
    [
        ("<a>\n", 2, 0, "no element found"),
        ("<a></b>", 1, 5, "mismatched tag"),
        ("", 1, 0, "no element found"),
        ("<a>&nbsp;</a>", 1, 3, "undefined entity"),
        (f"<a {NS}>\n <t:slot/></a>", 2, 1, "the template's slot element needs an attribute 'name'"),
        (f"<a {NS}>\n <t:attr/></a>", 2, 1, "the template's attr element needs an attribute 'name'"),
        (f'<t:attr {NS} name="x"/>', 1, 0, "an attr element has to stand in the element that gets the attribute"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(xml: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(SAXParseException) as caught:
        XMLString(xml)

    assert caught.value.getMessage() == reason
    assert (caught.value.getLineNumber(), caught.value.getColumnNumber()) == (line, column)
    assert str(caught.value) == f"<unknown>:{line}:{column}: {reason}"


def test_tags_and_slots_know_their_place() -> None:
    (tag,) = XMLString(f'<p {NS} a="1" t:render="r">\n <t:slot name="s" default="d"/></p>').load()

    assert isinstance(tag, type(tags.p))
    assert (tag.tagName, tag.attributes, tag.render, tag.filename) == ("p", {"a": "1"}, "r", None)
    assert (tag.lineNumber, tag.columnNumber) == (1, 0)
    place: Any = tag.children[1]
    assert (place.name, place.default, place.lineNumber, place.columnNumber) == ("s", "d", 2, 1)


def test_a_template_is_read_once() -> None:
    loader = XMLString("<p/>")

    assert loader.load() is loader.load()


# Files


def test_a_file_is_read_when_it_is_needed_and_once(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    loader = XMLFile(FilePath(str(path)))
    path.write_bytes(b"<p>\xc3\xa9</p>")

    (tag,) = first = loader.load()
    path.write_text("<q/>")

    assert tag.children == ["é"]  # type: ignore[union-attr]  # it is a tag
    assert tag.filename == str(path)  # type: ignore[union-attr]  # it is a tag
    assert loader.load() is first
    assert repr(loader) == f"<XMLFile of {FilePath(str(path))!r}>"


def test_an_error_in_a_file_names_it(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_text("<p>")

    with pytest.raises(SAXParseException, match=f"^{path}:1:3: "):
        XMLFile(FilePath(str(path))).load()
    with pytest.raises(FileNotFoundError):
        XMLFile(FilePath(str(tmp_path / "none"))).load()


def test_names_and_open_files_are_deprecated(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_text("<p>x</p>")

    for source, name in ((str(path), str(path)), (BytesIO(b"<p>x</p>"), None)):
        with pytest.warns(DeprecationWarning, match="Pass a FilePath instead") as caught:
            loader = XMLFile(source)  # type: ignore[arg-type]  # what is deprecated
        assert caught[0].filename == __file__
        (tag,) = loader.load()
        assert (tag.children, tag.filename) == (["x"], name)  # type: ignore[union-attr]  # it is a tag
