"""
Old helpers for markup.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twisted.web import html


@pytest.mark.parametrize(
    ("call", "made"),
    [
        (lambda: html.PRE("a<b"), "<pre>a&lt;b</pre>"),
        (lambda: html.UL(["a", "<b>"]), "<ul>\n<li> a</li>\n<li> <b></li>\n</ul>"),
        (lambda: html.UL([]), "<ul>\n</ul>"),
        (
            lambda: html.linkList([("/x", "y"), ("u", "v")]),
            '<ul>\n<li> <a href="/x">y</a></li>\n<li> <a href="u">v</a></li>\n</ul>',
        ),
        (lambda: html.output(lambda a, b: a + b, "x", b="y"), "xy"),
    ],
)
def test_markup_is_made_and_the_caller_is_warned(call: Callable[[], str], made: str) -> None:
    with pytest.warns(DeprecationWarning, match=r"was deprecated in Twisted 15\.3\.0; please use twisted\.web\.templ"):
        assert call() == made


def test_text_is_quoted() -> None:
    assert html.escape('<a href="\'">&') == "&lt;a href=&quot;&#x27;&quot;&gt;&amp;"
