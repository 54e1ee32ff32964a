"""What `twisted.web.sux` sees in documents, good and bad."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.web import sux

Event = tuple[object, ...]


class Listener(sux.XMLParser):
    def __init__(self) -> None:
        self.events: list[Event] = []

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        self.events.append(("start", name, dict(attributes)))

    def gotTagEnd(self, name: str) -> None:
        self.events.append(("end", name))

    def gotText(self, data: str) -> None:
        self.events.append(("text", data))

    def gotComment(self, comment: str) -> None:
        self.events.append(("comment", comment))

    def gotEntityReference(self, entityRef: str) -> None:
        self.events.append(("reference", entityRef))

    def gotDoctype(self, doctype: str) -> None:
        self.events.append(("doctype", doctype))

    def gotCData(self, cdata: str) -> None:
        self.events.append(("cdata", cdata))


def listener(*, lenient: bool = False) -> Listener:
    parser = Listener()
    parser.beExtremelyLenient = int(lenient)
    parser.connectionMade()
    return parser


def read(document: str | bytes, *, lenient: bool = False) -> list[Event]:
    """All that is told of a document, but for empty texts."""
    parser = listener(lenient=lenient)
    parser.dataReceived(document.encode() if isinstance(document, str) else document)
    parser.connectionLost()
    return [event for event in parser.events if event != ("text", "")]


def mistake(document: str, *, lenient: bool = False) -> str:
    with pytest.raises(sux.ParseError) as caught:
        read(document, lenient=lenient)
    return str(caught.value)


START_A: Event = ("start", "a", {})
END_A = ("end", "a")

WELL_FORMED = {
    "": [],
    " \n<a/>": [START_A, END_A],
    "<a></a>": [START_A, END_A],
    "<a >x</a >y": [START_A, ("text", "x"), ("text", "y")],
    "<a/>x": [START_A, END_A, ("text", "x")],
    "<a b='c' d=\"e'f\"/>": [("start", "a", {"b": "c", "d": "e'f"}), END_A],
    "<a\tb\n=\n'c\nd'>": [("start", "a", {"b": "c\nd"})],
    "<a b='1'c='2' />": [("start", "a", {"b": "1", "c": "2"}), END_A],
    "<a b='1' b='2'>": [("start", "a", {"b": "2"})],
    "<a b='<&lt;>'>": [("start", "a", {"b": "<&lt;>"})],
    "<x:y-z._1>": [("start", "x:y-z._1", {})],
    "<>": [("start", "", {})],
    "</>": [("end", "")],
    "<//a>": [("end", "a")],
    "</a/>": [START_A, END_A],
    "</a b='c'>x": [("text", "x")],
    "<a>\u20ac</a>": [START_A, ("text", "\u20ac"), END_A],
    "<a>1&lt;2&#65;&;": [
        START_A,
        ("text", "1"),
        ("reference", "lt"),
        ("text", "2"),
        ("reference", "#65"),
        ("reference", ""),
    ],
    "<a>&am": [START_A, ("reference", "am")],
    "<!-- a -- b --->x": [("comment", " a -- b -"), ("text", "x")],
    "<!-->x-->": [("comment", ">x")],
    "<!--a-b->c-->": [("comment", "a-b->c")],
    "<!--x": [],
    "<![CDATA[a]]b]>&<]]>x": [("cdata", "a]]b]>&<"), ("text", "x")],
    "<![CDATA[]]]>": [("cdata", "]")],
    "<![CDATA[x": [("cdata", "x")],
    "<!DOCTYPE html\n><a/>": [("doctype", "html\n"), START_A, END_A],
    "<!DOCTYPE\nx": [("doctype", "x")],
    "<!DOCTYPE a [<!ENTITY b 'c'> ]>": [("doctype", "a [<!ENTITY b 'c'"), ("text", " ]>")],
    "<!doctype html><a/>": [START_A, END_A],
    "<?xml version='1.0'?><a/>": [START_A, END_A],
    "<script>x<b>&amp;</script>": [
        ("start", "script", {}),
        ("text", "x"),
        ("start", "b", {}),
        ("reference", "amp"),
        ("end", "script"),
    ],
    "<a b='c": [],
    "<a><b": [START_A],
}


@pytest.mark.parametrize(("document", "events"), WELL_FORMED.items())
def test_a_strict_parser_tells(document: str, events: list[Event]) -> None:
    assert read(document) == events


MALFORMED = {
    "x": "1:1: First char of document ['x'] wasn't <",
    "\n &amp;": "2:2: First char of document ['&'] wasn't <",
    "< a>": "1:2: Whitespace before tag-name",
    "<\na>": "2:0: Whitespace before tag-name",
    "<a!>": "1:3: Invalid character in tag-name",
    "<a?>": "1:3: Invalid character in tag-name",
    "<[a]>": "1:2: Invalid '[' in tag-name",
    "<!-[": "1:4: Invalid '[' in tag-name",
    "<a<b>": "1:3: Invalid tag character: '<'",
    "<a/ >": "1:4: No data allowed after '/'",
    "<a 'b'>": '1:4: Unexpected character: "\'"',
    "<a b>": "1:5: Invalid attribute name: 'b' '>'",
    "<a b c>": "1:6: Invalid attribute",
    "<a b= c>": "1:7: Invalid initial attribute value: 'c'; Attribute values must be quoted.",
    "<a>& b": "1:5: Bad entity reference",
    "<a>&b<": "1:6: Bad entity reference",
    "<a>\nx<![CDAT[": "2:9: Mal-formed CDATA header",
}


@pytest.mark.parametrize(("document", "message"), MALFORMED.items())
def test_a_strict_parser_refuses(document: str, message: str) -> None:
    assert mistake(document) == f"<xml />:{message}"


LENIENT = {
    "x<b>c": [("text", "x"), ("start", "b", {}), ("text", "c")],
    "&amp;<a>": [("text", "&amp;"), START_A],
    "<a b=c d='e'f>": [("start", "a", {"b": "c", "d": "e", "f": "True"})],
    "<a b c=d e>": [("start", "a", {"b": "True", "c": "d", "e": "True"})],
    "<a b=>": [("start", "a", {"b": "True"})],
    "<a b = c/d>": [("start", "a", {"b": "c/d"})],
    "<a b=c/>": [("start", "a", {"b": "c"}), END_A],
    "<a b=c />": [("start", "a", {"b": "c"}), END_A],
    "<a b=#f;x c>": [("start", "a", {"b": "#f;x", "c": "True"})],
    "<a b />": [("start", "a", {"b": "True"}), END_A],
    "<a b / c>": [("start", "a", {"b": "True", "c": "True"})],
    "<a b'c'>": [("start", "a", {"b": "c"})],
    "<a b<c/d>": [("start", "a", {"bc/d": "True"})],
    "<a =!b>": [("start", "a", {"b": "True"})],
    "<a/b>": [START_A, END_A],
    "<a!?b>": [("start", "ab", {})],
    "<%a>": [("text", "<%a"), ("text", ">")],
    "<a>&b c&amp d&<a>": [
        START_A,
        ("reference", "amp"),
        ("text", "b c"),
        ("reference", "amp"),
        ("text", " d"),
        ("reference", "amp"),
        START_A,
    ],
    "<![CDAX[x>y": [("text", "y")],
    "<script>x<b>&y</scr.</ script >z": [
        ("start", "script", {}),
        ("text", "x<b>&y</scr."),
        ("end", "script"),
        ("text", "z"),
    ],
    "<script a='b'>x</script>": [("start", "script", {"a": "b"}), ("text", "x"), ("end", "script")],
    "<script src='a'>x<b>": [("start", "script", {"src": "a"}), ("text", "x"), ("start", "b", {})],
    "<script/>x<b>": [("start", "script", {}), ("end", "script"), ("text", "x"), ("start", "b", {})],
    "<SCRIPT>x<b>": [("start", "SCRIPT", {}), ("text", "x"), ("start", "b", {})],
}


@pytest.mark.parametrize(("document", "events"), LENIENT.items())
def test_a_lenient_parser_tells(document: str, events: list[Event]) -> None:
    assert read(document, lenient=True) == events


@pytest.mark.parametrize("document", ["< a>", "<[a]>", "<a b 'c'>", "<a b=<c>"])
def test_even_a_lenient_parser_refuses(document: str) -> None:
    assert mistake(document, lenient=True)


def test_there_is_a_text_around_every_tag() -> None:
    parser = listener()

    parser.dataReceived(b"<a><b/></a>")
    parser.connectionLost()

    told: list[Event] = [("start", "b", {}), ("end", "b"), ("text", ""), END_A, ("text", "")]
    assert parser.events == [START_A, ("text", ""), *told]


def test_marks_count_lines_from_one_and_the_characters_read_of_each() -> None:
    parser = listener()
    marks = [parser.saveMark()]

    for piece in (b"<a>", b"bc\n", b"de\n\nf", b"</a>"):
        parser.dataReceived(piece)
        marks.append(parser.saveMark())

    assert marks == [(1, 0), (1, 3), (2, 0), (4, 1), (4, 5)]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_announces_utf_16(order: str) -> None:
    parser = listener()

    for byte in "\ufeff<a>\u20ac".encode(order):
        parser.dataReceived(bytes([byte]))
    parser.connectionLost()

    assert parser.events == [START_A, ("text", "\u20ac")]
    assert parser.encodings == ["UTF-16"]


def test_other_documents_announce_nothing() -> None:
    parser = listener()

    parser.dataReceived(b"<a>")

    assert parser.encodings == []


@pytest.mark.parametrize("cut", range(8))
def test_what_comes_before_a_wrong_byte_counts(cut: int) -> None:
    parser = listener()
    document = b"<a><b>\xe9<c>"

    with pytest.raises(UnicodeDecodeError):
        for piece in (document[:cut], document[cut:]):
            parser.dataReceived(piece)

    assert parser.events == [START_A, ("text", ""), ("start", "b", {})]


def test_a_document_that_was_refused_ends_in_silence() -> None:
    parser = listener()
    with pytest.raises(sux.ParseError):
        parser.dataReceived(b"<a>&b c")
    told = list(parser.events)

    parser.connectionLost()

    assert parser.events == told


def test_a_document_without_a_byte_ends_in_silence() -> None:
    parser = listener()

    parser.connectionLost()

    assert parser.events == []


def test_a_new_connection_is_a_new_document() -> None:
    parser = listener()
    parser.dataReceived("\ufeff<a".encode("utf-16-le"))

    parser.connectionMade()
    parser.dataReceived(b"\n<b>")

    assert parser.events == [("start", "b", {})]
    assert (parser.saveMark(), parser.encodings) == ((2, 3), [])


def test_a_subclass_may_watch_each_character_of_a_state() -> None:
    class Watching(Listener):
        seen = ""

        def do_bodydata(self, byte: str) -> str | None:
            self.seen += byte
            return super().do_bodydata(byte)

    parser = Watching()
    parser.connectionMade()

    parser.dataReceived(b"<a>xyz<b>")

    assert parser.seen == "xyz<"
    assert ("text", "xyz") in parser.events


tokens = st.sampled_from(
    [
        "<",
        ">",
        "/",
        "=",
        "'",
        '"',
        "&",
        ";",
        "!",
        "?",
        "-",
        "--",
        "[",
        "]",
        "a",
        "b",
        "<a>",
        "</a>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE ",
        "<script>",
        "</script>",
        "\u20ac",
        "\n",
        " ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(tokens, max_size=14).map("".join), st.booleans(), st.integers(1, 5))
def test_where_the_document_is_cut_does_not_matter(document: str, lenient: bool, step: int) -> None:
    data = document.encode()
    outcomes = []

    for size in (max(1, len(data)), step):
        parser = listener(lenient=lenient)
        outcome = ""
        try:
            for start in range(0, len(data), size):
                parser.dataReceived(data[start : start + size])
            parser.connectionLost()
        except sux.ParseError as error:
            outcome = str(error)
        outcomes.append((parser.events, outcome, parser.saveMark()))

    assert outcomes[0] == outcomes[1]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, lenient: bool) -> None:
    parser = listener(lenient=lenient)

    try:
        parser.dataReceived(data)
    except (sux.ParseError, UnicodeDecodeError):
        pass
    parser.connectionLost()

    assert parser.lineno >= 1 and parser.colno >= 0


@pytest.mark.parametrize(
    "start", ["<a", "<a b", "<a b='", "<a b=", "<a>", "<a>&", "<!--", "<![CDATA[", "<!DOCTYPE x", "<script>"]
)
@pytest.mark.parametrize("filling", ["a", "<", ">", "-"])
def test_four_times_the_length_costs_about_four_times_the_time(start: str, filling: str) -> None:
    def cost(length: int) -> float:
        best = 1e9
        for _ in range(2):
            parser = listener(lenient=True)
            parser.dataReceived(start.encode())
            piece = filling.encode()
            began = process_time()
            try:
                for _ in range(length):
                    parser.dataReceived(piece)
            except sux.ParseError:
                return 0
            best = min(best, process_time() - began)
        return best

    # The square of the length would be sixteen times as much.
    assert cost(16000) <= 10 * cost(4000) + 0.02


def test_parse_errors_know_where_they_are() -> None:
    error = sux.ParseError("page.xml", 3, 4, "no")

    assert (error.filename, error.line, error.col, error.message) == ("page.xml", 3, 4, "no")
    assert error.args == ("page.xml", 3, 4, "no")
    assert str(error) == "page.xml:3:4: no"


class Base:
    def do_one(self) -> str:
        return "one"


class Derived(Base):
    def do_two(self) -> str:
        return "two"


def test_methods_are_found_by_their_prefix() -> None:
    obj = Derived()

    assert sux.prefixedMethodClassDict(Derived, "do_") == {"one": Base.do_one, "two": Derived.do_two}
    assert sux.prefixedMethodObjDict(obj, "do_") == {"one": obj.do_one, "two": obj.do_two}


def test_dictionaries_are_joined_by_their_keys() -> None:
    assert sux.zipfndict({"a": 1, "c": 3}, {"a": 2}, {"b": 1}, default=9) == {
        "a": (1, 2, 9),
        "c": (3, 9, 9),
        "b": (9, 9, 1),
    }
    assert sux.zipfndict({"a": 1}, {"b": 2}) == {"a": (1, sux.nop), "b": (sux.nop, 2)}
    assert list(sux.unionlist([1, 2], (2, 3))) == [1, 2, 3]


def test_nop_takes_anything_and_answers_nothing() -> None:
    answer: object = sux.nop(1, two=2)  # type: ignore[func-returns-value]

    assert answer is None


def test_constants_are_as_programs_know_them() -> None:
    assert (sux.BEGIN_HANDLER, sux.DO_HANDLER, sux.END_HANDLER) == (0, 1, 2)
    assert (sux.identChars, sux.lenientIdentChars) == (".-_:", ".-_:;+#/%~")
