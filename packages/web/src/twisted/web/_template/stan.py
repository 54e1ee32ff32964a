"""
What a page is made of: tags, slots, comments, character references and CDATA sections.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Mapping
from typing import TYPE_CHECKING, Any, Union

from twisted.internet.defer import Deferred
from twisted.web.iweb import IRenderable

if TYPE_CHECKING:
    from typing import TypeAlias


class slot:
    """
    A place in a template that is filled with `Tag.fillSlots` by one of the tags around it.

    Args:
        name: Its name.
        default: What stands there if nobody fills it.
        filename: Where it was read from, if it was.
        lineNumber: The line there.
        columnNumber: The column there.

    Attributes:
        children: What a template has inside the slot. It is not shown.
    """

    def __init__(
        self,
        name: str,
        default: Flattenable | None = None,
        filename: str | None = None,
        lineNumber: int | None = None,
        columnNumber: int | None = None,
    ) -> None:
        self.name = name
        self.children: list[Flattenable] = []
        self.default = default
        self.filename = filename
        self.lineNumber = lineNumber
        self.columnNumber = columnNumber

    def __repr__(self) -> str:
        return (
            f"slot(name={self.name!r}, children={self.children!r}, default={self.default!r}, "
            f"filename={self.filename!r}, lineNumber={self.lineNumber!r}, columnNumber={self.columnNumber!r})"
        )


class Tag:
    """
    An element of a page: ``<name attribute="...">children</name>``.

    One with an empty name shows its children alone.

    Args:
        tagName: Its name.
        attributes: Its attributes, by name.
        children: What is inside it, in order.
        render: The name of the renderer that is given this tag, and whose result stands in its place.
        filename: Where it was read from, if it was.
        lineNumber: The line there.
        columnNumber: The column there.

    Attributes:
        slotData: What fills the slots inside it, by name, or `None` while it fills none.
    """

    def __init__(
        self,
        tagName: bytes | str,
        attributes: Mapping[Any, Flattenable] | None = None,
        children: list[Flattenable] | None = None,
        render: str | None = None,
        filename: str | None = None,
        lineNumber: int | None = None,
        columnNumber: int | None = None,
    ) -> None:
        self.tagName = tagName
        # Keyed by bytes or str. A caller's own mapping is kept: programs go on changing it.
        self.attributes: Any = {} if attributes is None else attributes
        self.children: list[Flattenable] = [] if children is None else children
        self.render = render
        self.filename = filename
        self.lineNumber = lineNumber
        self.columnNumber = columnNumber
        self.slotData: dict[str, Flattenable] | None = None

    def __call__(self, *children: Flattenable, **kw: Flattenable) -> Tag:
        """
        Add children and attributes.

        Args:
            children: What to add behind the children that are there.
            kw: Attributes. One underscore at the end of a name is left out: ``class_="quiet"``. ``render`` is no
                attribute, but the name of a renderer.

        Returns:
            This tag.
        """
        self.children += children
        for name, value in kw.items():
            if name == "render":
                assert isinstance(value, str), f"the name of a renderer has to be a str, not {value!r}"
                self.render = value
            else:
                self.attributes[name[:-1] if name.endswith("_") else name] = value
        return self

    def fillSlots(self, **slots: Flattenable) -> Tag:
        """
        Fill the slots inside this tag.

        Args:
            slots: What stands in each, by its name.

        Returns:
            This tag.
        """
        if self.slotData is None:
            self.slotData = {}
        self.slotData.update(slots)
        return self

    def clone(self, deep: bool = True) -> Tag:
        """
        Give a copy of this tag.

        Args:
            deep: Whether tags and slots below it, in children, attributes and slots, are copied as well. What can be
                read only once (generators, coroutines) is shared.
        """
        copy = _copied if deep else _same
        made = Tag(
            self.tagName,
            {name: copy(value) for name, value in self.attributes.items()},
            [copy(child) for child in self.children],
            self.render,
            self.filename,
            self.lineNumber,
            self.columnNumber,
        )
        if self.slotData is not None:
            made.slotData = {name: copy(value) for name, value in self.slotData.items()}
        return made

    def clear(self) -> Tag:
        """
        Remove all children.

        Returns:
            This tag.
        """
        self.children = []
        return self

    def __repr__(self) -> str:
        parts = [repr(self.tagName)]
        if self.attributes:
            parts.append(f"attributes={self.attributes!r}")
        if self.children:
            parts.append(f"children={self.children!r}")
        return f"Tag({', '.join(parts)})"


def _same(node: Any) -> Any:
    return node


def _copied(node: Any) -> Any:
    if isinstance(node, Tag):
        return node.clone()
    if isinstance(node, list):
        return [_copied(each) for each in node]
    if isinstance(node, tuple):
        return tuple([_copied(each) for each in node])
    if isinstance(node, slot):
        made = slot(node.name, _copied(node.default), node.filename, node.lineNumber, node.columnNumber)
        made.children = _copied(node.children)
        return made
    return node


class _Verbatim:
    """What stands in a page in a form of its own, with text in it."""

    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.data!r})"


class CDATA(_Verbatim):
    """
    A CDATA section: text that a reader of XML takes as it stands.

    Args:
        data: The text. What would end the section is divided between two of them.
    """


class Comment(_Verbatim):
    """
    A comment.

    Args:
        data: Its text. What would end the comment is quoted.
    """


class CharRef:
    """
    A reference to a character: ``CharRef(955)`` is ``&#955;``.

    Args:
        ordinal: The character's number in Unicode.
    """

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal

    def __repr__(self) -> str:
        return f"CharRef({self.ordinal})"


# What can be part of a page. (`Union`, since Python 3.10 cannot join a class and a name that is still to come by `|`.)
Flattenable: TypeAlias = Union[  # noqa: UP007
    bytes,
    str,
    slot,
    CDATA,
    Comment,
    Tag,
    CharRef,
    # Any, and not again this type: a list of tags would be none of a list of all this.
    tuple[Any, ...],
    list[Any],
    Generator[Any, None, object],
    Coroutine[Any, Any, Any],
    Deferred[Any],
    IRenderable,
]

VALID_HTML_TAG_NAMES = set(
    """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo big blockquote body br button canvas
    caption center cite code col colgroup command datalist dd del details dfn dir div dl dt em embed fieldset figcaption
    figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins isindex
    kbd keygen label legend li link map mark menu meta meter nav noframes noscript object ol optgroup option output p
    param pre progress q rp rt ruby s samp script section select small source span strike strong style sub summary sup
    table tbody td textarea tfoot th thead time title tr tt u ul var video wbr
    """.split()  # noqa: SIM905
)


class TagMaker:
    """Makes tags: ``tags.p`` is a new ``<p>``. What is a keyword of Python takes an underscore: ``tags.del_``."""

    def __getattr__(self, name: str) -> Tag:
        wanted = name[:-1] if name.endswith("_") else name
        if wanted not in VALID_HTML_TAG_NAMES:
            raise AttributeError(f"unknown tag {wanted!r}")
        return Tag(wanted)


tags = TagMaker()
