"""
Trees from documents.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import IO, Any, Final

from twisted.python.failure import Failure
from twisted.web._microdom.escapes import REV_HTML_ESCAPE_CHARS, unescape
from twisted.web._microdom.nodes import CDATASection, Comment, Document, Element, EntityReference, Node, Text
from twisted.web.sux import ParseError, XMLParser

# The namespaces around a document: by prefix, the element that said so, and by namespace.
Scope = tuple[dict[Any, Any], "Element | None", dict[Any, Any]]

_CLOSED_SOON: Final = ["area", "link", "br", "img", "hr", "input", "base", "meta"]
_CLOSED_LATER: Final = {
    "p": ["p", "dt"],
    "dt": ["dt", "dd"],
    "dd": ["dt", "dd"],
    "li": ["li"],
    "tbody": ["thead", "tfoot", "tbody"],
    "thead": ["thead", "tfoot", "tbody"],
    "tfoot": ["thead", "tfoot", "tbody"],
    "colgroup": ["colgroup"],
    "col": ["col"],
    "tr": ["tr"],
    "td": ["td"],
    "th": ["th"],
    "head": ["body"],
    "title": ["head", "body"],
    "option": ["option"],
}


class MismatchedTags(Exception):
    """
    A tag ends that is not the one that began last.

    Args:
        filename: What the document is called.
        expect: The tag that should end.
        got: The tag that ends.
        endLine: In which line.
        endCol: In which column.
        begLine: In which line *expect* began.
        begCol: In which column.
    """

    def __init__(
        self, filename: object, expect: object, got: object, endLine: int, endCol: int, begLine: int, begCol: int
    ) -> None:
        super().__init__(filename, expect, got, endLine, endCol, begLine, begCol)
        self.filename, self.expect, self.got = filename, expect, got
        self.endLine, self.endCol, self.begLine, self.begCol = endLine, endCol, begLine, begCol

    def __str__(self) -> str:
        return (
            f"expected </{self.expect}>, got </{self.got}> line: {self.endLine} col: {self.endCol},"
            f" began line: {self.begLine} col: {self.begCol}"
        )


class MicroDOMParser(XMLParser):
    """
    Makes trees of documents.

    Args:
        beExtremelyLenient: Whether to take what HTML of the street contains.
        caseInsensitive: Whether upper and lower case are the same.
        preserveCase: Whether names are kept as they come, when they are.
        soonClosers: Elements that a lenient parser expects to have no content.
        laterClosers: For elements that need no end, those whose beginning ends them.
    """

    soonClosers = _CLOSED_SOON
    laterClosers = _CLOSED_LATER
    COMMENT = re.compile(r"\s*/[/*]\s*")

    def __init__(
        self,
        beExtremelyLenient: int = 0,
        caseInsensitive: int = 1,
        preserveCase: int = 0,
        soonClosers: list[str] = _CLOSED_SOON,
        laterClosers: dict[str, list[str]] = _CLOSED_LATER,
    ) -> None:
        self.elementstack: list[Element] = []
        self.documents: list[Any] = []  # Nodes of any kind.
        self.beExtremelyLenient = beExtremelyLenient
        self.caseInsensitive = caseInsensitive
        self.preserveCase = preserveCase or not caseInsensitive
        self.soonClosers = soonClosers
        self.laterClosers = laterClosers
        self.nsstack: list[Scope] = [({"xmlns": "xmlns", "": None}, None, {"xmlns": "xmlns", None: ""})]
        self._keeping = 0

    def shouldPreserveSpace(self) -> int:
        """Tell whether blanks count where we are: in ``pre`` and where ``xml:space`` says so."""
        return 1 if self._keeping else 0

    def _keeps(self, element: Element) -> bool:
        return element.tagName == "pre" or element.getAttribute("xml:space", "") == "preserve"

    def _folded(self, name: str) -> str:
        return name.lower() if self.caseInsensitive else name

    def _add(self, node: Node) -> None:
        if self.elementstack:
            parent = self.elementstack[-1]
            parent.childNodes.append(node)
            node.parentNode = parent
        else:
            self.documents.append(node)

    def _push(self, element: Element) -> None:
        if self.elementstack:
            self._add(element)
        self.elementstack.append(element)
        self._keeping += self._keeps(element)

    def _pop(self) -> Element:
        element = self.elementstack.pop()
        self._keeping -= self._keeps(element)
        if self.nsstack[-1][1] is element:
            self.nsstack.pop()
        if not self.elementstack:
            self.documents.append(element)
        return element

    def _end_what_has_no_content(self) -> None:
        if self.beExtremelyLenient and self.elementstack and self.elementstack[-1].tagName in self.soonClosers:
            self._pop()

    def gotDoctype(self, doctype: str) -> None:
        """Remember the document type."""
        self._type = doctype

    _type: str | None = None

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins, and perhaps others end."""
        if self.beExtremelyLenient:
            self._end_what_has_no_content()
            if self.elementstack:
                last = self._folded(self.elementstack[-1].tagName)
                if self._folded(name) in self.laterClosers.get(last, ()):
                    self._pop()
        by_prefix, _, by_uri = self.nsstack[-1]
        plain: dict[Any, str] = {}
        spaces: dict[str, str] = {}
        for key, raw in attributes.items():
            value = unescape(raw, REV_HTML_ESCAPE_CHARS)
            if key == "xmlns":
                spaces[""] = value
            elif key.startswith("xmlns:"):
                spaces[key[6:]] = value
            else:
                plain[key] = value
        by_prefix = {**by_prefix, **spaces}
        for key in [key for key in plain if ":" in key]:
            prefix, _, local = key.partition(":")
            if prefix and prefix in by_prefix:
                plain[by_prefix[prefix], local] = plain.pop(key)
        element = Element(
            name,
            plain,
            self.elementstack[-1] if self.elementstack else None,
            self.filename,
            self.saveMark(),
            caseInsensitive=self.caseInsensitive,
            preserveCase=self.preserveCase,
            namespace=by_prefix[""],
        )
        own = {uri: prefix for prefix, uri in spaces.items()}
        element.addPrefixes(own)
        self._push(element)
        if spaces:
            self.nsstack.append((by_prefix, element, {**by_uri, **own}))

    def gotText(self, data: str) -> None:
        """There is text; blanks alone count only where they are kept."""
        if data.strip() or self.shouldPreserveSpace():
            self._end_what_has_no_content()
            self._add(Text(data))

    def gotCData(self, cdata: str) -> None:
        """There is a CDATA section."""
        self._end_what_has_no_content()
        self._add(CDATASection(cdata))

    def gotComment(self, data: str) -> None:
        """There is a comment."""
        self._end_what_has_no_content()
        self._add(Comment(data))

    def gotEntityReference(self, entityRef: str) -> None:
        """There is a reference."""
        self._end_what_has_no_content()
        self._add(EntityReference(entityRef))

    def gotTagEnd(self, name: str) -> None:
        """
        An element ends.

        Raises:
            MismatchedTags: It is not the one that began last, and we are strict.
        """
        folded = self._folded(name)
        if self.elementstack and self._folded(self.elementstack[-1].tagName) != folded:
            self._end_what_has_no_content()
        if not self.elementstack:
            if self.beExtremelyLenient:
                return
            raise MismatchedTags(self.filename, "NOTHING", name, *self.saveMark(), 0, 0)
        last = self.elementstack[-1]
        if self._folded(last.tagName) != folded:
            if not self.beExtremelyLenient:
                raise MismatchedTags(self.filename, last.tagName, name, *self.saveMark(), *(last._markpos or (0, 0)))
            names = [self._folded(each.tagName) for each in self.elementstack]
            if folded not in names:
                if len(names) == 1:
                    self._pop()  # As it always did: what follows is beside, not in, the first element.
                return
            while names.pop() != folded:
                self._pop()
            last = self.elementstack[-1]
        if self.beExtremelyLenient and last.tagName == "script":
            self._uncover(last)
        last.endTag(name)
        self._pop()

    def _uncover(self, script: Element) -> None:
        # Scripts hide from old browsers in comments, and from XML in CDATA sections.
        if len(script.childNodes) != 1 or not isinstance(script.childNodes[0], Text):
            return
        text = script.childNodes[0].data
        before = self.COMMENT.match(text)
        start = before.end() if before else 0
        rest = text[start:].strip()
        hidden: Node
        if rest.startswith("<![CDATA[") and rest.endswith("]]>"):
            hidden = CDATASection(rest[9:-3])
        elif rest.startswith("<!--") and rest.endswith("-->"):
            hidden = Comment(rest[4:-3])
        else:
            return
        script.childNodes = []
        for node in (*([Text(text[:start])] if start else ()), hidden):
            script.appendChild(node)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """
        End the document.

        Raises:
            MismatchedTags: An element did not end, and we are strict.
        """
        super().connectionLost(reason)
        if not self.elementstack:
            return
        if not self.beExtremelyLenient:
            last = self.elementstack[-1]
            raise MismatchedTags(self.filename, last, "END_OF_FILE", *self.saveMark(), *(last._markpos or (0, 0)))
        self.documents.append(self.elementstack[0])


