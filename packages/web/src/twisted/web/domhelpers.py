"""
Finding and changing what is in a tree of `twisted.web.microdom`. Deprecated with it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from twisted.web import microdom
from twisted.web._microdom.nodes import Prefixes, Stream
from twisted.web.microdom import escape, getElementsByTagName, unescape

__all__ = [
    "NodeLookupError",
    "RawText",
    "clearNode",
    "escape",
    "findElements",
    "findElementsWithAttribute",
    "findElementsWithAttributeShallow",
    "findNodes",
    "findNodesNamed",
    "findNodesShallow",
    "findNodesShallowOnMatch",
    "gatherTextNodes",
    "get",
    "getAndClear",
    "getElementsByTagName",
    "getIfExists",
    "getNodeText",
    "getParents",
    "locateNodes",
    "namedChildren",
    "substitute",
    "superAppendAttribute",
    "superPrependAttribute",
    "superSetAttribute",
    "unescape",
    "warningString",
    "writeNodeData",
]

warningString = "twisted.web.domhelpers was deprecated at Twisted 23.10.0"
warnings.warn(warningString, DeprecationWarning, stacklevel=2)

# Trees may be of other nodes than ours: they are looked at by their attributes alone.
AnyNode = Any
Matcher = Callable[[AnyNode], object]

_MARKS = ("id", "class", "model", "pattern")


class NodeLookupError(Exception):
    """No node is called as somebody thought."""


def substitute(request: object, node: AnyNode, subs: Mapping[str, object] | tuple[object, ...]) -> None:
    """Fill in the ``%(name)s`` of all texts in *node*."""
    for child in node.childNodes:
        if isinstance(child, microdom.Text):
            child.value = child.data = child.nodeValue = child.nodeValue % subs
        else:
            substitute(request, child, subs)


def _marked(node: AnyNode, mark: str) -> AnyNode | None:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if hasattr(each, "getAttribute") and any(str(each.getAttribute(name)) == mark for name in _MARKS):
            return each
        waiting += reversed(each.childNodes)
    return None


def get(node: AnyNode, nodeId: str) -> AnyNode:
    """
    Find the node with this ``id``, ``class``, ``model`` or ``pattern``.

    Raises:
        NodeLookupError: There is none.
    """
    found = _marked(node, nodeId)
    if found is None:
        raise NodeLookupError(nodeId)
    return found


def getIfExists(node: AnyNode, nodeId: str) -> AnyNode | None:
    """Find the node that `get` finds, or `None`."""
    return _marked(node, nodeId)


def getAndClear(node: AnyNode, nodeId: str) -> AnyNode:
    """
    Find the node that `get` finds, and empty it.

    Raises:
        NodeLookupError: There is none.
    """
    found = get(node, nodeId)
    clearNode(found)
    return found


def clearNode(node: AnyNode) -> None:
    """Take all children away."""
    node.childNodes[:] = []


def locateNodes(nodeList: Any, key: str, value: str, noNesting: int = 1) -> list[AnyNode]:
    """Find the nodes whose attribute *key* is *value*, in a list or among the children of a node."""
    found: list[AnyNode] = []
    if not isinstance(nodeList, list):
        return locateNodes(nodeList.childNodes, key, value, noNesting)
    for node in nodeList:
        matches = hasattr(node, "getAttribute") and str(node.getAttribute(key)) == value
        if matches:
            found.append(node)
        if not (matches and noNesting):
            found += locateNodes(node.childNodes, key, value, noNesting)
    return found


def _set_everywhere(node: AnyNode, key: str, change: Callable[[str | None], str]) -> None:
    if not hasattr(node, "setAttribute"):
        return
    node.setAttribute(key, change(node.getAttribute(key)))
    for child in node.childNodes:
        _set_everywhere(child, key, change)


def superSetAttribute(node: AnyNode, key: str, value: str) -> None:
    """Set an attribute of an element and of all in it."""
    _set_everywhere(node, key, lambda old: value)


def superPrependAttribute(node: AnyNode, key: str, value: str) -> None:
    """Put *value* and a slash before an attribute, of an element and of all in it."""
    _set_everywhere(node, key, lambda old: f"{value}/{old}" if old else value)


def superAppendAttribute(node: AnyNode, key: str, value: str) -> None:
    """Put a slash and *value* after an attribute, of an element and of all in it."""
    _set_everywhere(node, key, lambda old: f"{old}/{value}" if old else value)


def gatherTextNodes(iNode: AnyNode, dounescape: int = 0, joinWith: str = "") -> str:
    """Join all text in a node, comments too; with *dounescape*, references become what they stand for."""
    gathered = []
    waiting = [iNode]
    while waiting:
        node = waiting.pop()
        text = getattr(node, "nodeValue", None)
        if text is not None:
            gathered.append(unescape(text) if dounescape else text)
        waiting += reversed(node.childNodes)
    return joinWith.join(gathered)


class RawText(microdom.Text):
    """A text that is always written as it is."""

    def writexml(
        self,
        writer: Stream,
        indent: str = "",
        addindent: str = "",
        newl: str = "",
        strip: int = 0,
        nsprefixes: Prefixes | None = None,
        namespace: str | None = None,
    ) -> None:
        """Write the text."""
        writer.write(f"{indent}{self.data}{newl}")


def findNodes(parent: AnyNode, matcher: Matcher, accum: list[AnyNode] | None = None) -> list[AnyNode]:
    """Find all nodes in *parent* that *matcher* says yes to, in the order of the document."""
    found = [] if accum is None else accum
    for child in parent.childNodes:
        if matcher(child):
            found.append(child)
        findNodes(child, matcher, found)
    return found


def findNodesShallow(parent: AnyNode, matcher: Matcher, accum: list[AnyNode] | None = None) -> list[AnyNode]:
    """As `findNodes`, but not in children that match."""
    found = [] if accum is None else accum
    for child in parent.childNodes:
        if matcher(child):
            found.append(child)
        else:
            findNodes(child, matcher, found)
    return found


def findNodesShallowOnMatch(
    parent: AnyNode, matcher: Matcher, recurseMatcher: Matcher, accum: list[AnyNode] | None = None
) -> list[AnyNode]:
    """As `findNodes`, but only in children that *recurseMatcher* says yes to."""
    found = [] if accum is None else accum
    for child in parent.childNodes:
        if matcher(child):
            found.append(child)
        if recurseMatcher(child):
            findNodesShallowOnMatch(child, matcher, recurseMatcher, found)
    return found


def _is_element(node: AnyNode) -> bool:
    return getattr(node, "tagName", None) is not None


def findElements(parent: AnyNode, matcher: Matcher) -> list[AnyNode]:
    """Find all elements that *matcher* says yes to."""
    return findNodes(parent, lambda node: _is_element(node) and matcher(node))


def findElementsWithAttribute(parent: AnyNode, attribute: str, value: str | None = None) -> list[AnyNode]:
    """Find all elements with an attribute, of this value if one is given."""
    if value is None:
        return findElements(parent, lambda node: node.hasAttribute(attribute))
    return findElements(parent, lambda node: node.getAttribute(attribute) == value)


def findElementsWithAttributeShallow(parent: AnyNode, attribute: str) -> list[AnyNode]:
    """As `findElementsWithAttribute`, but not in children that have it."""
    return findNodesShallow(parent, lambda node: _is_element(node) and node.hasAttribute(attribute))


def findNodesNamed(parent: AnyNode, name: str) -> list[AnyNode]:
    """Find all nodes of a name."""
    return findNodes(parent, lambda node: node.nodeName == name)


def writeNodeData(node: AnyNode, oldio: Stream) -> None:
    """Write all text in a node to *oldio*."""
    for child in node.childNodes:
        if hasattr(child, "data"):
            oldio.write(child.data)
        else:
            writeNodeData(child, oldio)


def getNodeText(node: AnyNode) -> str:
    """Give all text in a node."""
    return "".join(_texts(node))


def _texts(node: AnyNode) -> list[str]:
    return [text for child in node.childNodes for text in ([child.data] if hasattr(child, "data") else _texts(child))]


def getParents(node: AnyNode) -> list[AnyNode]:
    """Give a node and all that it is in, from the inside."""
    found = []
    while node is not None:
        found.append(node)
        node = node.parentNode
    return found


def namedChildren(parent: AnyNode, nodeName: str) -> list[AnyNode]:
    """Give the children that are elements of a name."""
    return [child for child in parent.childNodes if getattr(child, "tagName", None) == nodeName]
