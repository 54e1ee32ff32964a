"""
What the tests of templates share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.python.failure import Failure
from twisted.web.error import FlattenerError
from twisted.web.template import flattenString


def shown(page: Any, request: Any = None) -> bytes:
    """Make bytes of what is ready already."""
    made: list[Any] = []
    flattenString(request, page).addBoth(made.append)
    (result,) = made
    if isinstance(result, Failure):
        result.raiseException()
    assert type(result) is bytes
    return result


def trouble(page: Any, request: Any = None) -> tuple[Exception, list[Any]]:
    """Give why something cannot be made bytes, and what it was in."""
    with pytest.raises(FlattenerError) as caught:
        shown(page, request)
    return caught.value.args[0], caught.value._roots


@pytest.fixture
def show() -> Callable[..., bytes]:
    return shown


@pytest.fixture
def fail_to_show() -> Callable[..., tuple[Exception, list[Any]]]:
    return trouble