# Settings of `MicroDOMParser` are passed on.
def parse(readable: str | IO[bytes], *args: Any, **kwargs: Any) -> Document:
    """
    Read a document from a file.

    Args:
        readable: A file open for reading bytes, or the path of one.
        args: What `MicroDOMParser` takes.
        kwargs: The same, by name.

    Raises:
        ParseError: It is not well-formed, or there is nothing in it.
        MismatchedTags: Its tags do not nest.
    """
    if not hasattr(readable, "read"):
        with open(readable, "rb") as file:
            return parse(file, *args, **kwargs)
    parser = MicroDOMParser(*args, **kwargs)
    parser.filename = getattr(readable, "name", "<xmlfile />")
    parser.connectionMade()
    while data := readable.read(65536):
        parser.dataReceived(data)
    parser.connectionLost()
    nodes = parser.documents
    if not parser.beExtremelyLenient:
        # What stands beside the one element of a document is not in the tree.
        nodes = [node for node in nodes if isinstance(node, Element)][:1]
    if not nodes:
        raise ParseError(parser.filename, 0, 0, "No top-level Nodes in document")
    if len(nodes) == 1 and isinstance(nodes[0], Element):
        root = nodes[0]
    else:
        root = Element("html")
        for node in nodes:
            root.appendChild(node)
    document = Document(root)
    document.doctype = parser._type
    return document


# As for `parse`.
def parseString(st: str | bytes, *args: Any, **kw: Any) -> Document:
    """Read a document from a string; text is the same as its UTF-8."""
    return parse(BytesIO(st.encode() if isinstance(st, str) else st), *args, **kw)


def parseXML(readable: str | IO[bytes]) -> Document:
    """Read a document of XML from a file: upper and lower case differ."""
    return parse(readable, caseInsensitive=0, preserveCase=1)


def parseXMLString(st: str | bytes) -> Document:
    """Read a document of XML from a string: upper and lower case differ."""
    return parseString(st, caseInsensitive=0, preserveCase=1)
