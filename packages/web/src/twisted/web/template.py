"""
Pages, put together from tags, elements and templates in XML, with everything quoted that has to be.

A page is a tree of what `Flattenable` lists: text, tags, lists, Deferreds and coroutines, generators, and objects that
render themselves (`Element`). `flatten` makes bytes of it as its parts become ready.
"""

from twisted.python._facade import publish
from twisted.web._template.elements import Element, renderer
from twisted.web._template.flattening import flatten, flattenString
from twisted.web._template.loading import TEMPLATE_NAMESPACE, TagLoader, XMLFile, XMLString
from twisted.web._template.pages import renderElement
from twisted.web._template.stan import (
    CDATA,
    VALID_HTML_TAG_NAMES,
    CharRef,
    Comment,
    Flattenable,
    Tag,
    slot,
    tags,
)

__all__ = [
    "CDATA",
    "TEMPLATE_NAMESPACE",
    "VALID_HTML_TAG_NAMES",
    "CharRef",
    "Comment",
    "Element",
    "Flattenable",
    "Tag",
    "TagLoader",
    "XMLFile",
    "XMLString",
    "flatten",
    "flattenString",
    "renderElement",
    "renderer",
    "slot",
    "tags",
]
publish(__name__, __all__)
