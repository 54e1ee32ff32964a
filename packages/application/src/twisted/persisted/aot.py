"""
Objects as Python source that people can read and change: abstract object trees.

An object is first turned into a tree of what Python can write down: numbers, texts, lists, and nodes such as
`Instance` and `Ref`, whose names stand for what they mean. The tree is then written as an expression, one element a
line. Reading goes the other way.

Reading executes the source: read files of your own alone.
"""

from tokenize import generate_tokens as tokenize

from twisted.persisted._aot.nodes import (
    Class,
    Copyreg,
    Deref,
    Function,
    Instance,
    InstanceMethod,
    Module,
    Named,
    NoStateObj,
    Ref,
)
from twisted.persisted._aot.reading import AOTUnjellier, unjellyFromAOT, unjellyFromSource
from twisted.persisted._aot.source import NonFormattableDict, dictToKW, getSource, indentify, prettify, r
from twisted.persisted._aot.turning import AOTJellier, jellyToAOT, jellyToSource
from twisted.python._facade import publish

__all__ = [
    "AOTJellier",
    "AOTUnjellier",
    "Class",
    "Copyreg",
    "Deref",
    "Function",
    "Instance",
    "InstanceMethod",
    "Module",
    "Named",
    "NoStateObj",
    "NonFormattableDict",
    "Ref",
    "dictToKW",
    "getSource",
    "indentify",
    "jellyToAOT",
    "jellyToSource",
    "prettify",
    "r",
    "tokenize",
    "unjellyFromAOT",
    "unjellyFromSource",
]
publish(__name__, __all__)
