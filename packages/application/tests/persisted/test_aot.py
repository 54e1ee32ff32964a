"""Objects as Python source."""

from __future__ import annotations

import io
import math
import os
import re
import tokenize
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import Deferred
from twisted.persisted import aot
from twisted.persisted.crefutil import NotKnown


class Thing:
    """An object with attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def method(self) -> Thing:
        return self

    @classmethod
    def make(cls) -> type[Thing]:
        return cls


class Stateful:
    """An object that says itself what its state is."""

    def __init__(self, state: Any = None) -> None:
        self.state = state

    def __getstate__(self) -> Any:
        return ["kept", self.state]

    def __setstate__(self, state: Any) -> None:
        self.state = state[1]
        self.complete = not isinstance(state[1], NotKnown) and state[0] == "kept"


class Selfish:
    """An object that only says it."""

    def __init__(self, state: Any) -> None:
        self.state = state

    def __getstate__(self) -> Any:
        return self.state


class Slots:
    __slots__ = ("a",)

    a: int


class Rows(list[Any]):
    """A list with a name."""


class Global:
    """An object that pickle finds by a name of two letters."""

    def __reduce__(self) -> str:
        return "io"


class Reduced:
    """An object that is made by a call."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return Reduced, (self.value,)


class Outer:
    class Inner:
        """A class in a class."""


def function() -> None:
    """A function."""


HERE = __name__


def again(value: Any) -> Any:
    """To source, and back."""
    return aot.unjellyFromSource(aot.jellyToSource(value))


simple = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary(), st.just(...)
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.one_of(st.integers(), st.text()), inner)
    ),
    max_leaves=15,
)


@given(values)
def test_plain_values_come_back(value: Any) -> None:
    came = again(value)

    assert came == value
    assert repr(came) == repr(value)


@pytest.mark.parametrize(
    "value", [1j, 10**30, "\u00e9\n\x00'\"", b"\xff' (", slice(1, None), {(1, 2): 3}, {1, 2}, frozenset("a"), range(3)]
)
def test_so_do_others(value: Any) -> None:
    assert again(value) == value


