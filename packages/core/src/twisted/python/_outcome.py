"""
The common ground of Failure and Deferred.

Most results of callbacks are plain values. With one shared base, the callback loop of Deferred finds out by a single
test that a result is neither a failure nor still to come. The class stays interpreted and without slots of its own,
so that both exceptions and compiled classes can inherit from it.
"""


class Outcome:
    """What a callback may return that is not, or not yet, a plain value."""

    __slots__ = ()


class Open:
    """
    An interpreted base for classes that may be compiled.

    It keeps what users do to their instances possible: weak references, attributes of their own, `directlyProvides`.
    """
