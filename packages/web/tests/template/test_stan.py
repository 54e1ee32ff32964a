"""
What a page is made of.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.web import template
from twisted.web.template import CDATA, VALID_HTML_TAG_NAMES, CharRef, Comment, Tag, slot, tags


def test_calling_a_tag_adds_children_and_attributes_and_gives_it_back() -> None:
    tag = tags.p("a")

    assert tag("b", "c", href="d") is tag
    assert tag.children == ["a", "b", "c"]
    assert tag.attributes == {"href": "d"}


def test_one_underscore_at_the_end_of_a_name_is_left_out() -> None:
    assert tags.a(class_="x", for_="y", a_b__="z").attributes == {"class": "x", "for": "y", "a_b_": "z"}


def test_render_is_no_attribute() -> None:
    tag = tags.a(render="name")

    assert tag.render == "name"
    assert tag.attributes == {}


def test_a_new_tag_is_empty() -> None:
    tag = Tag("a")

    assert (tag.tagName, tag.attributes, tag.children, tag.render, tag.slotData) == ("a", {}, [], None, None)
    assert (tag.filename, tag.lineNumber, tag.columnNumber) == (None, None, None)
    assert Tag("b").children is not tag.children


def test_what_a_tag_is_made_with_is_kept() -> None:
    attributes: Any = {"a": "b"}
    children: Any = ["c"]

    tag = Tag("n", attributes, children, "r", "f", 1, 2)

    assert tag.attributes is attributes
    assert tag.children is children
    assert (tag.render, tag.filename, tag.lineNumber, tag.columnNumber) == ("r", "f", 1, 2)


def test_clear_removes_children_alone() -> None:
    tag = tags.p("a", x="y").fillSlots(s="t")

    assert tag.clear() is tag
    assert (tag.children, tag.attributes, tag.slotData) == ([], {"x": "y"}, {"s": "t"})


def whole() -> Tag:
    return Tag("p", {"a": tags.q}, [tags.b("c"), [tags.i], (tags.u,), slot("s", tags.s)], "r", "f", 1, 2).fillSlots(
        k=tags.em
    )


def test_a_deep_clone_shares_no_tag() -> None:
    tag: Any = whole()
    copy: Any = tag.clone()

    assert repr(copy) == repr(tag)
    assert (copy.render, copy.filename, copy.lineNumber, copy.columnNumber) == ("r", "f", 1, 2)
    assert copy.attributes["a"] is not tag.attributes["a"]
    assert copy.children[0] is not tag.children[0]
    assert copy.children[1][0] is not tag.children[1][0]
    assert copy.children[2][0] is not tag.children[2][0]
    assert isinstance(copy.children[2], tuple)
    assert copy.children[3] is not tag.children[3]
    assert copy.children[3].default is not tag.children[3].default
    assert copy.slotData["k"] is not tag.slotData["k"]


def test_a_shallow_clone_shares_what_is_in_it_but_not_itself() -> None:
    tag: Any = whole()
    copy: Any = tag.clone(deep=False)

    assert copy.children == tag.children
    assert copy.children is not tag.children
    assert copy.attributes == tag.attributes
    assert copy.attributes is not tag.attributes
    assert copy.slotData == tag.slotData
    assert copy.slotData is not tag.slotData


def test_a_clone_of_what_fills_no_slots_fills_none() -> None:
    assert tags.p.clone().slotData is None


def test_a_cloned_slot_keeps_its_place_and_what_is_in_it() -> None:
    place = slot("n", "d", "f", 3, 4)
    place.children.append("x")

    copy: Any = tags.p(place).clone().children[0]

    assert repr(copy) == repr(place)


def test_reprs() -> None:
    assert repr(tags.a("x", href="y")) == "Tag('a', attributes={'href': 'y'}, children=['x'])"
    assert repr(Tag("a", render="r")) == "Tag('a')"
    assert repr(CDATA("x")) == "CDATA('x')"
    assert repr(Comment("x")) == "Comment('x')"
    assert repr(CharRef(3)) == "CharRef(3)"
    assert repr(slot("n", 1)) == (  # type: ignore[arg-type]  # any default
        "slot(name='n', children=[], default=1, filename=None, lineNumber=None, columnNumber=None)"
    )


def test_tags_makes_a_new_tag_each_time() -> None:
    assert tags.p is not tags.p
    assert tags.p.tagName == "p"
    assert tags.del_.tagName == "del"


@pytest.mark.parametrize("name", ["bogus", "for", "for_", "P"])
def test_tags_knows_html_alone(name: str) -> None:
    with pytest.raises(AttributeError, match=f"unknown tag '{name.removesuffix('_')}'"):
        getattr(tags, name)


def test_the_names_of_html() -> None:
    assert len(VALID_HTML_TAG_NAMES) == 120
    assert {"a", "h1", "wbr", "article"} <= VALID_HTML_TAG_NAMES


def test_what_is_promised_is_there() -> None:
    assert template.__all__ == sorted(
        template.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    for name in ("Tag", "Element", "XMLString", "flatten", "slot", "CDATA"):
        assert getattr(template, name).__module__ == "twisted.web.template"
