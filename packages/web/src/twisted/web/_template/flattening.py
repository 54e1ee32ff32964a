"""
From a tree to bytes.

The tree is walked without recursion: each tag, list or renderable that is entered gets a frame, which knows the slots
and the renderable around it and how deep in attributes it stands. Text is quoted once as text, and once more for every
attribute around it. Output is gathered, and written in large pieces, or when a Deferred makes us wait.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web._template.elements import Element
from twisted.web._template.stan import CDATA, CharRef, Comment, Flattenable, Tag, slot
from twisted.web.error import FlattenerError, UnfilledSlot, UnsupportedType
from twisted.web.iweb import IRenderable, IRequest

# How many bytes are gathered before they are written.
_PIECE = 2**16

# Those that never have content, and no closing tag.
_VOID = frozenset(
    b"area base basefont br col command embed frame hr img input isindex keygen link meta param source track".split()
)

# What ends a comment, or what browsers and older parsers take for its end: quoted before it can.
_COMMENT_END = re.compile(rb"(\A-?|--!?\s*)>")


class _Markup(bytes):
    """What is markup already, and not to be quoted as text."""


class _Value:
    """The value of an attribute, that is more than text."""

    __slots__ = ("node",)

    def __init__(self, node: Flattenable) -> None:
        self.node = node


class _Slots:
    """What fills slots: one tag's, and behind it that of the tags around it."""

    __slots__ = ("data", "outer")

    def __init__(self, data: dict[str, Flattenable], outer: _Slots | None) -> None:
        self.data = data
        self.outer = outer


class _Frame:
    """A part of the tree that is being walked."""

    __slots__ = ("depth", "direct", "element", "nodes", "origin", "slots")

    def __init__(
        self,
        nodes: Iterator[Any],
        origin: object,
        slots: _Slots | None,
        element: IRenderable | None,
        depth: int,
        direct: bool,
    ) -> None:
        self.nodes = nodes
        # What the report about an error names; markup of ours has none.
        self.origin = origin
        self.slots = slots
        self.element = element
        # How many attributes are around, one in the other; and whether this is such an attribute's own text, and not
        # that of a tag inside it.
        self.depth = depth
        self.direct = direct


def _quote_text(data: bytes) -> bytes:
    return data.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _quote_attribute(data: bytes) -> bytes:
    return data.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;").replace(b'"', b"&quot;")


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")


def _comment(data: str) -> bytes:
    text = _COMMENT_END.sub(rb"\1&gt;", _raw(data))
    # A hyphen at the end would become part of the comment's end.
    return b"<!--" + text + (b" -->" if text.endswith(b"-") else b"-->")


