"""
Templates, read from XML or put together in Python.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NoReturn
from xml.parsers import expat
from xml.sax.xmlreader import Locator

from zope.interface import implementer

from twisted.python.filepath import FilePath
from twisted.web._template.stan import CDATA, Comment, Flattenable, Tag, slot
from twisted.web.iweb import ITemplateLoader

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

TEMPLATE_NAMESPACE = "http://twistedmatrix.com/ns/twisted.web.template/0.1"

# What the parser joins namespace, name and prefix with.
_JOINT = "\n"


@implementer(ITemplateLoader)
class TagLoader:
    """
    A template that is put together in Python.

    Args:
        tag: The template.
    """

    def __init__(self, tag: Flattenable) -> None:
        self.tag = tag

    def load(self) -> list[Flattenable]:
        """Give the template."""
        return [self.tag]


@implementer(ITemplateLoader)
class XMLString:
    """
    A template in XML.

    Args:
        s: The XML, as text or encoded.

    Raises:
        xml.sax.SAXParseException: It is not well-formed, or uses the namespace of templates wrongly.
    """

    def __init__(self, s: str | bytes) -> None:
        self._template = read_template(s, None)

    def load(self) -> list[Flattenable]:
        """Give the template."""
        return self._template


@implementer(ITemplateLoader)
class XMLFile:
    """
    A template in an XML file, which is read once, when it is first needed.

    Args:
        path: The file, as a `FilePath`. A file's name, or a file that is open, is deprecated.
    """

    _template: list[Flattenable] | None = None

    def __init__(self, path: FilePath[Any]) -> None:
        if not isinstance(path, FilePath):
            warnings.warn(
                "Passing filenames or file objects to XMLFile is deprecated since Twisted 12.1.  "
                "Pass a FilePath instead.",
                category=DeprecationWarning,
                stacklevel=2,
            )
        self._path: Any = path

    def load(self) -> list[Flattenable]:
        """
        Give the template.

        Raises:
            OSError: The file cannot be read.
            xml.sax.SAXParseException: It is not well-formed, or uses the namespace of templates wrongly.
        """
        if self._template is None:
            self._template = self._read()
        return self._template

    def _read(self) -> list[Flattenable]:
        if isinstance(self._path, FilePath):
            return read_template(self._path.getContent(), str(self._path.asTextMode().path))
        if hasattr(self._path, "read"):
            return read_template(self._path.read(), getattr(self._path, "name", None))
        with open(self._path, "rb") as source:
            return read_template(source.read(), str(self._path))

    def __repr__(self) -> str:
        return f"<XMLFile of {self._path!r}>"


class _Place(Locator):
    """Where in a file something is, told the way that `xml.sax` wants to hear it."""

    def __init__(self, filename: str | None, line: int, column: int) -> None:
        self._filename, self._line, self._column = filename, line, column

    def getColumnNumber(self) -> int:
        return self._column

    def getLineNumber(self) -> int:
        return self._line

    def getPublicId(self) -> str | None:
        return None

    def getSystemId(self) -> str:
        return self._filename or "<unknown>"


class _Reader:
    """Builds the tree of a template from what the parser finds."""

    def __init__(self, parser: XMLParserType, filename: str | None) -> None:
        self.result: list[Flattenable] = []
        self._parser = parser
        self._filename = filename
        # The lists of children that are open, the innermost last; and beside each the tag it belongs to, if one.
        self._open: list[list[Flattenable]] = [self.result]
        self._tags: list[Tag | None] = [None]
        # Declarations of namespaces that belong to the element which begins next.
        self._declared: dict[str, str] = {}
        self._section: list[str] | None = None
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.namespace_prefixes = True
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._comment
        parser.StartCdataSectionHandler = self._cdata_begins
        parser.EndCdataSectionHandler = self._cdata_ends
        parser.SkippedEntityHandler = self._entity

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        if uri != TEMPLATE_NAMESPACE:
            self._declared[f"xmlns:{prefix}" if prefix else "xmlns"] = uri or ""

    def _start(self, name: str, attributes: list[str]) -> None:
        namespace, local, qualified = _divided(name)
        declared, self._declared = self._declared, {}
        kept: dict[str, Flattenable] = {}
        plain: dict[str, str] = {}
        render = None
        for attribute, value in zip(attributes[::2], attributes[1::2], strict=True):
            home, bare, shown = _divided(attribute)
            if home == TEMPLATE_NAMESPACE and bare == "render":
                render = value
                continue
            kept[shown] = value
            if not home:
                plain[bare] = value
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        if namespace != TEMPLATE_NAMESPACE:
            self._begin(Tag(qualified, {**kept, **declared}, [], render, self._filename, line, column))
        elif local == "transparent":
            self._begin(Tag("", {}, [], render, self._filename, line, column))
        elif local == "slot":
            place = slot(self._required("slot", plain, "name"), plain.get("default"), self._filename, line, column)
            self._open[-1].append(place)
            self._open.append(place.children)
            self._tags.append(None)
        elif local == "attr":
            holder = self._tags[-1]
            if holder is None:
                self._refuse("an attr element has to stand in the element that gets the attribute")
            value_of = Tag("", {}, [], render, self._filename, line, column)
            holder.attributes[self._required("attr", plain, "name")] = value_of
            self._open.append(value_of.children)
            self._tags.append(value_of)
        else:
            self._begin(Tag(local, {**kept, **declared}, [], render, self._filename, line, column))

    def _begin(self, tag: Tag) -> None:
        self._open[-1].append(tag)
        self._open.append(tag.children)
        self._tags.append(tag)

    def _end(self, name: str) -> None:
        self._open.pop()
        self._tags.pop()

    def _text(self, data: str) -> None:
        if self._section is None:
            self._open[-1].append(data)
        else:
            self._section.append(data)

    def _comment(self, data: str) -> None:
        self._open[-1].append(Comment(data))

    def _cdata_begins(self) -> None:
        self._section = []

    def _cdata_ends(self) -> None:
        self._open[-1].append(CDATA("".join(self._section or ())))
        self._section = None

    def _entity(self, name: str, is_parameter: bool) -> None:
        # One that the document type declares, which is not fetched. HTML's own are known anyway.
        from html.entities import html5

        self._open[-1].append(html5.get(f"{name};", ""))

    def _required(self, element: str, attributes: dict[str, str], name: str) -> str:
        if name not in attributes:
            self._refuse(f"the template's {element} element needs an attribute {name!r}")
        return attributes[name]

    def _refuse(self, reason: str) -> NoReturn:
        from xml.sax import SAXParseException

        place = _Place(self._filename, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber)
        raise SAXParseException(reason, None, place)


def _divided(name: str) -> tuple[str, str, str]:
    """Divide what the parser calls a name: its namespace, the name there, and the name as it is written."""
    parts = name.split(_JOINT)
    if len(parts) == 1:
        return "", name, name
    return parts[0], parts[1], f"{parts[2]}:{parts[1]}" if len(parts) == 3 else parts[1]


def read_template(source: str | bytes, filename: str | None) -> list[Flattenable]:
    """Read a template; *filename* is what errors in it are reported with."""
    parser = expat.ParserCreate(namespace_separator=_JOINT)
    reader = _Reader(parser, filename)
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        from xml.sax import SAXParseException

        place = _Place(filename, error.lineno, error.offset)
        raise SAXParseException(expat.ErrorString(error.code), error, place) from None
    return reader.result