def test_numbers_that_are_none_come_back() -> None:
    assert again([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert math.isnan(again(math.nan))


@pytest.mark.parametrize(
    "value", [Thing, Outer.Inner, function, os, os.path, len, Thing.method, io.StringIO, re.compile("x")]
)
def test_what_has_a_name_is_found_by_it(value: Any) -> None:
    assert again(value) == value


def test_an_object_comes_back_with_its_attributes() -> None:
    came = again(Thing(x=1, text="a(b", inner=Thing(y=[None])))

    assert type(came) is Thing
    attributes = vars(came)
    assert (attributes["x"], attributes["text"], vars(attributes["inner"])) == (1, "a(b", {"y": [None]})


def test_attributes_need_not_be_names() -> None:
    attributes = {"a b": 1, "class": 2, "className": 3, "self": 4}
    one = Thing()
    one.__dict__.update(attributes)

    assert vars(again(one)) == attributes
    for name in attributes:
        alone = Thing()
        alone.__dict__[name] = "x"
        assert vars(again(alone)) == {name: "x"}


def test_methods_come_back_with_their_objects() -> None:
    one = Thing(x=1)
    one.__dict__["callback"] = one.method

    came = again(one)

    assert came.callback() is came
    assert again(Thing.make)() is Thing
    assert again([one.method, one])[0].__self__.x == 1


def test_objects_keep_their_own_idea_of_state() -> None:
    came = again(Stateful({"a": [1]}))

    assert (came.state, came.complete) == ({"a": [1]}, True)


def test_a_state_is_whole_when_an_object_gets_it() -> None:
    inner = Stateful()
    row = [inner]
    inner.state = row

    came = again(row)

    assert came[0].state is came
    assert came[0].complete


def test_a_dict_of_state_is_set_as_attributes() -> None:
    assert vars(again(Selfish({"x": [1]}))) == {"x": [1]}
    assert vars(again(Selfish(None))) == {}
    with pytest.raises(TypeError, match="takes no state but a dict"):
        again(Selfish([1]))


def test_an_object_that_is_made_by_a_call_is_made_by_it() -> None:
    assert again(Reduced([1, (2,)])).value == [1, (2,)]
    assert aot.jellyToSource(Reduced(1)) == f"app=Copyreg('{HERE}.Reduced',(\n    1,\n    ))"


# References


def test_what_is_one_object_stays_one() -> None:
    shared = [1]

    came = again([shared, shared, (shared,), {"k": shared}])

    assert came == [[1], [1], ([1],), {"k": [1]}]
    assert came[0] is came[1] is came[2][0] is came[3]["k"]


def test_equal_objects_stay_two() -> None:
    came = again([[1], [1]])

    assert came[0] is not came[1]


@pytest.mark.parametrize("kind", ["list", "dict", "object", "tuple", "key", "call"])
def test_what_refers_to_itself_does_so_again(kind: str) -> None:
    value: Any
    if kind == "list":
        value = []
        value.append(value)
        came = again(value)
        assert came[0] is came
    elif kind == "dict":
        value = {}
        value["me"] = value
        came = again(value)
        assert came["me"] is came
    elif kind == "object":
        value = Thing()
        value.me = value
        came = again(value)
        assert came.me is came
    elif kind == "tuple":
        value = ([],)
        value[0].append(value)
        came = again(value)
        assert type(came) is tuple
        assert came[0][0] is came
    elif kind == "key":
        value = Thing()
        value.keys = {value: 1, (value, 2): 3}
        came = again(value)
        assert came.keys == {came: 1, (came, 2): 3}
    else:
        value = Thing()
        value.wrapped = Reduced((value, [value]))
        came = again(value)
        assert came.wrapped.value[0] is came.wrapped.value[1][0] is came


def test_a_reference_may_come_before_what_it_refers_to() -> None:
    came = aot.unjellyFromAOT(
        [aot.Deref(1), (aot.Deref(1), 5), {aot.Deref(2): aot.Deref(1)}, aot.Ref(1, [7]), aot.Ref(2, "k"), aot.Deref(2)]
    )

    assert came == [[7], ([7], 5), {"k": [7]}, [7], "k", "k"]
    assert came[0] is came[1][0] is came[2]["k"] is came[3]


def test_so_may_a_method_and_a_call() -> None:
    came = aot.unjellyFromAOT(
        [
            aot.InstanceMethod("method", f"{HERE}.Thing", aot.Deref(1)),
            aot.Copyreg(f"{HERE}.Reduced", (aot.Deref(1),)),
            aot.Ref(1, aot.Instance(f"{HERE}.Thing", x=1)),
        ]
    )

    assert came[0]() is came[1].value is came[2]


def test_references_to_nothing_are_named() -> None:
    with pytest.raises(ValueError, match=re.escape("[3, 5]")):
        aot.unjellyFromAOT([aot.Deref(5), aot.Deref(3), aot.Ref(4, [])])
    with pytest.raises(ValueError, match=re.escape("[1]")):
        aot.unjellyFromAOT(aot.Deref(1))


def test_two_things_cannot_have_one_number() -> None:
    with pytest.raises(ValueError, match="two things have the number 1"):
        aot.unjellyFromAOT([aot.Ref(1, []), aot.Ref(1, [])])


# Source


def test_source_is_indented_and_can_be_read() -> None:
    shared = [1]

    source = aot.jellyToSource(Thing(b={"k": ()}, a=[shared, shared], c={}))

    assert source == (
        f"app=Instance('{HERE}.Thing',\n"
        "  a=[\n"
        "    Ref(1,\n"
        "      [\n"
        "        1,\n"
        "        ]),\n"
        "    Deref(1),\n"
        "    ],\n"
        "  b={\n"
        "    'k':(),\n"
        "    },\n"
        "  c={},)"
    )


@pytest.mark.parametrize(
    ("node", "source"),
    [
        (aot.Class("a.B"), "Class('a.B')"),
        (aot.Function("a.f"), "Function('a.f')"),
        (aot.Module("a"), "Module('a')"),
        (aot.Deref(3), "Deref(3)"),
        (aot.Ref(2, "x"), "Ref(2, \n\0'x')"),
        (aot.InstanceMethod("m", "k.K", aot.Deref(1)), "InstanceMethod('m', 'k.K', \n\0Deref(1))"),
        (aot.Copyreg("a.b", (1,)), "Copyreg('a.b', (\n\x001,\n\0))"),
        (aot.Instance("k.K", a=1), "Instance('k.K', \n\0a=1,)"),
        (aot.Instance("k.K", [1]), "Instance('k.K', [\n\x001,\n\0])"),
        (aot.Instance("k.K"), "Instance('k.K', )"),
        (aot.Instance("k.K", {"a b": 2}), "Instance('k.K', {\n\0'a b': 2,\n\0})"),
    ],
)
def test_nodes_write_what_they_are(node: Any, source: str) -> None:
    assert node.getSource() == aot.prettify(node) == source
    assert "\0" not in aot.getSource(node)


def test_blanks_in_texts_stay_and_others_go() -> None:
    assert aot.indentify("f( 'a  (b' , [\n\0\"it's [ \\\"  }\" ,\n\0b' x'])") == (
        "f('a  (b',[\n    \"it's [ \\\"  }\",\n    b' x'])"
    )
    assert repr(aot.Deref(4)) == "Deref(4)"


def test_arguments_are_names_and_come_in_order() -> None:
    assert aot.dictToKW({"b": "x", "a": 1}) == "\n\0a=1,\n\0b='x',"
    assert aot.dictToKW({}) == ""
    for key, shown in (("a b", "'a b' ain't an identifier"), (3, "3 ain't a string"), ("class", "'class' ain't")):
        with pytest.raises(aot.NonFormattableDict, match=re.escape(shown)):
            aot.dictToKW({key: 1})
    assert aot.r.match("x_1") and not aot.r.match("1x")
    assert aot.tokenize is tokenize.generate_tokens


def test_source_is_written_to_files_of_bytes_and_of_text() -> None:
    of_bytes, of_text = io.BytesIO(), io.StringIO()

    assert aot.jellyToSource(["\u00e9"], of_bytes) is None
    assert aot.jellyToSource(["\u00e9"], of_text) is None

    assert of_bytes.getvalue().decode("utf-8") == of_text.getvalue() == "app=[\n  '\u00e9',\n  ]"
    of_bytes.seek(0)
    assert aot.unjellyFromSource(of_bytes) == ["\u00e9"]
    assert aot.unjellyFromSource(b"app=[1]") == aot.unjellyFromSource("app=[1]") == [1]


def test_source_has_to_set_app() -> None:
    with pytest.raises(ValueError, match="x=1 needs to define an 'app', it didn't!"):
        aot.unjellyFromSource("x=1")
    with pytest.raises(SyntaxError):
        aot.unjellyFromSource("app=(")


# What cannot be written


@pytest.mark.parametrize(
    "value",
    [Rows([1]), lambda: 0, type("Local", (), {}), [].append, Global()],
    ids=["list", "lambda", "class", "method of a list", "global"],
)
def test_what_would_not_come_back_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be written as source"):
        aot.jellyToSource([value])


def test_slots_that_are_set_are_refused() -> None:
    one = Slots()
    assert type(again(one)) is Slots

    one.a = 1
    with pytest.raises(TypeError, match="slots"):
        aot.jellyToSource(one)


def test_things_that_are_no_part_of_a_tree_are_refused() -> None:
    with pytest.raises(TypeError, match="Unsupported AOT type: <class 'object'>"):
        aot.unjellyFromAOT(object())
    with pytest.raises(TypeError, match="Unsupported type"):
        aot.prettify(Thing())
    with pytest.raises(TypeError, match="isn't an Instance, Ref, or Deref!"):
        aot.InstanceMethod("m", "K", 3)


# Nodes, jelliers and unjelliers


def test_nodes_hold_what_they_are_given() -> None:
    method = aot.InstanceMethod("m", "k.K", aot.Deref(1))
    call = aot.Copyreg("f", (1,))

    assert (method.name, method.klass, repr(method.instance)) == ("m", "k.K", "Deref(1)")
    assert (call.loadfunc, call.state) == ("f", (1,))
    assert aot.Named("x").name == "x"
    assert vars(aot.Instance("K", a=1)) == {"klass": "K", "state": {"a": 1}, "stateIsDict": 1}
    assert vars(aot.Instance("K", None)) == {"klass": "K", "state": None, "stateIsDict": 0}
    assert vars(aot.Instance("K", aot.NoStateObj)) == {"klass": "K", "state": {}, "stateIsDict": 1}


def test_a_ref_is_given_one_number_and_one_object() -> None:
    ref = aot.Ref()
    assert (ref.refnum, ref.obj) == (None, None)
    with pytest.raises(RuntimeError, match="before setting an object"):
        ref.getSource()

    ref.setObj([1])
    assert ref.getSource() == "[\n\x001,\n\0]"
    ref.setRef(2)
    assert ref.getSource().startswith("Ref(2, ")

    with pytest.raises(ValueError, match="Error setting id 3, I already have 2"):
        ref.setRef(3)
    with pytest.raises(ValueError, match="Error setting obj x, I already have"):
        ref.setObj("x")


def test_a_tree_can_be_read_without_being_written() -> None:
    shared = [1]

    came = aot.unjellyFromAOT(aot.jellyToAOT({"a": shared, "b": (shared, Thing(x=shared))}))

    assert came["a"] is came["b"][0] is came["b"][1].x


def test_a_jellier_knows_what_it_met() -> None:
    jellier = aot.AOTJellier()
    one, other = [1], [2]

    ref = jellier.jelly(one)

    assert jellier.prepared == {id(one): ref}
    assert jellier.jellyToAO(one).refnum == ref.refnum == 1
    prepared = aot.Ref()
    jellier.prepareForRef(prepared, other)
    assert jellier.jelly(other).refnum == prepared.refnum == 2
    assert jellier.stack == []


def test_an_unjellier_puts_objects_where_they_belong() -> None:
    unjellier = aot.AOTUnjellier()
    row: list[Any] = [None]
    thing = Thing()

    assert unjellier.unjellyInto(row, 0, (1, 2)) == (1, 2)
    assert unjellier.unjellyAttribute(thing, "x", [3]) == [3]
    waiting = unjellier.unjellyInto(row, 0, aot.Deref(1))
    assert isinstance(waiting, NotKnown)
    assert unjellier.unjelly(aot.Ref(1, "found")) == "found"

    assert row == ["found"]
    assert vars(thing) == {"x": [3]}
    assert unjellier.references[1] == "found"
    assert unjellier.stack == []


def test_an_unjellier_calls_when_all_is_there() -> None:
    unjellier = aot.AOTUnjellier()
    calls: list[Any] = []
    later = unjellier.unjellyLater(aot.Deref(1))
    assert isinstance(later, Deferred)

    unjellier.callAfter(calls.append, later)
    unjellier.callAfter(calls.append, "plain")
    assert calls == []
    unjellier.unjelly([aot.Ref(1, "known")])

    assert calls == ["known", "plain"]
