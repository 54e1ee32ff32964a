"""
Which stream is sent first, if a client has said so.

The signals of RFC 7540 are deprecated (RFC 9113 section 5.3.2), but clients still send them. The tree that they make is
kept by the library priority, and only if somebody sends any.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from twisted.python._require import require

if TYPE_CHECKING:
    from twisted.web._http2.streams import H2Stream

# How many streams the tree may have. Clients may name any.
_MOST_KNOWN = 500


class Order:
    """
    The order in which streams take their turns.

    Attributes:
        known: Whether there is any.
    """

    def __init__(self) -> None:
        self.known = False
        # Any: the library's tree; it is there if somebody has installed it.
        self._tree: Any = None
        self._library: Any = None
        self._inside: set[int] = set()

    def _start(self) -> None:
        self._library = require("priority", install="twisted-web[http2]", purpose="HTTP/2")
        self._tree = self._library.PriorityTree(maximum_streams=_MOST_KNOWN)
        self.known = True

    def update(self, number: int, depends_on: int, weight: int, exclusive: bool, streams: Container[int] = ()) -> None:
        """
        A client says what a stream is worth, and which other one comes before it.

        Args:
            number: The stream.
            depends_on: The one that comes before it, or 0.
            weight: What it is worth, among those behind the same one.
            exclusive: Whether it comes before all others that are behind the same one.
            streams: Those under way.
        """
        if not self.known:
            self._start()
        if depends_on in streams and depends_on not in self._inside:
            # Nothing was said of that one yet.
            self.update(depends_on, 0, 16, False)
        if depends_on and depends_on not in self._inside:
            # It is over, or was never there: as if nothing came before (RFC 7540 section 5.3.1).
            depends_on, exclusive = 0, False
        try:
            if number in self._inside:
                self._tree.reprioritize(number, depends_on or None, weight, exclusive)
            else:
                self._tree.insert_stream(number, depends_on or None, weight, exclusive)
                self._inside.add(number)
                self._tree.block(number)
        except self._library.PriorityError:
            # There are too many, or it depends on itself. It is advice, no more.
            pass

    def forget(self, number: int) -> None:
        """A stream is over."""
        if number in self._inside:
            self._inside.discard(number)
            self._tree.remove_stream(number)

    def sort(self, ready: Mapping[int, H2Stream]) -> list[H2Stream]:
        """Give the streams whose turn it is, in their order; one may have several turns."""
        for number in ready:
            if number not in self._inside:
                self.update(number, 0, 16, False)
            if number in self._inside:
                self._tree.unblock(number)
        known = [number for number in ready if number in self._inside]
        if not known:
            return list(ready.values())
        turns = [ready[number] for number in islice(self._tree, len(known))]
        for number in known:
            self._tree.block(number)
        return turns + [stream for number, stream in ready.items() if number not in self._inside]
