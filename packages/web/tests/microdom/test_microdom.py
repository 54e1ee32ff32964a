"""Trees of documents: `twisted.web.microdom`, and `twisted.web.domhelpers` that walks them."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from twisted.web import domhelpers, microdom


@pytest.mark.parametrize("name", ["microdom", "domhelpers"])
def test_the_module_warns_whoever_imports_it(name: str) -> None:
    program = f"import twisted.web.{name}"

    done = subprocess.run([sys.executable, "-W", "always", "-c", program], capture_output=True, text=True, check=True)

    assert f"DeprecationWarning: twisted.web.{name} was deprecated at Twisted 23.10.0" in done.stderr
    module: Any = importlib.import_module(f"twisted.web.{name}")
    assert module.warningString == f"twisted.web.{name} was deprecated at Twisted 23.10.0"


def html(document: str, **settings: Any) -> str:
    text = microdom.parseString(document, **settings).toxml()
    assert text.startswith('<?xml version="1.0"?>')
    return text[21:]


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ("<a/>", "<a></a>"),
        ("<A B='c'><B/></a>", '<a b="c"><b></b></a>'),
        ("<br/>", "<br />"),
        ("<a b='&lt;&quot;&amp;&copy;'/>", '<a b="&lt;&quot;&amp;&amp;copy;"></a>'),
        ("<a>x &amp; y&copy;</a>", "<a>x &amp; y&copy;</a>"),
        ("<a> <!-- c --><![CDATA[x<y]]>\n</a>", "<a><!-- c --><![CDATA[x<y]]></a>"),
        ("<pre> <b/>\n</pre>", "<pre> <b></b>\n</pre>"),
        ("<a xml:space='preserve'> </a>", '<a xml:space="preserve"> </a>'),
        ("<!DOCTYPE html><a/>", "<!DOCTYPE html><a></a>"),
        ("<!--x--><a/><b/>", "<a></a>"),
        ("<a xmlns='u' b='c'><d/></a>", '<a xmlns="u" b="c"><d></d></a>'),
        ("<a xmlns='u'><b xmlns='v'/><c/></a>", '<a xmlns="u"><b xmlns="v"></b><c></c></a>'),
        ("<a xmlns:q='v' q:b='c' d='e'/>", '<a q:b="c" d="e" xmlns:q="v"></a>'),
        ("<q:a xmlns:q='v'><q:b q:c='d'/></q:a>", '<q:a xmlns:q="v"><q:b q:c="d"></q:b></q:a>'),
    ],
)
def test_a_document_is_read_and_written(document: str, written: str) -> None:
    assert html(document) == written


@pytest.mark.parametrize(
    ("document", "written"),
    [
        ("<p>a<p>b", "<html><p>a</p><p>b</p></html>"),
        ("<br>x", "<html><br />x</html>"),
        ("text", "<html>text</html>"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("<b><i>x</b></i>", "<b><i>x</i></b>"),
        ("<a><b>x</c>y</a>", "<a><b>xy</b></a>"),
        ("<a></b>x", "<html><a></a>x</html>"),
        ("<div><p>x</div>", "<div><p>x</p></div>"),
        ("<title>x<body>y", "<html><title>x</title><body>y</body></html>"),
        ("<script>a<b&c</script>", "<script>a&lt;b&amp;c</script>"),
        ("<script>// <!--\nx<y\n//--></script>", "<script>// <!--\nx<y\n//--></script>"),
        ("<script><![CDATA[x<y]]> </script>", "<script><![CDATA[x<y]]></script>"),
    ],
)
def test_a_lenient_parser_makes_the_best_of_it(document: str, written: str) -> None:
    assert html(document, beExtremelyLenient=1) == written


def test_upper_and_lower_case_may_differ_or_be_kept() -> None:
    assert microdom.parseXMLString("<A B='c'/>").toxml()[21:] == '<A B="c"></A>'
    assert html("<A B='c'>x</a>", preserveCase=1) == '<A B="c">x</a>'
    with pytest.raises(microdom.MismatchedTags):
        microdom.parseXMLString("<a></A>")


def test_tags_that_do_not_nest_are_told_with_their_places() -> None:
    with pytest.raises(microdom.MismatchedTags) as caught:
        microdom.parseString("<a><b></a>")
    error = caught.value

    assert str(error) == "expected </b>, got </a> line: 1 col: 10, began line: 1 col: 6"
    assert (error.filename, error.expect, error.got) == ("<xmlfile />", "b", "a")
    assert (error.endLine, error.endCol, error.begLine, error.begCol) == (1, 10, 1, 6)


@pytest.mark.parametrize(("document", "expect", "got"), [("</a>", "NOTHING", "a"), ("<a>", None, "END_OF_FILE")])
def test_tags_that_never_began_or_never_end_are_told(document: str, expect: str | None, got: str) -> None:
    with pytest.raises(microdom.MismatchedTags) as caught:
        microdom.parseString(document)

    assert caught.value.got == got
    assert expect is None or caught.value.expect == expect


def test_a_document_of_nothing_is_refused() -> None:
    with pytest.raises(microdom.ParseError, match="<xmlfile />:0:0: No top-level Nodes in document"):
        microdom.parseString("")


def test_files_are_read_by_name_or_open(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_text("<A>\u20ac</A>", encoding="utf-8")

    assert microdom.parse(str(path)).toxml()[21:] == "<a>\u20ac</a>"
    assert microdom.parseXML(BytesIO(path.read_bytes())).toxml()[21:] == "<A>\u20ac</A>"


def test_documents_for_people_have_lines() -> None:
    page = microdom.parseString("<html><p>a  b<br/></p><ul><li>y</li></ul></html>")

    written = '<?xml version="1.0"?>\n\n<html>\n <p>a b<br />\n </p>\n <ul>\n  <li>y</li>\n </ul>\n</html>'
    assert page.toprettyxml(strip=1) == written


def test_a_deep_document_is_written_without_recursion() -> None:
    depth = 5000
    page = microdom.parseString("<a>" * depth + "</a>" * depth)

    assert page.toxml()[21:] == "<a>" * depth + "</a>" * depth
    assert len(page.getElementsByTagName("a")) == depth


def test_children_come_and_go() -> None:
    parent = microdom.Element("p")
    one, two, three = (microdom.Text(each) for each in "123")

    parent.appendChild(two)
    parent.insertBefore(one, two)
    parent.replaceChild(three, two)
    assert (parent.toxml(), parent.firstChild(), parent.lastChild()) == ("<p>13</p>", one, three)
    assert (two.parentNode, three.parentNode, parent.hasChildNodes()) == (None, parent, 1)

    parent.removeChild(one)
    parent.removeChild(three)
    assert (parent.firstChild(), parent.hasChildNodes()) == (None, 0)

    with pytest.raises(ValueError, match="oldChild is not a child"):
        parent.replaceChild(one, two)
    with pytest.raises(TypeError, match="expected Node instance"):
        parent.appendChild("text")  # type: ignore[arg-type]


def test_a_document_has_one_element() -> None:
    document = microdom.Document(microdom.Element("a"))

    with pytest.raises(ValueError, match="Only one element"):
        document.appendChild(microdom.Element("b"))


def test_nodes_are_equal_by_what_they_say() -> None:
    texts = [
        "<a x='1'>t<b/></a>",
        "<a x='2'>t<b/></a>",
        "<a x='1'>t</a>",
        "<!DOCTYPE q><a x='1'>t<b/></a>",
        "<a>&b;</a>",
    ]
    for index, first in enumerate(texts):
        for other, second in enumerate(texts):
            equal = microdom.parseString(first).isEqualToNode(microdom.parseString(second))
            assert equal == (index == other)

    assert microdom.Text("x").isEqualToNode(microdom.Text("x"))
    assert not microdom.Text("x").isEqualToNode(microdom.Text("x", raw=1))
    assert not microdom.Text("x").isEqualToNode(microdom.Element("x"))
    assert microdom.EntityReference("x").isEqualToEntityReference(microdom.EntityReference("x"))


def test_copies_are_equal_and_apart() -> None:
    page = microdom.parseString("<!DOCTYPE q><a x='1'>t<b>&c;<!--d--><![CDATA[e]]></b></a>")

    copy = page.cloneNode(1)
    assert copy.isEqualToDocument(page)

    copy.documentElement.setAttribute("x", "2")
    assert page.documentElement.getAttribute("x") == "1"
    assert page.documentElement.cloneNode().childNodes == []


def test_attributes_are_asked_for_set_and_taken_away() -> None:
    element = microdom.Element("A", {"B": "c", ("u", "d"): "e"})

    assert (element.tagName, element.getAttribute("b"), element.getAttribute("q", 3)) == ("a", "c", 3)
    assert (element.getAttributeNS("u", "d"), element.getAttributeNS("u", "b", 7)) == ("e", 7)
    assert element.getAttributeNode("b").value == "c"
    assert (element.hasAttribute("B"), element.hasAttributes()) == (True, 1)

    element.setAttribute("b", "<'\"&")
    element.removeAttribute(("u", "d"))
    assert element.toxml() == '<a b="&lt;\'&quot;&amp;"></a>'
    element.removeAttribute("b")
    assert not element.hasAttribute("b")


def test_namespaces_are_written_by_prefix() -> None:
    element = microdom.Element("a", namespace="u")
    element.appendChild(microdom.Element("b", namespace="v"))
    element.appendChild(microdom.Element("c", namespace="u"))
    element.addPrefixes({"v": "p"})

    assert element.toxml() == '<a xmlns="u" xmlns:p="v"><p:b></p:b><c></c></a>'
    assert element.toxml(nsprefixes={"v": "k"}) == '<a xmlns="u"><k:b></k:b><c></c></a>'
    assert element.toxml(namespace="u") == '<a xmlns:p="v"><p:b></p:b><c></c></a>'


def test_elements_are_found_by_name_and_identity() -> None:
    page = microdom.parseXMLString("<a><b id='1'><c id='2'/></b><B id='1'/></a>")

    assert [each.tagName for each in microdom.getElementsByTagNameNoCase(page, "B")] == ["b", "B"]
    assert [each.tagName for each in microdom.getElementsByTagName(page, "B")] == ["B"]
    assert [each.tagName for each in page.getElementsByTagName("b")] == ["b"]
    assert page.getElementById("2").tagName == "c"
    assert page.getElementById("1").tagName == "b"
    assert page.getElementById("9") is None


def test_elements_describe_themselves() -> None:
    element = microdom.parseString("<a b='c'>x</a>").documentElement

    assert str(element) == "<a ('<xmlfile />' line 1 column 9) b='c' >...</a>"
    assert str(microdom.Element("a")) == "<a />"
    assert repr(microdom.Element("a", {"b": "c"})) == "Element('a', attributes=InsensitiveDict({'b': 'c'}))"


def test_documents_make_their_nodes() -> None:
    document = microdom.Document()

    assert document.createElement("Q").toxml() == "<q></q>"
    assert document.createTextNode("<").toxml() == "&lt;"
    assert document.createComment("<").toxml() == "<!--<-->"


def test_trees_are_built_by_hand() -> None:
    built = microdom.lmx("p")
    built.text("a<b").text("<i>", raw=1)
    built["cls"] = "q"
    built.span(x="y").text("in")

    assert built.node.toxml() == '<p cls="q">a&lt;b<i><span x="y">in</span></p>'
    assert (built["cls"], built["no"]) == ("q", None)
    assert microdom.lmx().node.tagName == "div"


def test_characters_are_escaped_and_back() -> None:
    assert microdom.escape("<&>\"'") == "&lt;&amp;&gt;&quot;'"
    assert microdom.escape("'", microdom.XML_ESCAPE_CHARS) == "&apos;"
    assert microdom.unescape("&amp;lt;&lt;&apos;") == "&lt;<&apos;"
    assert microdom.unescape("&apos;", microdom.REV_XML_ESCAPE_CHARS) == "'"


SAMPLE = "<a id='1'><b name='2'>t&lt;u<i id='3'>v</i></b><c model='4' pattern='5'/><b>w</b><!--z--></a>"


def sample() -> microdom.Document:
    return microdom.parseXMLString(SAMPLE)


@pytest.mark.parametrize(("mark", "name"), [("1", "a"), ("3", "i"), ("4", "c"), ("5", "c")])
def test_nodes_are_looked_up_by_their_marks(mark: str, name: str) -> None:
    assert domhelpers.get(sample(), mark).tagName == name
    assert domhelpers.getIfExists(sample(), mark).tagName == name  # type: ignore[union-attr]


def test_a_mark_that_is_nowhere_is_an_error_or_nothing() -> None:
    assert domhelpers.getIfExists(sample(), "2") is None
    with pytest.raises(domhelpers.NodeLookupError, match="2"):
        domhelpers.get(sample(), "2")


def test_nodes_are_emptied() -> None:
    page = sample()

    assert domhelpers.getAndClear(page, "3").tagName == "i"
    assert '<i id="3"></i>' in page.toxml()
    domhelpers.clearNode(page.documentElement)
    assert page.toxml()[21:] == '<a id="1"></a>'


def test_attributes_change_all_the_way_down() -> None:
    for change, outcome in [
        (domhelpers.superSetAttribute, '<a k="N"><b k="N"></b></a>'),
        (domhelpers.superPrependAttribute, '<a k="N/1"><b k="N"></b></a>'),
        (domhelpers.superAppendAttribute, '<a k="1/N"><b k="N"></b></a>'),
    ]:
        element = microdom.parseXMLString("<a k='1'><b/></a>").documentElement
        change(element, "k", "N")
        assert element.toxml() == outcome


def test_texts_are_gathered() -> None:
    assert domhelpers.gatherTextNodes(sample()) == "t&lt;uvwz"
    assert domhelpers.gatherTextNodes(sample(), 1, "|") == "t|<|u|v|w|z"
    assert domhelpers.getNodeText(sample()) == "t&lt;uvwz"
    stream = StringIO()
    domhelpers.writeNodeData(sample(), stream)
    assert stream.getvalue() == "t&lt;uvwz"


def test_nodes_are_found_by_what_one_asks() -> None:
    nested = microdom.parseXMLString("<a><b k='1'><c><b k='1'/></c></b></a>")

    def names(nodes: list[Any]) -> list[str]:
        return [node.nodeName for node in nodes]

    def is_b(node: Any) -> bool:
        return bool(node.nodeName == "b")

    def is_not_b(node: Any) -> bool:
        return not is_b(node)

    kept: list[Any] = []
    assert domhelpers.findNodes(nested, is_b, kept) is kept and names(kept) == ["b", "b"]
    assert names(domhelpers.findElements(nested, is_not_b)) == ["a", "c"]
    assert names(domhelpers.findNodesShallow(nested.documentElement, is_b)) == ["b"]
    assert names(domhelpers.findNodesShallowOnMatch(nested, is_b, is_not_b)) == ["b"]
    assert names(domhelpers.findNodesNamed(nested, "c")) == ["c"]
    assert names(domhelpers.findElementsWithAttribute(nested, "k")) == ["b", "b"]
    assert domhelpers.findElementsWithAttribute(nested, "k", "2") == []
    assert names(domhelpers.findElementsWithAttributeShallow(nested.documentElement, "k")) == ["b"]
    assert names(domhelpers.locateNodes(nested.childNodes, "k", "1")) == ["b"]
    assert names(domhelpers.locateNodes(nested, "k", "1", noNesting=0)) == ["b", "b"]
    assert names(domhelpers.namedChildren(nested.documentElement, "b")) == ["b"]
    assert domhelpers.namedChildren(nested.documentElement, "c") == []
    deepest = domhelpers.findNodesNamed(nested, "c")[0]
    assert names(domhelpers.getParents(deepest)) == ["c", "b", "a", nested.nodeName]


def test_texts_are_filled_in() -> None:
    element = microdom.parseXMLString("<a>x %(k)s<b>%(k)s</b></a>").documentElement

    domhelpers.substitute(None, element, {"k": "<v>"})

    assert element.toxml() == "<a>x &lt;v&gt;<b>&lt;v&gt;</b></a>"


def test_raw_text_is_written_as_it_is() -> None:
    assert domhelpers.RawText("<b>&").toxml() == "<b>&"
    assert domhelpers.RawText("<b>").toprettyxml(indent=" ") == " <b>\n"


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        # Tags that end nothing end the only element there is; what has no content is none.
        ("<a><br></x>y", "<html><a><br /></a>y</html>"),
        ("<a><b><br></x>y", "<a><b><br />y</b></a>"),
        ("<a><br></a>y", "<html><a><br /></a>y</html>"),
        ("<a><br></br>x</a>", "<a><br />x</a>"),
        # What ends at the next of its kind does so in upper and lower case.
        ("<P>a<P>b", "<html><p>a</p><p>b</p></html>"),
        ("<TITLE>x<Body>y", "<html><title>x</title><body>y</body></html>"),
    ],
)
def test_what_a_lenient_parser_makes_of_ends_that_are_missing(source: str, tree: str) -> None:
    assert microdom.parseString(source, beExtremelyLenient=1).documentElement.toxml() == tree


def test_names_that_differ_in_case_end_nothing_where_case_counts() -> None:
    document = microdom.parseString("<P>a<p>b", beExtremelyLenient=1, caseInsensitive=0)

    assert document.documentElement.toxml() == "<P>a<p>b</p></P>"


@pytest.mark.parametrize("source", ["<!-- c -->", "<![CDATA[x]]>", "<!DOCTYPE html>\n&amp;", "<?xml version='1.0'?>"])
def test_a_document_without_an_element_is_none(source: str) -> None:
    with pytest.raises(microdom.ParseError, match="No top-level Nodes in document"):
        microdom.parseString(source)
    assert microdom.parseString(source + "<a/>").documentElement.toxml() == "<a></a>"
