"""
From a tree to bytes.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import implementer

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.python.failure import Failure
from twisted.web.error import FlattenerError, UnfilledSlot, UnsupportedType
from twisted.web.iweb import IRenderable
from twisted.web.template import (
    CDATA,
    CharRef,
    Comment,
    Tag,
    flatten,
    flattenString,
    slot,
    tags,
)

Show = Callable[..., bytes]
Trouble = Callable[..., tuple[Exception, list[Any]]]


# Text and markup


def test_text_is_quoted_and_quotation_marks_are_not(show: Show) -> None:
    assert show(tags.p("a<b>&\"'")) == b"<p>a&lt;b&gt;&amp;\"'</p>"


def test_bytes_are_text_too(show: Show) -> None:
    assert show(tags.p(b"<&>\xc3\xa9", "é")) == b"<p>&lt;&amp;&gt;\xc3\xa9\xc3\xa9</p>"


def test_an_attribute_is_quoted_with_its_quotation_marks(show: Show) -> None:
    assert show(tags.a(href="a\"b<c>&'")) == b'<a href="a&quot;b&lt;c&gt;&amp;\'"></a>'


def test_an_attribute_may_be_bytes(show: Show) -> None:
    assert show(Tag(b"foo", {b"a": b'"<', "c": "d"})(b"x")) == b'<foo a="&quot;&lt;" c="d">x</foo>'


def test_a_tag_in_an_attribute_is_quoted_once_more(show: Show) -> None:
    assert show(tags.a(x=tags.b('q"<&'))) == b'<a x="&lt;b&gt;q&quot;&amp;lt;&amp;amp;&lt;/b&gt;"></a>'


def test_a_tag_in_an_attribute_of_a_tag_in_an_attribute_is_quoted_twice_more(show: Show) -> None:
    inner = tags.b(y=Tag("c")(z='"'))

    assert show(tags.a(x=inner)) == (
        b'<a x="&lt;b y=&quot;&amp;lt;c z=&amp;quot;&amp;amp;quot;&amp;quot;&amp;gt;'
        b'&amp;lt;/c&amp;gt;&quot;&gt;&lt;/b&gt;"></a>'
    )


def test_a_list_in_an_attribute_is_its_text(show: Show) -> None:
    assert show(tags.a(x=['"', tags.b, ("<",)], y="z")) == b'<a x="&quot;&lt;b&gt;&lt;/b&gt;&lt;" y="z"></a>'


def test_attributes_take_what_is_ready_later_and_slots(show: Show) -> None:
    page = tags.a(x=succeed('"<'), y=slot("s"), z=CharRef(955)).fillSlots(s='"')

    assert show(page) == b'<a x="&quot;&lt;" y="&quot;" z="&amp;#955;"></a>'


@pytest.mark.parametrize(
    "name",
    "area base basefont br col command embed frame hr img input isindex keygen link meta param source track".split(),  # noqa: SIM905
)
def test_void_elements_have_no_closing_tag(show: Show, name: str) -> None:
    assert show(Tag(name)(a="b")) == f'<{name} a="b" />'.encode()


@pytest.mark.parametrize("name", ["p", "script", "abbr", "BR", "video", "unknown"])
def test_other_elements_have_one_though_empty(show: Show, name: str) -> None:
    assert show(Tag(name)) == f"<{name}></{name}>".encode()


def test_a_void_element_with_something_in_it_has_a_closing_tag(show: Show) -> None:
    assert show(tags.hr(" ")) == b"<hr> </hr>"


def test_a_tag_without_a_name_shows_its_children_alone(show: Show) -> None:
    assert show(Tag("", {"a": "b"})("x", tags.b("c"))) == b"x<b>c</b>"


def test_lists_tuples_and_generators_are_their_items(show: Show) -> None:
    def numbers() -> Iterator[str]:
        yield from ("1", "2")

    assert show(["a", ("b", [tags.i]), numbers(), []]) == b"ab<i></i>12"


def test_a_character_reference(show: Show) -> None:
    assert show(CharRef(1234)) == b"&#1234;"


# Comments and CDATA


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo", b"<!--foo-->"),
        ("", b"<!---->"),
        ("a--b", b"<!--a--b-->"),
        ("a->b", b"<!--a->b-->"),
        ("-->", b"<!----&gt;-->"),
        ("a--->b", b"<!--a---&gt;b-->"),
        ("a-", b"<!--a- -->"),
        ("--", b"<!---- -->"),
        # What browsers also take for an end.
        (">", b"<!--&gt;-->"),
        ("->x", b"<!---&gt;x-->"),
        ("a--!>b", b"<!--a--!&gt;b-->"),
        ("-- >", b"<!---- &gt;-->"),
        ("é<&", b"<!--\xc3\xa9<&-->"),
    ],
)
def test_a_comment_cannot_be_ended_by_its_text(show: Show, text: str, expected: bytes) -> None:
    assert show(Comment(text)) == expected


@given(st.text(alphabet="->!<a "))
def test_no_text_ends_a_comment(text: str) -> None:
    from html.parser import HTMLParser

    found: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

    made: list[Any] = []
    flattenString(None, [Comment(text), "END"]).addBoth(made.append)
    reader = Reader()
    reader.feed(made[0].decode())
    reader.close()

    assert found == ["END"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<&", b"<![CDATA[a<&]]>"),
        ("]]>", b"<![CDATA[]]]]><![CDATA[>]]>"),
        ("a]]>b]]>c", b"<![CDATA[a]]]]><![CDATA[>b]]]]><![CDATA[>c]]>"),
        ("]]", b"<![CDATA[]]]]>"),
    ],
)
def test_cdata_is_divided_where_it_would_end(show: Show, text: str, expected: bytes) -> None:
    assert show(CDATA(text)) == expected


def test_cdata_and_comments_in_an_attribute_are_quoted_as_markup(show: Show) -> None:
    assert show(tags.a(x=CDATA('"'))) == b'<a x="&lt;![CDATA[&quot;]]&gt;"></a>'
    assert show(tags.a(x=Comment('"'))) == b'<a x="&lt;!--&quot;--&gt;"></a>'


@given(st.text())
def test_what_is_quoted_reads_back(text: str) -> None:
    made: list[Any] = []
    flattenString(None, tags.p(text, title=text)).addBoth(made.append)
    head, _, rest = made[0].decode().partition('">')

    assert head == '<p title="' + html.escape(text, quote=False).replace('"', "&quot;")
    assert rest == html.escape(text, quote=False) + "</p>"


# Slots


def test_a_slot_shows_what_fills_it(show: Show) -> None:
    assert show(tags.p(tags.b(slot("x")), slot("y")).fillSlots(x="1<", y=tags.i)) == b"<p><b>1&lt;</b><i></i></p>"


def test_the_innermost_filling_counts(show: Show) -> None:
    page = tags.p(slot("x"), tags.b(slot("x"), slot("y")).fillSlots(x="in")).fillSlots(x="out", y="far")

    assert show(page) == b"<p>out<b>infar</b></p>"


def test_a_filling_does_not_reach_what_stands_behind_its_tag(fail_to_show: Trouble) -> None:
    error, _ = fail_to_show([tags.p(slot("x")).fillSlots(x="1"), slot("x")])

    assert isinstance(error, UnfilledSlot)
    assert error.args == ("x",)


def test_a_filling_may_have_slots(show: Show) -> None:
    assert show(tags.p(slot("x")).fillSlots(x=tags.b(slot("y")), y="Y")) == b"<p><b>Y</b></p>"


def test_a_default_stands_where_nothing_fills(show: Show) -> None:
    assert show(tags.p(slot("x", "d<"))) == b"<p>d&lt;</p>"
    assert show(tags.p(slot("x", "d")).fillSlots(x="f")) == b"<p>f</p>"


def test_filling_again_replaces_and_adds(show: Show) -> None:
    page = tags.p(slot("a"), slot("b")).fillSlots(a="1")

    assert page.fillSlots(a="2", b="3") is page
    assert show(page) == b"<p>23</p>"


# What comes later


def test_a_deferred_that_has_fired_is_its_result(show: Show) -> None:
    assert show(tags.p(succeed(["a", succeed(tags.b)]))) == b"<p>a<b></b></p>"


def test_a_tree_with_a_deferred_can_be_shown_again(show: Show) -> None:
    page = tags.p(succeed("a"))

    assert show(page) == b"<p>a</p>"
    assert show(page) == b"<p>a</p>"


def test_a_coroutine_is_what_it_returns(show: Show) -> None:
    async def part() -> Tag:
        return tags.b(await succeed("c<"))

    assert show([part(), tags.a(x=part())]) == b'<b>c&lt;</b><a x="&lt;b&gt;c&amp;lt;&lt;/b&gt;"></a>'


def test_what_is_ready_is_written_before_waiting() -> None:
    written: list[bytes] = []
    coming: Deferred[Any] = Deferred()
    done: list[object] = []

    flatten(None, ["a", tags.b("c"), coming, "d"], written.append).addBoth(done.append)

    assert written == [b"a<b>c</b>"]
    assert done == []
    coming.callback("x<")
    assert written == [b"a<b>c</b>", b"x&lt;d"]
    assert done == [None]


def test_output_is_written_in_pieces_of_64_kib_or_more() -> None:
    written: list[bytes] = []

    flatten(None, ["a" * 65535, "b", "c" * 65536, "d"], written.append)

    assert list(map(len, written)) == [65536, 65536, 1]


def test_nothing_is_written_of_nothing() -> None:
    written: list[bytes] = []

    flatten(None, [], written.append)

    assert written == []


def test_cancelling_cancels_what_is_waited_for() -> None:
    cancelled: list[Deferred[Any]] = []
    coming: Deferred[Any] = Deferred(cancelled.append)
    ended: list[Any] = []

    made = flattenString(None, tags.p(coming))
    made.addErrback(ended.append)
    made.cancel()

    assert cancelled == [coming]
    assert isinstance(ended[0].value, FlattenerError)
    assert isinstance(ended[0].value.args[0], CancelledError)


# Errors


@pytest.mark.parametrize("value", [None, 1, 1.5, True, {}, {1}, object, bytearray(b"x"), iter([1])])
def test_other_values_are_refused(fail_to_show: Trouble, value: object) -> None:
    error, roots = fail_to_show(value)

    assert isinstance(error, UnsupportedType)
    assert error.args == (value,)
    assert roots == []


def test_an_error_names_what_was_around_it(fail_to_show: Trouble) -> None:
    page = tags.div(tags.p(None))  # type: ignore[arg-type]  # what is refused

    _, (div, children, paragraph, last) = fail_to_show(page)

    assert (div, children) == (page, page.children)
    assert (paragraph, last) == (page.children[0], [None])


def test_an_error_in_an_attribute_names_the_tag(fail_to_show: Trouble) -> None:
    page = tags.a(x=None)  # type: ignore[arg-type]  # what is refused

    _, roots = fail_to_show(page)

    assert roots == [page]


def test_a_deferred_that_fails_is_an_error_and_is_reported_once(fail_to_show: Trouble) -> None:
    failing: Deferred[Any] = fail(ValueError("no"))

    error, roots = fail_to_show(failing)

    assert isinstance(error, ValueError)
    assert roots == [failing]


def test_a_deferred_that_fails_later_is_an_error() -> None:
    coming: Deferred[Any] = Deferred()
    ended: list[Any] = []

    flattenString(None, tags.p(coming)).addErrback(ended.append)
    coming.errback(Failure(ValueError("no")))

    assert isinstance(ended[0].value.args[0], ValueError)


def test_the_report_shows_tags_and_where_the_error_came_from(fail_to_show: Trouble) -> None:
    def broken() -> Generator[str, None, None]:
        yield "a"
        raise ZeroDivisionError("here")

    with pytest.raises(FlattenerError) as caught:
        made: list[Any] = []
        flattenString(None, tags.p(broken())).addBoth(made.append)
        made[0].raiseException()

    report = str(caught.value)
    assert report.startswith("Exception while flattening:\n  Tag <p>\n")
    assert "in broken\n" in report
    assert report.endswith("ZeroDivisionError: here\n")


def test_an_error_of_the_writer_is_one_of_the_whole() -> None:
    def write(data: bytes) -> None:
        raise RuntimeError("full")

    ended: list[Any] = []
    flatten(None, "a", write).addErrback(ended.append)

    assert isinstance(ended[0].value, RuntimeError)


# Renderables


@implementer(IRenderable)
class Greeting:
    def lookupRenderMethod(self, name: str) -> Callable[[Any, Tag], Any]:
        return lambda request, tag: tag(name, " ", request)

    def render(self, request: Any) -> Any:
        return tags.p(tags.b("x", class_="k", render="hello"), request)


def test_anything_that_provides_irenderable_renders_itself(show: Show) -> None:
    assert show(Greeting(), "R") == b'<p><b class="k">xhello R</b>R</p>'


def test_a_renderer_is_given_a_copy(show: Show) -> None:
    page = Greeting()

    assert show(page, "1") == show(page, "1")


def test_an_error_names_the_renderable(fail_to_show: Trouble) -> None:
    page = Greeting()

    _, roots = fail_to_show(page, None)

    assert roots[0] is page


def test_a_renderer_outside_of_any_renderable_is_an_error(fail_to_show: Trouble) -> None:
    error, _ = fail_to_show(tags.p(render="x"))

    assert isinstance(error, ValueError)
    assert '"x"' in str(error)


def test_slots_filled_on_a_rendered_tag_fill_what_the_renderer_gives(show: Show) -> None:
    @implementer(IRenderable)
    class Filler:
        def lookupRenderMethod(self, name: str) -> Callable[[Any, Tag], Any]:
            return lambda request, tag: [slot("s"), tag.fillSlots(t="T")]

        def render(self, request: Any) -> Any:
            return tags.p(slot("t"), render="x").fillSlots(s="S")

    assert show(Filler()) == b"S<p>T</p>"


def test_depth_is_no_matter(show: Show) -> None:
    page: Any = "x"
    for _ in range(5000):
        page = tags.b(page)

    assert show(page) == b"<b>" * 5000 + b"x" + b"</b>" * 5000
