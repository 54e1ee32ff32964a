"""
Elements, and whole pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.web.error import MissingRenderMethod, MissingTemplateLoader, UnexposedMethodError
from twisted.web.iweb import IRenderable
from twisted.web.server import NOT_DONE_YET
from twisted.web.template import Element, Tag, TagLoader, renderElement, renderer, tags
from twisted.web.test.requesthelper import DummyRequest

Show = Callable[..., bytes]
Trouble = Callable[..., tuple[Exception, list[Any]]]


class Page(Element):
    @renderer
    def name(self, request: Any, tag: Tag) -> Tag:
        return tag("name", request or "")

    @renderer
    async def later(self, request: Any, tag: Tag) -> Tag:
        return tag("later")

    @renderer
    def many(self, request: Any, tag: Tag) -> Any:
        for number in "123":
            yield tag.clone()(number)

    def hidden(self, request: Any, tag: Tag) -> Tag:
        return tag("never")

    @renderer
    def broken(self, request: Any, tag: Tag) -> Tag:
        raise ZeroDivisionError("secret")


def page(*children: Any) -> Page:
    return Page(loader=TagLoader(tags.p(*children)))


def test_renderers_stand_for_tags(show: Show) -> None:
    made = page(tags.b(render="name"), tags.i(render="later"), tags.u(render="many"))

    assert show(made, "R") == b"<p><b>nameR</b><i>later</i><u>1</u><u>2</u><u>3</u></p>"


def test_an_element_is_renderable() -> None:
    assert IRenderable.providedBy(Element())


def test_only_what_is_marked_is_a_renderer(fail_to_show: Trouble) -> None:
    for name in ("hidden", "nothing", "render", "__init__"):
        made = page(tags.b(render=name))
        error, _ = fail_to_show(made)
        assert isinstance(error, MissingRenderMethod)
        assert (error.element, error.renderName) == (made, name)


def test_an_override_has_to_be_marked_as_well() -> None:
    class Other(Page):
        def name(self, request: Any, tag: Tag) -> Tag:
            return tag

    with pytest.raises(MissingRenderMethod):
        Other().lookupRenderMethod("name")


def test_renderer_finds_what_it_has_marked() -> None:
    made = Page()

    assert renderer.get(made, "name") == made.name
    assert renderer.get(made, "hidden", None) is None
    assert renderer.get(made, "hidden", 3) == 3
    with pytest.raises(UnexposedMethodError):
        renderer.get(made, "hidden")


def test_renderer_gives_the_function_back() -> None:
    def function(request: Any, tag: Tag) -> Tag:
        return tag

    assert renderer(function) is function


def test_an_element_without_a_template(fail_to_show: Trouble) -> None:
    made = Element()

    error, _ = fail_to_show(made)

    assert isinstance(error, MissingTemplateLoader)
    assert error.element is made


def test_the_template_of_the_class_counts_unless_another_is_given(show: Show) -> None:
    class Other(Page):
        loader = TagLoader("class's")

    assert show(Other()) == b"class's"
    assert show(Other(TagLoader("own"))) == b"own"


# Whole pages


class _Site:
    def __init__(self, displayTracebacks: bool) -> None:
        self.displayTracebacks = displayTracebacks


def request_of(displayTracebacks: bool | None = None) -> Any:
    request: Any = DummyRequest([b""])
    if displayTracebacks is not None:
        request.site = _Site(displayTracebacks)
    return request


def test_a_page_is_sent_behind_its_doctype_and_the_request_finished() -> None:
    request = request_of()

    assert renderElement(request, page(tags.b(render="later"))) == NOT_DONE_YET
    assert b"".join(request.written) == b"<!DOCTYPE html>\n<p><b>later</b></p>"
    assert request.finished == 1


@pytest.mark.parametrize(("doctype", "line"), [(None, b""), (b"<!X>", b"<!X>\n")])
def test_the_doctype_can_be_another_or_none(doctype: bytes | None, line: bytes) -> None:
    request = request_of()

    renderElement(request, page(), doctype)

    assert b"".join(request.written) == line + b"<p></p>"


def test_the_request_is_finished_when_the_page_is() -> None:
    request = request_of()
    coming: Deferred[Any] = Deferred()

    renderElement(request, page(coming))
    assert request.finished == 0
    coming.callback("x")

    assert request.finished == 1


def test_who_has_gone_is_not_answered() -> None:
    request = request_of()
    request._disconnected = True

    renderElement(request, page())

    assert request.finished == 0


def test_an_error_is_logged_and_does_not_show_its_insides() -> None:
    for request in (request_of(False), request_of()):
        with capturedLogs() as events:
            renderElement(request, page(tags.b(render="broken")))

        (event,) = events
        assert event["log_namespace"] == "twisted.web.template"
        assert event["log_format"] == "An error occurred while rendering the response."
        assert b"".join(request.written) == (
            b'<!DOCTYPE html>\n<div style="font-size:800%;background-color:#FFF;color:#F00">'
            b"An error occurred while rendering the response.</div>"
        )
        assert request.finished == 1


def test_an_error_shows_its_insides_where_the_site_says_so() -> None:
    request = request_of(True)

    with capturedLogs() as events:
        renderElement(request, page(tags.b(render="broken")))

    assert len(events) == 1
    written = b"".join(request.written)
    assert b"twisted.web.error.FlattenerError" in written
    assert b"ZeroDivisionError: secret" in written
    assert request.finished == 1


def test_the_report_can_be_another() -> None:
    request = request_of(True)

    with capturedLogs() as events:
        renderElement(
            request,
            page(tags.b(render="broken")),
            None,
            lambda failure: Element(TagLoader(type(failure.value.args[0]).__name__)),
        )

    assert len(events) == 1
    assert b"".join(request.written) == b"ZeroDivisionError"


def test_a_report_that_cannot_be_rendered_is_logged_too() -> None:
    request = request_of(True)

    with capturedLogs() as events:
        renderElement(request, page(tags.b(render="broken")), None, lambda failure: Element())

    assert [event["log_format"] for event in events] == [
        "An error occurred while rendering the response.",
        "The report about an error could not be rendered.",
    ]
