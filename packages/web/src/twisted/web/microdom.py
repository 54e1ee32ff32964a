"""
Small documents as trees of nodes. Deprecated: use `xml.etree` or `xml.dom.minidom`.

`parseString` and `parse` read documents of HTML, `parseXMLString` and `parseXML` those of XML; `lmx` builds them by
hand. The tokenizer below is that of `twisted.web.sux`.
"""

import warnings

from twisted.python._facade import publish
from twisted.python.util import InsensitiveDict
from twisted.web._microdom.building import lmx
from twisted.web._microdom.escapes import (
    HTML_ESCAPE_CHARS,
    REV_HTML_ESCAPE_CHARS,
    REV_XML_ESCAPE_CHARS,
    XML_ESCAPE_CHARS,
    escape,
    unescape,
)
from twisted.web._microdom.nodes import (
    CDATASection,
    CharacterData,
    Comment,
    Document,
    Element,
    EntityReference,
    Node,
    Text,
    find_elements,
    genprefix,
)
from twisted.web._microdom.parsing import MicroDOMParser, MismatchedTags, parse, parseString, parseXML, parseXMLString
from twisted.web.sux import ParseError, XMLParser

__all__ = [
    "HTML_ESCAPE_CHARS",
    "REV_HTML_ESCAPE_CHARS",
    "REV_XML_ESCAPE_CHARS",
    "XML_ESCAPE_CHARS",
    "CDATASection",
    "CharacterData",
    "Comment",
    "Document",
    "Element",
    "EntityReference",
    "InsensitiveDict",
    "MicroDOMParser",
    "MismatchedTags",
    "Node",
    "ParseError",
    "Text",
    "XMLParser",
    "escape",
    "genprefix",
    "getElementsByTagName",
    "getElementsByTagNameNoCase",
    "lmx",
    "parse",
    "parseString",
    "parseXML",
    "parseXMLString",
    "unescape",
    "warningString",
]

warningString = "twisted.web.microdom was deprecated at Twisted 23.10.0"
warnings.warn(warningString, DeprecationWarning, stacklevel=2)


def getElementsByTagName(iNode: Node, name: str) -> list[Element]:
    """Find the elements of a name in a tree, in the order of the document."""
    return find_elements(iNode, name, insensitive=False)


def getElementsByTagNameNoCase(iNode: Node, name: str) -> list[Element]:
    """Find the elements of a name in a tree, in upper or lower case."""
    return find_elements(iNode, name, insensitive=True)


publish(__name__, __all__)
