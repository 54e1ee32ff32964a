"""
Documents as trees of nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from io import StringIO
from typing import Any, Final, Protocol, TypeVar

from twisted.python.util import InsensitiveDict
from twisted.web._microdom.escapes import escape

# Namespace to prefix, as they come from outside.
Prefixes = Mapping[Any, Any]

_NONE: Final[Prefixes] = {}

# Elements that `Element.writexml` begins on a line of their own, when it is given line ends.
_ON_A_LINE: Final = frozenset(
    (
        *("address", "applet", "blockquote", "body", "del", "div", "dl", "fieldset", "form", "head", "hr", "html"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ins", "map", "noscript", "object", "ol", "p", "pre", "script"),
        *("table", "tr", "ul"),
    )
)
# Elements whose every child begins on a line of its own.
_A_LINE_EACH: Final = frozenset(("head", "ol", "tr", "ul"))
# Elements of HTML that have no content.
_EMPTY: Final = frozenset(
    ("area", "base", "basefont", "br", "col", "frame", "hr", "img", "input", "isindex", "link", "meta", "param")
)


class Stream(Protocol):
    """What documents are written to."""

    def write(self, text: str, /) -> object: ...


def _prefixes() -> Iterator[str]:
    number = 0
    while True:
        yield f"p{number}"
        number += 1


genprefix: Final = _prefixes()

NodeT = TypeVar("NodeT", bound="Node")


class Node:
    """Part of a document, with the parts it consists of."""

    nodeName = "Node"
    parentNode: Node | None

    def __init__(self, parentNode: Node | None = None) -> None:
        self.parentNode = parentNode
        self.childNodes: list[Any] = []  # Nodes, of any subclass of which programs know.

    def isEqualToNode(self, other: object) -> bool:
        """Tell whether another node has equal children."""
        if not isinstance(other, Node) or len(self.childNodes) != len(other.childNodes):
            return False
        return all(mine.isEqualToNode(its) for mine, its in zip(self.childNodes, other.childNodes, strict=True))

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """
        Write the node.

        Args:
            stream: Where to.
            indent: What lines begin with.
            addindent: What the lines of children begin with besides.
            newl: What ends lines that are there to be read by people.
            strip: Whether blanks in texts are made one space.
            nsprefixes: The prefixes of namespaces that are known already.
            namespace: The namespace that names without a prefix belong to.
        """
        raise NotImplementedError(f"{type(self).__name__} has no writexml() that says how it is written")

    def toxml(
        self,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> str:
        """Give what `writexml` writes."""
        stream = StringIO()
        self.writexml(stream, indent, addindent, newl, strip, nsprefixes, namespace)
        return stream.getvalue()

    def writeprettyxml(
        self, stream: Stream, indent: str = "", addindent: str = " ", newl: str = "\n", strip: int = 0
    ) -> None:
        """Write the node for people."""
        self.writexml(stream, indent, addindent, newl, strip)

    def toprettyxml(self, indent: str = "", addindent: str = " ", newl: str = "\n", strip: int = 0) -> str:
        """Give what `writeprettyxml` writes."""
        return self.toxml(indent, addindent, newl, strip)

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> Node:
        """Copy the node, with its children if *deep*."""
        raise NotImplementedError(f"{type(self).__name__} has no cloneNode() that says how it is copied")

    def hasChildNodes(self) -> int:
        """Tell whether there are children."""
        return 1 if self.childNodes else 0

    def _adopt(self, child: object) -> Node:
        if not isinstance(child, Node):
            raise TypeError("expected Node instance")
        return child

    def appendChild(self, child: Node) -> None:
        """Add a child at the end."""
        self.childNodes.append(self._adopt(child))
        child.parentNode = self

    def insertBefore(self, new: NodeT, ref: Node) -> NodeT:
        """
        Add a child before another.

        Raises:
            ValueError: *ref* is no child of this node.
        """
        self._adopt(new)
        self.childNodes.insert(self.childNodes.index(ref), new)
        new.parentNode = self
        return new

    def removeChild(self, child: NodeT) -> NodeT:
        """Take a child away, if it is there."""
        if child in self.childNodes:
            self.childNodes.remove(child)
            child.parentNode = None
        return child

    def replaceChild(self, newChild: Node, oldChild: Node) -> None:
        """
        Put one child in place of another.

        Raises:
            ValueError: *oldChild* is no child of this node.
        """
        self._adopt(newChild)
        if oldChild.parentNode is not self:
            raise ValueError("oldChild is not a child of this node")
        self.childNodes[self.childNodes.index(oldChild)] = newChild
        oldChild.parentNode = None
        newChild.parentNode = self

    def lastChild(self) -> Any:
        """Give the last child; there has to be one."""
        return self.childNodes[-1]

    def firstChild(self) -> Any:
        """Give the first child, or `None`."""
        return self.childNodes[0] if self.childNodes else None


class Document(Node):
    """A whole document, which is one element and perhaps a document type."""

    doctype: str | None = None

    def __init__(self, documentElement: Element | None = None) -> None:
        super().__init__()
        if documentElement is not None:
            self.appendChild(documentElement)

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> Document:
        """Copy the document; its element is the same unless *deep*."""
        clone = Document()
        clone.doctype = self.doctype
        element = self.documentElement
        clone.childNodes.append(element.cloneNode(1, clone) if deep else element)
        return clone

    def isEqualToDocument(self, n: Node) -> bool:
        """Tell whether another document has an equal type and equal children."""
        return isinstance(n, Document) and self.doctype == n.doctype and Node.isEqualToNode(self, n)

    def isEqualToNode(self, n: object) -> bool:
        """Tell whether another node is an equal document."""
        return isinstance(n, Document) and n.isEqualToDocument(self)

    @property
    def documentElement(self) -> Any:
        """The element that is the document; there has to be one."""
        return self.childNodes[0]

    def appendChild(self, child: Node) -> None:
        """
        Add the element that is the document.

        Raises:
            ValueError: There is one already.
        """
        self._adopt(child)
        if self.childNodes:
            raise ValueError("Only one element per document.")
        super().appendChild(child)

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """Write the XML declaration, the document type and the element."""
        stream.write(f'<?xml version="1.0"?>{newl}')
        if self.doctype:
            stream.write(f"<!DOCTYPE {self.doctype}>{newl}")
        self.documentElement.writexml(stream, indent, addindent, newl, strip, nsprefixes, namespace)

    # Settings of `Element` are passed on.
    def createElement(self, name: str, **kw: Any) -> Element:
        """Make an element."""
        return Element(name, **kw)

    def createTextNode(self, text: str) -> Text:
        """Make a text."""
        return Text(text)

    def createComment(self, text: str) -> Comment:
        """Make a comment."""
        return Comment(text)

    def getElementsByTagName(self, name: str) -> list[Any]:
        """Find the elements of a name, in the order of the document."""
        element = self.documentElement
        return find_elements(element, name, insensitive=bool(element.caseInsensitive))

    def getElementById(self, id: str) -> Any:
        """Find the element with this ``id``, or `None`; of several, one that is nearest to the top."""
        level = [*self.childNodes]
        while level:
            for node in level:
                if isinstance(node, Element) and node.getAttribute("id") == id:
                    return node
            level = [child for node in level for child in node.childNodes]
        return None


def find_elements(start: Any, name: str, *, insensitive: bool) -> list[Any]:
    """Find the nodes of a name in a tree, in the order of the document, without recursion."""
    name = name.lower() if insensitive else name
    found = []
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if (node.nodeName.lower() if insensitive else node.nodeName) == name:
            found.append(node)
        waiting += reversed(node.childNodes)
    return found


class EntityReference(Node):
    """A reference such as ``&lt;``, as it stood in the document."""

    def __init__(self, eref: str, parentNode: Node | None = None) -> None:
        super().__init__(parentNode)
        self.eref = eref
        self.nodeValue = self.data = f"&{eref};"

    def isEqualToEntityReference(self, n: Node) -> bool:
        """Tell whether another reference is to the same."""
        return isinstance(n, EntityReference) and self.eref == n.eref and self.nodeValue == n.nodeValue

    def isEqualToNode(self, n: object) -> bool:
        """Tell whether another node is an equal reference."""
        return isinstance(n, EntityReference) and n.isEqualToEntityReference(self)

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """Write the reference."""
        stream.write(self.nodeValue)

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> EntityReference:
        """Copy the reference."""
        return EntityReference(self.eref, parent)


class CharacterData(Node):
    """What has text: in ``data``, ``value`` and ``nodeValue``."""

    # Texts may be made of what `str` turns into one.
    def __init__(self, data: Any, parentNode: Node | None = None) -> None:
        super().__init__(parentNode)
        self.value = self.data = self.nodeValue = data

    def isEqualToCharacterData(self, n: Node) -> bool:
        """Tell whether another node has the same text."""
        return isinstance(n, CharacterData) and bool(self.value == n.value)

    def isEqualToNode(self, n: object) -> bool:
        """Tell whether another node has the same text."""
        return isinstance(n, CharacterData) and n.isEqualToCharacterData(self)


class Comment(CharacterData):
    """A comment."""

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """Write the comment."""
        stream.write(f"<!--{self.data}-->")

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> Comment:
        """Copy the comment."""
        return Comment(self.nodeValue, parent)


class Text(CharacterData):
    """
    A text.

    Args:
        data: The text, as it is meant; what means something in XML is escaped when it is written.
        raw: Whether it is written as it is, unescaped.
    """

    def __init__(self, data: Any, parentNode: Node | None = None, raw: int = 0) -> None:
        super().__init__(data, parentNode)
        self.raw = raw

    def isEqualToNode(self, other: object) -> bool:
        """Tell whether another node is the same text, written in the same way."""
        return isinstance(other, Text) and self.raw == other.raw and self.isEqualToCharacterData(other)

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> Text:
        """Copy the text."""
        return Text(self.nodeValue, parent, self.raw)

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """Write the text, escaped unless it is raw."""
        text = f"{self.nodeValue}"
        if not self.raw:
            text = escape(" ".join(text.split()) if strip else text)
        stream.write(text)

    def __repr__(self) -> str:
        return f"Text({self.nodeValue!r})"


class CDATASection(CharacterData):
    """A text in which nothing means anything."""

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> CDATASection:
        """Copy the section."""
        return CDATASection(self.nodeValue, parent)

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """Write the section."""
        stream.write(f"<![CDATA[{self.nodeValue}]]>")


class AttributeNode(CharacterData):
    """The value of an attribute, as a node."""


class Element(Node):
    """
    A tag, with its attributes and what it contains.

    Args:
        tagName: Its name.
        attributes: Names and values; a name may be a pair of namespace and name.
        parentNode: What it is in.
        filename: Where it comes from, for people.
        markpos: In which line and column.
        caseInsensitive: Whether upper and lower case are the same.
        preserveCase: Whether names are kept as they come, when they are.
        namespace: The namespace of its name.
    """

    nsprefixes: dict[Any, Any] | None = None

    def __init__(
        self,
        tagName: str,
        attributes: Mapping[Any, Any] | None = None,  # Names may be pairs.
        parentNode: Node | None = None,
        filename: object = None,
        markpos: tuple[int, int] | None = None,
        caseInsensitive: int = 1,
        preserveCase: int = 0,
        namespace: str | None = None,
    ) -> None:
        super().__init__(parentNode)
        self.preserveCase = preserveCase or not caseInsensitive
        self.caseInsensitive = caseInsensitive
        if not preserveCase:
            tagName = tagName.lower()
        self.attributes: MutableMapping[Any, Any] = dict(attributes or {})
        if caseInsensitive:
            self.attributes = InsensitiveDict(self.attributes, preserve=preserveCase)
        self.endTagName = self.nodeName = self.tagName = tagName
        self._filename = filename
        self._markpos = markpos
        self.namespace = namespace

    def addPrefixes(self, pfxs: Prefixes) -> None:
        """Say how namespaces are called in this element."""
        self.nsprefixes = {**(self.nsprefixes or {}), **pfxs}

    def endTag(self, endTagName: str) -> None:
        """The element ends, perhaps with its name in another case."""
        if not self.preserveCase:
            endTagName = endTagName.lower()
        self.endTagName = endTagName

    def isEqualToElement(self, n: Node) -> bool:
        """Tell whether another element has the same names and attributes (only, not the same content)."""
        if not isinstance(n, Element) or self.namespace != n.namespace:
            return False
        fold = str.lower if self.caseInsensitive else str
        return bool(self.attributes == n.attributes) and fold(self.nodeName) == fold(n.nodeName)

    def isEqualToNode(self, other: object) -> bool:
        """Tell whether another node is an equal element with equal content."""
        return isinstance(other, Element) and other.isEqualToElement(self) and Node.isEqualToNode(self, other)

    def cloneNode(self, deep: int = 0, parent: Node | None = None) -> Element:
        """Copy the element."""
        clone = Element(
            self.tagName,
            parentNode=parent,
            namespace=self.namespace,
            preserveCase=self.preserveCase,
            caseInsensitive=self.caseInsensitive,
        )
        clone.attributes.update(self.attributes)
        clone.endTagName = self.endTagName
        if self.nsprefixes:
            clone.addPrefixes(self.nsprefixes)
        if deep:
            clone.childNodes = [child.cloneNode(1, clone) for child in self.childNodes]
        return clone

    def getElementsByTagName(self, name: str) -> list[Any]:
        """Find the elements of a name, this one and those in it, in the order of the document."""
        return find_elements(self, name, insensitive=bool(self.caseInsensitive))

    def hasAttributes(self) -> int:
        """Say 1, as it always did."""
        return 1

    def getAttribute(self, name: object, default: Any = None) -> Any:
        """Give the value of an attribute, or *default*."""
        return self.attributes.get(name, default)

    def getAttributeNS(self, ns: str | None, name: str, default: Any = None) -> Any:
        """Give the value of an attribute of a namespace, or *default*."""
        if (ns, name) in self.attributes:
            return self.attributes[ns, name]
        if ns == self.namespace:
            return self.attributes.get(name, default)
        return default

    def getAttributeNode(self, name: str) -> AttributeNode:
        """Give an attribute as a node; its value is `None` if there is none."""
        return AttributeNode(self.getAttribute(name), self)

    def setAttribute(self, name: object, attr: str) -> None:
        """Set an attribute."""
        self.attributes[name] = attr

    def removeAttribute(self, name: object) -> None:
        """Take an attribute away, if it is there."""
        if name in self.attributes:
            del self.attributes[name]

    def hasAttribute(self, name: object) -> bool:
        """Tell whether there is an attribute."""
        return name in self.attributes

    def _opening(self, known: Prefixes, namespace: str | None) -> tuple[str, list[str], dict[Any, Any]]:
        # The prefix of our name, the attributes as they are written, and the prefixes known to children.
        own = {uri: prefix for uri, prefix in (self.nsprefixes or {}).items() if uri not in known}
        scope = {**(self.nsprefixes or {}), **known}
        prefix = scope.get(self.namespace) or ""
        written = []
        if self.namespace != namespace and not prefix and (self.namespace or namespace):
            written.append(f'xmlns="{escape(self.namespace or "")}"')
        for name in sorted(self.attributes, key=str):
            if isinstance(name, tuple):
                uri, local = name
                if not scope.get(uri):
                    scope[uri] = own[uri] = next(genprefix)
                label = f"{scope[uri]}:{local}"
            else:
                label = name
            written.append(f'{label}="{escape(self.attributes[name])}"')
        written += [f'xmlns:{label}="{escape(uri)}"' for uri, label in own.items() if label]
        # Names without a prefix are the business of `namespace`, which children may change.
        return prefix, written, {uri: label for uri, label in scope.items() if label}

    def writexml(
        self,
        stream: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes = _NONE,
        namespace: str | None = "",
    ) -> None:
        """Write the element: attributes in order, what HTML puts on a line of its own on one, if *newl* is given."""
        # Elements wait here with what is still to be written of them: a deep document must not end in recursion.
        waiting: list[tuple[Any, str, Prefixes, str | None]] = [(self, indent, nsprefixes, namespace)]
        while waiting:
            node, indent, known, around = waiting.pop()
            if isinstance(node, str):
                stream.write(node)
            elif not isinstance(node, Element) or type(node).writexml is not Element.writexml:
                node.writexml(stream, indent, addindent, newl, strip, known, around)
            else:
                waiting += reversed(list(node._parts(indent, addindent, newl, known, around)))

    def _parts(
        self, indent: str, addindent: str, newl: str, known: Prefixes, around: str | None
    ) -> Iterator[tuple[Any, str, Prefixes, str | None]]:
        prefix, written, scope = self._opening(known, around)
        inside = around if prefix or (self.namespace is None and not around) else self.namespace
        name = f"{prefix}:" if prefix else ""
        line = f"{newl}{indent}" if self.tagName in _ON_A_LINE else ""
        opening = " ".join([f"{line}<{name}{self.tagName}", *written])
        if not self.childNodes:
            closing = " />" if self.tagName.lower() in _EMPTY else f"></{name}{self.endTagName}>"
            yield opening + closing, "", _NONE, None
            return
        yield f"{opening}>", "", _NONE, None
        deeper = indent + addindent
        for child in self.childNodes:
            if newl and self.tagName in _A_LINE_EACH:
                yield f"{newl}{deeper}", "", _NONE, None
            yield child, deeper, scope, inside
        yield f"{line}</{name}{self.endTagName}>", "", _NONE, None

    def __repr__(self) -> str:
        facts = [repr(self.nodeName)]
        if self.attributes:
            facts.append(f"attributes={self.attributes!r}")
        if self._filename:
            facts.append(f"filename={self._filename!r}")
        if self._markpos:
            facts.append(f"markpos={self._markpos!r}")
        return f"Element({', '.join(facts)})"

    def __str__(self) -> str:
        text = f"<{self.nodeName}"
        if self._filename or self._markpos:
            line, column = self._markpos or ("?", "?")
            text += f" ({str(self._filename)!r} line {line} column {column})"
        text += "".join(f" {name}={value!r}" for name, value in self.attributes.items())
        return text + (f" >...</{self.nodeName}>" if self.childNodes else " />")
