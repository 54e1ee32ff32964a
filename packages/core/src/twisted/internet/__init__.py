"""
The event loop, what it drives, and what programs write against it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # It is a module until it is imported, and a reactor afterwards, which checkers cannot know.
    from twisted.internet._reactor.default_type import DefaultReactor

    reactor: DefaultReactor
