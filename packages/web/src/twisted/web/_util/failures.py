"""
Failures, as pages that show where they come from.
"""

from __future__ import annotations

import linecache
from typing import Any

from twisted.python.failure import Failure
from twisted.python.reflect import fullyQualifiedName
from twisted.web._template.elements import Element, renderer
from twisted.web._template.flattening import flattenString
from twisted.web._template.loading import TagLoader, XMLString
from twisted.web._template.stan import Flattenable, Tag

# A frame, as `Failure` keeps it: function, file, line, and names with their values.
_Frame = tuple[str, str, int, Any, Any]

_PAGE = """\
<div xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1">
  <style type="text/css">
    .error { color: #b00020; font-weight: bold; margin: 0.5em 0; font-family: system-ui, sans-serif; }
    .frame { margin: 0.5em 0; font-family: system-ui, sans-serif; }
    .location { color: #444; }
    .function { font-weight: bold; }
    .snippet { background: #f4f4f4; border-left: 0.3em solid #bbb; padding: 0.3em 0.6em; white-space: pre; }
    .snippet { font-family: ui-monospace, monospace; overflow-x: auto; }
    .snippetHighlightLine { background: #ffe9a8; }
    .lineno { color: #777; margin-right: 1em; }
    @media (prefers-color-scheme: dark) {
      .error { color: #ff8a80; }
      .location, .lineno { color: #aaa; }
      .snippet { background: #222; }
      .snippetHighlightLine { background: #5c4a00; }
    }
  </style>
  <div class="error">
    <span t:render="type" />: <span t:render="value" />
  </div>
  <div class="stackTrace" t:render="traceback">
    <div class="frame" t:render="frames">
      <div class="location">
        <span t:render="filename" />:<span t:render="lineNumber" /> in
        <span class="function" t:render="function" />
      </div>
      <div class="snippet" t:render="source"
        ><div t:render="sourceLines"
          ><span class="lineno" t:render="lineNumber" /><code class="code" t:render="sourceLine"
          /></div
      ></div>
    </div>
  </div>
  <div class="error">
    <span t:render="type" />: <span t:render="value" />
  </div>
</div>
"""


class _SourceLineElement(Element):
    """
    One line of source.

    Args:
        loader: Its template.
        number: The line's number.
        source: The line.
    """

    def __init__(self, loader: Any, number: int, source: str) -> None:
        super().__init__(loader)
        self.number = number
        self.source = source

    @renderer
    def sourceLine(self, request: Any, tag: Tag) -> Tag:
        """Show the line; how far it is indented can be seen in HTML too."""
        return tag(self.source.replace("  ", " \N{NO-BREAK SPACE}"))

    @renderer
    def lineNumber(self, request: Any, tag: Tag) -> Tag:
        """Show the line's number."""
        return tag(str(self.number))


class _SourceFragmentElement(Element):
    """
    The line where a frame is, and those before and after it.

    Args:
        loader: The template of a line.
        frame: The frame.
    """

    def __init__(self, loader: Any, frame: _Frame) -> None:
        super().__init__(loader)
        self.frame = frame

    @renderer
    def sourceLines(self, request: Any, tag: Tag) -> Flattenable:
        """Show the lines."""
        _, filename, here, _, _ = self.frame
        shown: list[Flattenable] = []
        for number in range(here - 1, here + 2):
            if number < 1:
                continue
            line = linecache.getline(filename, number).rstrip()
            kind = "snippetHighlightLine" if number == here else "snippetLine"
            shown.append(_SourceLineElement(TagLoader(tag.clone()(class_=kind)), number, line))
        return shown


class _FrameElement(Element):
    """
    One frame.

    Args:
        loader: Its template.
        frame: The frame.
    """

    def __init__(self, loader: Any, frame: _Frame) -> None:
        super().__init__(loader)
        self.frame = frame

    @renderer
    def filename(self, request: Any, tag: Tag) -> Tag:
        """Show which file it is in."""
        return tag(self.frame[1])

    @renderer
    def lineNumber(self, request: Any, tag: Tag) -> Tag:
        """Show which line it is in."""
        return tag(str(self.frame[2]))

    @renderer
    def function(self, request: Any, tag: Tag) -> Tag:
        """Show which function it is in."""
        return tag(self.frame[0])

    @renderer
    def source(self, request: Any, tag: Tag) -> Flattenable:
        """Show the source there."""
        return _SourceFragmentElement(TagLoader(tag), self.frame)


class _StackElement(Element):
    """
    Frames.

    Args:
        loader: The template of a frame.
        stackFrames: The frames.
    """

    def __init__(self, loader: Any, stackFrames: list[_Frame]) -> None:
        super().__init__(loader)
        self.stackFrames = stackFrames

    @renderer
    def frames(self, request: Any, tag: Tag) -> Flattenable:
        """Show them."""
        return [_FrameElement(TagLoader(tag.clone()), frame) for frame in self.stackFrames]


class FailureElement(Element):
    """
    A failure: what went wrong, and where, with the source.

    This shows a program's insides: it is for those who write it, and not for those who use it.

    Args:
        failure: The failure.
        loader: Another template.
    """

    loader = XMLString(_PAGE)

    def __init__(self, failure: Failure, loader: Any = None) -> None:
        super().__init__(loader)
        self.failure = failure

    @renderer
    def type(self, request: Any, tag: Tag) -> Tag:
        """Show the exception's class."""
        return tag(fullyQualifiedName(self.failure.type))

    @renderer
    def value(self, request: Any, tag: Tag) -> Tag:
        """Show what the exception says."""
        return tag(str(self.failure.value).encode("utf-8", "backslashreplace"))

    @renderer
    def traceback(self, request: Any, tag: Tag) -> Flattenable:
        """Show where it comes from."""
        return _StackElement(TagLoader(tag), list(map(_as_frame, self.failure.frames)))


def _as_frame(kept: Any) -> _Frame:
    function, filename, line, local_names, global_names = kept
    return function, filename, line, local_names, global_names


def formatFailure(myFailure: Failure) -> bytes:
    """
    Give the markup that shows a failure.

    Args:
        myFailure: The failure.

    Returns:
        A ``<div>``, in ASCII.
    """
    made: list[Any] = []
    flattenString(None, FailureElement(myFailure)).addBoth(made.append)
    (markup,) = made
    if isinstance(markup, Failure):
        markup.raiseException()
    return bytes(markup.decode("utf-8").encode("ascii", "xmlcharrefreplace"))
