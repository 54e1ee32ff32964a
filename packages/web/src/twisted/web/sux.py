"""
Small, uncomplicated XML: a tokenizer that forgives much.

`XMLParser` is a protocol. It is fed bytes and calls its ``got`` methods (`XMLParser.gotTagStart`, `XMLParser.gotText`,
...), which subclasses override. It checks no nesting and expands no entities, so that no document costs more than its
length. With `XMLParser.beExtremelyLenient` it also reads much of what calls itself HTML.

Each state has a ``do`` method, called with each character, that answers with the name of the next state or with `None`
to stay; ``begin`` and ``end`` methods, where there are any, are called on the way in and out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.python.reflect import prefixedMethodNames

__all__ = [
    "BEGIN_HANDLER",
    "DO_HANDLER",
    "END_HANDLER",
    "ParseError",
    "Protocol",
    "XMLParser",
    "identChars",
    "lenientIdentChars",
    "nop",
    "prefixedMethodClassDict",
    "prefixedMethodNames",
    "prefixedMethodObjDict",
    "unionlist",
    "zipfndict",
]

#: What names may contain besides letters and digits.
identChars = ".-_:"
#: The same for lenient parsers, where addresses and colours come without quotes.
lenientIdentChars = identChars + ";+#/%~"

#: Where `zipfndict` puts each method of a state.
BEGIN_HANDLER = 0
DO_HANDLER = 1
END_HANDLER = 2

_Key = TypeVar("_Key")

_MARK: Final = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
_CDATA: Final = "[CDATA["
_QUOTES: Final = "\"'"

# What a state takes in whole: characters that change nothing but what is held.
_SPANS: Final[Mapping[str, re.Pattern[str]]] = {
    "bodydata": re.compile("[^<&]+"),
    "spacebodydata": re.compile("[^<&]+"),
    "comment": re.compile("[^>]+"),
    "cdata": re.compile("[^>]+"),
    "doctype": re.compile("[^>]+"),
    "waitforgt": re.compile("[^>]+"),
    "waitforendscript": re.compile("[^<]+"),
    "attrval": re.compile("[^\"']+"),
}


class ParseError(Exception):
    """
    A document is not as XML should be.

    Args:
        filename: What the document is called.
        line: The line of the mistake, from 1.
        col: How many characters of this line were read.
        message: What is wrong.
    """

    def __init__(self, filename: object, line: int, col: int, message: str) -> None:
        super().__init__(filename, line, col, message)
        self.filename, self.line, self.col, self.message = filename, line, col, message

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.col}: {self.message}"


def nop(*args: object, **kw: object) -> None:
    """Do nothing, whatever it is called with."""


# Lists of anything hashable come in: only the keys count.
def unionlist(*args: Any) -> Any:
    """The different items of all *args*, in the order they first appear."""
    return dict.fromkeys(item for items in args for item in items).keys()


# The dictionaries hold methods of any kind.
def zipfndict(*args: Mapping[_Key, Any], default: Any = nop, **kw: object) -> dict[_Key, tuple[Any, ...]]:
    """
    Join dictionaries by their keys.

    Returns:
        For each key that any of *args* has, its values in all of them; *default* where one lacks it.
    """
    return {key: tuple(each.get(key, default) for each in args) for key in unionlist(*args)}


def prefixedMethodClassDict(clazz: type, prefix: str) -> dict[str, Callable[..., Any]]:
    """The functions of a class whose names begin with *prefix*, by the rest of the name."""
    return {name: getattr(clazz, prefix + name) for name in prefixedMethodNames(clazz, prefix)}


def prefixedMethodObjDict(obj: object, prefix: str) -> dict[str, Callable[..., Any]]:
    """The methods of an object whose names begin with *prefix*, by the rest of the name."""
    return {name: getattr(obj, prefix + name) for name in prefixedMethodNames(type(obj), prefix)}


class XMLParser(Protocol):
    """
    Cut a document into tags, text, references, comments and the rest.

    The document is UTF-8, or UTF-16 if it begins with a byte order mark. How it is cut into calls of `dataReceived`
    makes no difference. Text may be empty: before each tag and each reference that follows the first tag there is one.
    """

    state: str | None = None
    encodings: list[str] | None = None
    filename: object = "<xml />"
    #: Whether to take what real HTML contains: attributes without quotes or values, stray characters, scripts.
    beExtremelyLenient = 0

    attrname = ""
    attrval = ""
    tagName = ""
    tagAttributes: dict[str, str]
    bodydata = ""
    quotetype = ""
    erefbuf = ""
    erefextra = ""
    cdatabuf = ""
    commentbuf = ""
    doctype: str | None = None
    temptagdata = ""
    endtag: int = 0
    termtag: int = 0
    lineno = 1
    colno = 0

    # Text of the state we are in, in pieces: growing one string would cost its square.
    _held: list[str]
    _tail = ""
    _first = ""
    _mark = b""
    _decoder: codecs.IncrementalDecoder | None = None

    def connectionMade(self) -> None:
        """Begin a document."""
        self.lineno, self.colno = 1, 0
        self.encodings = []
        self.state = self._decoder = None
        self._mark = b""

    def saveMark(self) -> tuple[int, int]:
        """Tell the line we are in, from 1, and how many of its characters were read."""
        return self.lineno, self.colno

    def dataReceived(self, data: bytes) -> None:
        """
        Read more of the document.

        Raises:
            ParseError: It is not well-formed.
            UnicodeDecodeError: Its encoding is not UTF-8 (or UTF-16, after a byte order mark).
        """
        if self._decoder is None:
            data = self._mark + data
            if len(data) < 2 and data in (b"", b"\xff", b"\xfe"):
                self._mark = data  # Half a byte order mark, perhaps.
                self.state = self.state or "begin"
                return
            encoding = "utf-8"
            if data.startswith(_MARK):
                encoding = "utf-16-le" if data[:1] == b"\xff" else "utf-16-be"
                data = data[2:]
                if self.encodings is not None:
                    self.encodings.append("UTF-16")
            self._decoder = codecs.getincrementaldecoder(encoding)()
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError as mistake:
            # What comes before the mistake counts, wherever the document was cut.
            self._read(str(mistake.object[: mistake.start], mistake.encoding))
            raise
        self._read(text)

    def _read(self, text: str) -> None:
        state = self.state or "begin"
        self.state = state
        here, end = 0, len(text)
        while here < end:
            span = _SPANS.get(state)
            if span is not None and (found := span.match(text, here)) and self._spans(state):
                piece = found.group()
                here = found.end()
                self._pass(piece)
                if state != "waitforgt":
                    self._hold(piece)
                continue
            byte = text[here]
            here += 1
            self._pass(byte)
            following = getattr(self, f"do_{state}")(byte)
            if following and following != state:
                getattr(self, f"end_{state}", nop)()
                self.state = state = following
                getattr(self, f"begin_{state}", nop)(byte)

    def _spans(self, state: str) -> bool:
        # A subclass with a method of its own sees each character.
        name = f"do_{state}"
        return getattr(type(self), name) is getattr(XMLParser, name)

    def _pass(self, piece: str) -> None:
        lines = piece.count("\n")
        if lines:
            self.lineno += lines
            self.colno = len(piece) - piece.rindex("\n") - 1
        else:
            self.colno += len(piece)

    def connectionLost(self, reason: Failure | None = None) -> None:
        """End the document: what was held, text or an unfinished reference, is handed out."""
        if self.state is not None:
            getattr(self, f"end_{self.state}", nop)()

    def _hold(self, piece: str) -> None:
        self._held.append(piece)
        self._tail = (self._tail + piece[-2:])[-2:]

    def _start(self, piece: str = "") -> None:
        self._held = [piece]
        self._tail = ""

    def _release(self) -> str:
        text = "".join(self._held)
        self._start()
        return text

    def _wrong(self, message: str) -> ParseError:
        self.state = "begin"  # What is half read is not handed out when the connection ends.
        return ParseError(self.filename, self.lineno, self.colno, message)

    # What subclasses override.

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        """A tag begins; one without content (``<br/>``) ends at once."""

    def gotTagEnd(self, name: str) -> None:
        """A tag ends."""

    def gotText(self, data: str) -> None:
        """There is text, perhaps an empty one, as it stands in the document."""

    def gotComment(self, comment: str) -> None:
        """There is a comment, here without its dashes."""

    def gotEntityReference(self, entityRef: str) -> None:
        """There is a reference such as ``&lt;``, here without ampersand and semicolon."""

    def gotDoctype(self, doctype: str) -> None:
        """There is a document type, here what stands after ``<!DOCTYPE``."""

    def gotCData(self, cdata: str) -> None:
        """There is a CDATA section; nothing in it means anything."""

    # Before the first tag.

    def do_begin(self, byte: str) -> str | None:
        """Only blanks may stand before the first tag, unless we are lenient."""
        if byte.isspace():
            return None
        if byte == "<":
            return "tagstart"
        if self.beExtremelyLenient:
            self._first = byte
            return "bodydata"
        raise self._wrong(f"First char of document [{byte!r}] wasn't <")

    # Text and references.

    def begin_bodydata(self, byte: str) -> None:
        """Text begins after *byte*."""
        self._start(self._first)
        self._first = ""

    def do_bodydata(self, byte: str) -> str | None:
        """Text ends where a tag or a reference begins."""
        if byte == "<":
            return "tagstart"
        if byte == "&":
            return "entityref"
        self._hold(byte)
        return None

    def end_bodydata(self) -> None:
        """Hand out the text."""
        self.bodydata = self._release()
        self.gotText(self.bodydata)
        self.bodydata = ""

    def begin_spacebodydata(self, byte: str) -> None:
        """Text begins with what looked like a reference, and was none."""
        self._start(self.erefextra)
        self.erefextra = ""

    def do_spacebodydata(self, byte: str) -> str | None:
        """It goes on as any text does."""
        return self.do_bodydata(byte)

    def end_spacebodydata(self) -> None:
        """Hand out the text."""
        self.end_bodydata()

    def begin_entityref(self, byte: str) -> None:
        """A reference begins."""
        self.erefextra = ""
        self._start()

    def do_entityref(self, byte: str) -> str | None:
        """A reference ends with a semicolon; for lenient parsers a lone ampersand is one."""
        if byte == ";":
            return "bodydata"
        if byte != "<" and not byte.isspace():
            self._hold(byte)
            return None
        if not self.beExtremelyLenient:
            raise self._wrong("Bad entity reference")
        name = self._release()
        self._hold("amp")
        if byte == "<":
            return "tagstart"
        self.erefextra = byte if name == "amp" else name + byte
        return "spacebodydata"

    def end_entityref(self) -> None:
        """Hand out the reference."""
        self.erefbuf = self._release()
        self.gotEntityReference(self.erefbuf)

    def begin_unentity(self, byte: str) -> None:
        """A less-than sign was no tag."""
        self._start("<" + byte)

    def do_unentity(self, byte: str) -> str:
        """One more character, and we are back in text."""
        self._hold(byte)
        return "spacebodydata"

    def end_unentity(self) -> None:
        """Hand out the sign as text."""
        self.end_bodydata()

    # Tags.

    def begin_tagstart(self, byte: str) -> None:
        """A tag begins."""
        self.tagName = ""
        self.tagAttributes = {}
        self.termtag = self.endtag = 0
        self._start()

    def do_tagstart(self, byte: str) -> str | None:
        """The name of a tag ends with a blank, a slash or the end of the tag."""
        if byte.isalnum() or byte in identChars:
            self._hold(byte)
            return "comment" if byte == "-" and self._so_far() == "!--" else None
        name = self._so_far()
        if byte in "!?":
            if not name:
                self._hold(byte)
                self.termtag = 1
            elif not self.beExtremelyLenient:
                raise self._wrong("Invalid character in tag-name")
            return None
        if byte == "/" and not name:
            self.endtag = 1
            return None
        if byte == "[":
            if name == "!":
                return "expectcdata"
            raise self._wrong("Invalid '[' in tag-name")
        if byte.isspace() and not name:
            raise self._wrong("Whitespace before tag-name")
        if byte not in ">/" and not byte.isspace():
            if self.beExtremelyLenient:
                return "unentity"
            raise self._wrong(f"Invalid tag character: {byte!r}")
        self.tagName = self._release()
        if byte == "/":
            return "afterslash"
        if byte != ">":
            return "waitforgt" if self.endtag else "attrs"
        if self.endtag:
            self.gotTagEnd(self.tagName)
            return "bodydata"
        self.gotTagStart(self.tagName, {})
        return self.maybeBodyData()

    def _so_far(self) -> str:
        # Nobody asks for more than the beginning of what is held.
        return "".join(self._held[:5]) if len(self._held) < 5 else "more"

    def _opened(self) -> str:
        self.gotTagStart(self.tagName, self.tagAttributes)
        return self.maybeBodyData()

    def maybeBodyData(self) -> str:
        """What a tag that just began contains: a lenient parser reads the text of scripts as it stands."""
        if self.endtag:
            return "bodydata"
        if self.beExtremelyLenient and self.tagName == "script" and "src" not in self.tagAttributes:
            self._start()
            return "waitforendscript"
        return "bodydata"

    def begin_afterslash(self, byte: str) -> None:
        """A tag without content ends."""
        self.termtag = 1

    def do_afterslash(self, byte: str) -> str | None:
        """Nothing may stand between the slash and the end of the tag."""
        if byte == ">":
            self.gotTagStart(self.tagName, self.tagAttributes)
            self.gotTagEnd(self.tagName)
            return "bodydata"
        if self.beExtremelyLenient:
            return None
        raise self._wrong("No data allowed after '/'")

    def do_waitforgt(self, byte: str) -> str | None:
        """Nothing else counts until the tag ends."""
        if byte != ">":
            return None
        return "bodydata"

    def do_attrs(self, byte: str) -> str | None:
        """Between attributes."""
        if byte.isalnum() or byte in identChars:
            if self.tagName == "!DOCTYPE":
                return "doctype"
            return "waitforgt" if self.tagName[:1] in ("!", "?") else "attrname"
        if byte.isspace():
            return None
        if byte == ">":
            return self._opened()
        if byte == "/":
            return "afterslash"
        if self.beExtremelyLenient:
            return None
        raise self._wrong(f"Unexpected character: {byte!r}")

    # Attributes.

    def begin_attrname(self, byte: str) -> None:
        """The name of an attribute begins with *byte*."""
        self._start(byte)

    def do_attrname(self, byte: str) -> str | None:
        """The name ends with a blank or the equals sign."""
        if byte.isalnum() or byte in identChars:
            self._hold(byte)
            return None
        if byte == "=" or byte.isspace():
            self.attrname = self._release()
            return "beforeattrval" if byte == "=" else "beforeeq"
        if self.beExtremelyLenient:
            if byte == ">":
                self.attrname = self._release()
                return self._valueless()
            if byte in _QUOTES:
                self.attrname = self._release()
                return "attrval"
            if byte in lenientIdentChars:
                self._hold(byte)
            return None
        raise self._wrong(f"Invalid attribute name: {self._release()!r} {byte!r}")

    def _valueless(self) -> str:
        self.tagAttributes[self.attrname] = "True"
        return self._opened()

    def begin_beforeeq(self, byte: str) -> None:
        """The equals sign should come next."""
        self.termtag = 0

    def do_beforeeq(self, byte: str) -> str | None:
        """Lenient parsers take an attribute without a value."""
        if byte == "=":
            return "beforeattrval"
        if byte.isspace():
            return None
        if self.beExtremelyLenient:
            if byte.isalnum() or byte in identChars:
                self.tagAttributes[self.attrname] = "True"
                return "attrname"
            if byte == ">":
                self.tagAttributes[self.attrname] = "True"
                self.gotTagStart(self.tagName, self.tagAttributes)
                if self.termtag:
                    self.gotTagEnd(self.tagName)
                    return "bodydata"
                return self.maybeBodyData()
            if byte == "/":
                self.termtag = 1
                return None
        raise self._wrong("Invalid attribute")

    def do_beforeattrval(self, byte: str) -> str | None:
        """A value stands in quotes, or before a lenient parser."""
        if byte in _QUOTES:
            return "attrval"
        if byte.isspace():
            return None
        if self.beExtremelyLenient:
            if byte.isalnum() or byte in lenientIdentChars:
                return "messyattr"
            if byte == ">":
                return self._valueless()
        raise self._wrong(f"Invalid initial attribute value: {byte!r}; Attribute values must be quoted.")

    def begin_attrval(self, byte: str) -> None:
        """A value in quotes begins."""
        self.quotetype = byte
        self._start()

    def do_attrval(self, byte: str) -> str | None:
        """It ends with the quote that it began with."""
        if byte == self.quotetype:
            return "attrs"
        self._hold(byte)
        return None

    def end_attrval(self) -> None:
        """Remember the attribute."""
        self.tagAttributes[self.attrname] = self._release()
        self.attrname = self.attrval = ""

    def begin_messyattr(self, byte: str) -> None:
        """A value without quotes begins with *byte*."""
        self._start(byte)

    def do_messyattr(self, byte: str) -> str | None:
        """It ends with a blank or with the tag; a slash just before that ends the tag too."""
        if byte.isspace():
            return "attrs"
        if byte != ">":
            self._hold(byte)
            return None
        value = self._release()
        closed = value.endswith("/")
        self.tagAttributes[self.attrname] = value[:-1] if closed else value
        self.gotTagStart(self.tagName, self.tagAttributes)
        if closed:
            self.gotTagEnd(self.tagName)
            return "bodydata"
        return self.maybeBodyData()

    def end_messyattr(self) -> None:
        """Remember the attribute, unless the tag ended with it."""
        self.attrval = self._release()
        if self.attrval:
            self.tagAttributes[self.attrname] = self.attrval

    # Comments, CDATA, document types.

    def begin_comment(self, byte: str) -> None:
        """A comment begins."""
        self._start()

    def do_comment(self, byte: str) -> str | None:
        """It ends with two dashes and a greater-than sign."""
        if byte == ">" and self._tail == "--":
            self.commentbuf = self._release()[:-2]
            self.gotComment(self.commentbuf)
            return "bodydata"
        self._hold(byte)
        return None

    def begin_expectcdata(self, byte: str) -> None:
        """A CDATA section seems to begin."""
        self.cdatabuf = byte

    def do_expectcdata(self, byte: str) -> str | None:
        """It has to begin as the standard says."""
        self.cdatabuf += byte
        if self.cdatabuf == _CDATA:
            self.cdatabuf = ""
            return "cdata"
        if _CDATA.startswith(self.cdatabuf):
            return None
        if self.beExtremelyLenient:
            return "waitforgt"
        raise self._wrong("Mal-formed CDATA header")

    def begin_cdata(self, byte: str) -> None:
        """The section's text begins."""
        self._start()

    def do_cdata(self, byte: str) -> str | None:
        """It ends with two brackets and a greater-than sign."""
        if byte == ">" and self._tail == "]]":
            text = self._release()[:-2]
            self._hold(text)
            return "bodydata"
        self._hold(byte)
        return None

    def end_cdata(self) -> None:
        """Hand out the text."""
        self.cdatabuf = self._release()
        self.gotCData(self.cdatabuf)
        self.cdatabuf = ""

    def begin_doctype(self, byte: str) -> None:
        """A document type begins with *byte*."""
        self._start(byte)

    def do_doctype(self, byte: str) -> str | None:
        """It ends with the first greater-than sign, even one of an internal subset."""
        if byte == ">":
            return "bodydata"
        self._hold(byte)
        return None

    def end_doctype(self) -> None:
        """Hand out the document type."""
        self.doctype = self._release()
        self.gotDoctype(self.doctype)
        self.doctype = None

    # The text of scripts.

    def do_waitforendscript(self, byte: str) -> str | None:
        """A script ends with its tag; nothing else in it means anything."""
        if byte == "<":
            return "waitscriptendtag"
        self._hold(byte)
        return None

    def begin_waitscriptendtag(self, byte: str) -> None:
        """The end of a script seems to begin."""
        self.temptagdata = self.tagName = ""
        self.endtag = 0

    def do_waitscriptendtag(self, byte: str) -> str | None:
        """Go back to the script with the first character that does not fit."""
        # Only as many blanks and slashes as the sender likes: they are held in pieces as well.
        self._hold("<" + byte if not self.temptagdata else byte)
        self.temptagdata = self.temptagdata or byte
        if byte == "/":
            self.endtag = 1
            return None
        if self.endtag and byte.isspace():
            return None
        if self.endtag and (byte.isalnum() or byte in identChars):
            self.tagName += byte
            if self.tagName == "script":
                text = "".join(self._held)
                self._start()
                self.gotText(text[: text.rindex("<")])
                self.gotTagEnd(self.tagName)
                return "waitforgt"
            if "script".startswith(self.tagName):
                return None
        return "waitforendscript"