class _Walk:
    """One tree on its way to bytes."""

    def __init__(self, request: IRequest | None, root: Flattenable, write: Callable[[bytes], object]) -> None:
        self._request = request
        self._write = write
        self._gathered: list[bytes] = []
        self._size = 0
        self._frames = [_Frame(iter((root,)), None, None, None, 0, False)]

    async def run(self) -> None:
        frames = self._frames
        try:
            while frames:
                frame = frames[-1]
                for node in frame.nodes:
                    if (entered := self._take(node, frame)) is not None:
                        frames.append(entered)
                        if isinstance(entered.origin, Deferred):
                            entered.nodes = iter((await self._result(entered.origin),))
                        break
                else:
                    frames.pop()
        except Exception as error:
            from traceback import extract_tb

            roots = [frame.origin for frame in frames if frame.origin is not None]
            raise FlattenerError(error, roots, extract_tb(error.__traceback__)) from error
        self._flush()

    def _emit(self, markup: bytes, depth: int) -> None:
        for _ in range(depth):
            markup = _quote_attribute(markup)
        self._gathered.append(markup)
        self._size += len(markup)
        if self._size >= _PIECE:
            self._flush()

    def _flush(self) -> None:
        if self._gathered:
            piece = b"".join(self._gathered)
            self._gathered.clear()
            self._size = 0
            self._write(piece)

    def _take(self, node: Any, frame: _Frame) -> _Frame | None:
        """Write a leaf, or give the frame of what has more inside."""
        if isinstance(node, (str, bytes)):
            if isinstance(node, _Markup) or frame.direct:
                self._emit(_raw(node), frame.depth)
            else:
                self._emit(_quote_text(_raw(node)), frame.depth)
            return None
        if isinstance(node, Tag):
            return self._enter_tag(node, frame)
        if isinstance(node, (list, tuple)):
            return self._enter(iter(node), node, frame)
        if isinstance(node, _Value):
            return _Frame(iter((node.node,)), None, frame.slots, frame.element, frame.depth + 1, True)
        if isinstance(node, slot):
            return self._enter(iter((_filling(node, frame.slots),)), node, frame)
        if isinstance(node, CDATA):
            self._emit(b"<![CDATA[" + _raw(node.data).replace(b"]]>", b"]]]]><![CDATA[>") + b"]]>", frame.depth)
            return None
        if isinstance(node, Comment):
            self._emit(_comment(node.data), frame.depth)
            return None
        if isinstance(node, CharRef):
            self._emit(b"&#%d;" % node.ordinal, frame.depth)
            return None
        if isinstance(node, Generator):
            return self._enter(iter(node), node, frame)
        if isinstance(node, Deferred):
            return self._enter(iter(()), node, frame)
        if isinstance(node, Coroutine):
            return self._enter(iter(()), Deferred.fromCoroutine(node), frame)
        if isinstance(node, Element) or IRenderable.providedBy(node):
            content = node.render(self._request)
            return _Frame(iter((content,)), node, frame.slots, node, frame.depth, frame.direct)
        raise UnsupportedType(node)

    def _enter(self, nodes: Iterator[Any], origin: object, frame: _Frame) -> _Frame:
        return _Frame(nodes, origin, frame.slots, frame.element, frame.depth, frame.direct)

    def _enter_tag(self, tag: Tag, frame: _Frame) -> _Frame:
        slots = frame.slots if tag.slotData is None else _Slots(tag.slotData, frame.slots)
        if tag.render is not None:
            if frame.element is None:
                raise ValueError(
                    f'Tag wants to be rendered by method "{tag.render}" but is not contained in any IRenderable'
                )
            # Renderers add to what they are given: it is a copy each time.
            given = tag.clone(deep=False)
            given.render = None
            result = frame.element.lookupRenderMethod(tag.render)(self._request, given)
            return _Frame(iter((result,)), None, slots, frame.element, frame.depth, frame.direct)
        if not tag.tagName:
            return _Frame(iter((tag.children,)), tag, slots, frame.element, frame.depth, frame.direct)
        return _Frame(iter(_opened(tag)), tag, slots, frame.element, frame.depth, False)

    async def _result(self, awaited: Deferred[Any]) -> Any:
        """Give what a Deferred fires with, leaving a result where it is: the same tree can be walked again."""
        fired: list[Any] = []
        failed: list[Any] = []

        def succeeded(result: Any) -> Any:
            fired.append(result)
            return result

        awaited.addCallbacks(succeeded, failed.append)
        if not fired and not failed:
            self._flush()
            waiter: Deferred[None] = Deferred(lambda _: awaited.cancel())
            awaited.addBoth(_woken, waiter)
            await waiter
        if failed:
            failed[0].raiseException()
        return fired[0]


def _woken(result: Any, waiter: Deferred[None]) -> Any:
    waiter.callback(None)
    return result


def _filling(place: slot, slots: _Slots | None) -> Flattenable:
    """Give what fills a slot: the innermost tag around it that has something for it decides."""
    while slots is not None:
        if place.name in slots.data:
            return slots.data[place.name]
        slots = slots.outer
    if place.default is None:
        raise UnfilledSlot(place.name)
    return place.default


def _opened(tag: Tag) -> list[Any]:
    """Give what a tag consists of: markup, values of attributes and children."""
    name = _raw(tag.tagName)
    parts: list[Any] = []
    markup = b"<" + name
    for key, value in tag.attributes.items():
        markup += b" " + _raw(key) + b'="'
        if isinstance(value, (str, bytes)):
            markup += _quote_attribute(_raw(value))
        else:
            parts += (_Markup(markup), _Value(value))
            markup = b""
        markup += b'"'
    if not tag.children and name in _VOID:
        parts.append(_Markup(markup + b" />"))
        return parts
    parts += (_Markup(markup + b">"), tag.children, _Markup(b"</" + name + b">"))
    return parts


def flatten(request: IRequest | None, root: Flattenable, write: Callable[[bytes], object]) -> Deferred[None]:
    """
    Write a tree as bytes.

    Args:
        request: Handed to renderables and renderers.
        root: The tree.
        write: Called with the bytes, piece by piece.

    Returns:
        A Deferred that fires with `None` once everything is written, and fails with `FlattenerError` if something in
        the tree cannot be, or raised an error.
    """
    return Deferred.fromCoroutine(_Walk(request, root, write).run())


def flattenString(request: IRequest | None, root: Flattenable) -> Deferred[bytes]:
    """
    Make bytes of a tree.

    Args:
        request: Handed to renderables and renderers.
        root: The tree.

    Returns:
        A Deferred that fires with the bytes, and fails as that of `flatten` does.
    """
    pieces: list[bytes] = []
    return flatten(request, root, pieces.append).addCallback(lambda _: b"".join(pieces))
