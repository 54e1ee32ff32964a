"""Receiving lines, raw data between them, and stopping in the middle."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import ILoggingContext, IProtocol
from twisted.internet.testing import StringTransport
from twisted.protocols import basic


class Lines(basic.LineReceiver):
    """Does what lines say, and keeps what comes. Overrides __init__ without calling ours."""

    MAX_LENGTH = 100

    def __init__(self) -> None:
        self.got: list[Any] = []

    def lineReceived(self, line: bytes) -> Any:
        self.got.append(line)
        if line.startswith(b"do "):
            return getattr(self, "do_" + line[3:].decode().strip())()
        return None

    def rawDataReceived(self, data: bytes) -> Any:
        self.got.append(("raw", data))
        _, mark, rest = data.partition(b"!")
        if mark:
            return self.setLineMode(rest)
        return None

    def do_raw(self) -> None:
        self.setRawMode()

    def do_pause(self) -> None:
        self.pauseProducing()

    def do_stop(self) -> None:
        self.stopProducing()

    def do_close(self) -> None:
        self.transport.loseConnection()

    def do_return(self) -> str:
        return "a reason"

    def do_clear(self) -> None:
        self.got.append(("cleared", self.clearLineBuffer()))

    def do_newline(self) -> None:
        self.delimiter = b"\n"

    def do_longer(self) -> None:
        self.MAX_LENGTH = 8000

    def do_mode(self) -> None:
        self.line_mode = 0

    def do_flag(self) -> None:
        self.paused = True

    def do_again(self) -> None:
        self.dataReceived(b"nested\r\n")

    def do_bounce(self) -> None:
        self.pauseProducing()
        self.resumeProducing()

    def do_fail(self) -> None:
        raise ValueError("on purpose")


def connected(lines: Lines | None = None) -> tuple[Lines, StringTransport]:
    lines = Lines() if lines is None else lines
    transport = StringTransport()
    lines.makeConnection(transport)
    return lines, transport


def test_it_is_a_protocol() -> None:
    assert verifyObject(IProtocol, Lines())
    assert ILoggingContext.providedBy(Lines())


def test_lines_are_delivered_without_their_ends() -> None:
    lines, _ = connected()

    lines.dataReceived(b"one\r\n\r\nthree\r\npart")
    lines.dataReceived(b"ly\r")
    assert lines.got == [b"one", b"", b"three"]

    lines.dataReceived(b"\n")
    assert lines.got == [b"one", b"", b"three", b"partly"]


@pytest.mark.parametrize("sent", [b"one\r\n", b"one\r\ntwo\r\n", b"\r\n", b"\r", b"o", b""])
def test_one_piece_with_one_line_takes_no_other_way_than_the_rest(sent: bytes) -> None:
    whole, _ = connected()
    whole.dataReceived(sent)
    pieces, _ = connected()
    for at in range(len(sent)):
        pieces.dataReceived(sent[at : at + 1])

    assert whole.got == pieces.got == sent.split(b"\r\n")[:-1]
    assert whole.clearLineBuffer() == pieces.clearLineBuffer() == sent.split(b"\r\n")[-1]


script = st.lists(
    st.sampled_from(
        [
            b"a\r\n",
            b"do raw\r\n",
            b"x!",
            b"!",
            b"do clear\r\n",
            b"bb\r\n",
            b"do newline\r\n",
            b"n\n",
            b"do longer\r\n",
            b"do bounce\r\n",
            b"\r\n",
            b"do mode\r\n",
            b"do again\r\n",
        ]
    ),
    max_size=12,
).map(b"".join)


def flattened(got: list[Any]) -> list[Any]:
    """Join what came raw: how it is cut means nothing."""
    joined: list[Any] = []
    for fact in got:
        if isinstance(fact, tuple) and fact[0] == "raw" and joined and isinstance(joined[-1], tuple):
            joined[-1] = ("raw", joined[-1][1] + fact[1])
        else:
            joined.append(fact)
    return joined


@given(
    script.filter(lambda sent: b"clear" not in sent and b"again" not in sent and b"!" not in sent),
    st.integers(min_value=1, max_value=7),
)
def test_where_the_stream_is_cut_does_not_matter(sent: bytes, step: int) -> None:
    whole, _ = connected()
    whole.dataReceived(sent)
    pieces, _ = connected()
    for at in range(0, len(sent), step):
        pieces.dataReceived(sent[at : at + step])

    assert flattened(pieces.got) == flattened(whole.got)


@given(script)
def test_any_script_ends_with_nothing_lost_or_busy(sent: bytes) -> None:
    lines, _ = connected()
    lines.dataReceived(sent)
    lines.clearLineBuffer()
    lines.got.clear()
    lines.line_mode = 1
    lines.delimiter = b"\r\n"

    lines.dataReceived(b"fresh\r\nlines\r\n")

    assert lines.got == [b"fresh", b"lines"]


def test_raw_data_come_as_they_are_and_the_rest_becomes_lines_again() -> None:
    lines, _ = connected()

    lines.dataReceived(b"do raw\r\nx\r\ny")
    lines.dataReceived(b"z!one\r\ntwo\r\nthr")

    assert lines.got == [b"do raw", ("raw", b"x\r\ny"), ("raw", b"z!one\r\ntwo\r\nthr"), b"one", b"two"]
    assert lines.clearLineBuffer() == b"thr"


def test_raw_mode_set_at_the_end_of_a_piece_waits_for_data() -> None:
    lines, _ = connected()

    lines.dataReceived(b"do raw\r\n")
    assert lines.got == [b"do raw"]
    assert lines.line_mode == 0
    lines.dataReceived(b"raw")

    assert lines.got == [b"do raw", ("raw", b"raw")]


@pytest.mark.parametrize("how", [b"do pause\r\n", b"do flag\r\n", b"do stop\r\n"])
@pytest.mark.parametrize("behind", [b"", b"later\r\n"])
def test_a_pause_holds_back_what_is_here_and_what_comes(how: bytes, behind: bytes) -> None:
    lines, _ = connected()

    lines.dataReceived(b"first\r\n" + how + behind)
    lines.dataReceived(b"more\r\n")
    assert lines.got == [b"first", how[:-2]]

    lines.resumeProducing() if b"stop" not in how else None
    if b"stop" not in how:
        assert lines.got == [b"first", how[:-2], *([b"later"] if behind else []), b"more"]
        assert lines.paused is False
    else:
        assert lines.paused is True


def test_pausing_and_resuming_reach_the_transport() -> None:
    lines, transport = connected()

    lines.pauseProducing()
    assert (transport.producerState, lines.paused) == ("paused", True)
    lines.resumeProducing()
    assert (transport.producerState, lines.paused) == ("producing", False)
    lines.stopProducing()
    assert (transport.producerState, lines.paused) == ("stopped", True)


def test_a_pause_in_raw_mode_holds_back_too() -> None:
    lines, _ = connected()
    lines.setRawMode()
    lines.pauseProducing()
    lines.dataReceived(b"raw")
    assert lines.got == []

    lines.resumeProducing()

    assert lines.got == [("raw", b"raw")]


def test_resuming_from_a_line_goes_on_behind_it_in_order() -> None:
    lines, _ = connected()

    lines.dataReceived(b"do bounce\r\ntwo\r\nthree\r\n")

    assert lines.got == [b"do bounce", b"two", b"three"]


@pytest.mark.parametrize("behind", [b"", b"two\r\n"])
def test_data_given_from_a_line_are_delivered_after_what_came_before(behind: bytes) -> None:
    lines, _ = connected()

    lines.dataReceived(b"do again\r\n" + behind)

    assert lines.got == [b"do again", *([b"two"] if behind else []), b"nested"]


def test_the_delimiter_and_the_limit_may_change_at_any_line() -> None:
    lines, _ = connected()

    lines.dataReceived(b"do newline\r\na\nb\ndo longer\n" + b"x" * 5000 + b"\nend\n")

    assert lines.got == [b"do newline", b"a", b"b", b"do longer", b"x" * 5000, b"end"]


def test_a_delimiter_on_the_class_is_used_for_sending_too() -> None:
    class Newlines(Lines):
        delimiter = b"\n"

    lines, transport = connected(Newlines())
    lines.dataReceived(b"one\ntwo\r\n")
    lines.sendLine(b"three")

    assert lines.got == [b"one", b"two\r"]
    assert transport.value() == b"three\n"


def test_the_mode_may_be_assigned() -> None:
    lines, _ = connected()

    lines.dataReceived(b"do mode\r\nraw!line\r\n")

    assert lines.got == [b"do mode", ("raw", b"raw!line\r\n"), b"line"]


def test_nothing_more_is_delivered_in_that_turn_once_we_hang_up() -> None:
    lines, transport = connected()

    lines.dataReceived(b"one\r\ndo close\r\ntwo\r\n")

    assert lines.got == [b"one", b"do close"]
    assert transport.disconnecting


@pytest.mark.parametrize("sent", [b"do return\r\n", b"do return\r\nnext\r\n"])
def test_what_a_line_returns_stops_delivery_and_is_returned(sent: bytes) -> None:
    lines, _ = connected()

    assert lines.dataReceived(sent) == "a reason"
    assert lines.got == [b"do return"]

    assert lines.dataReceived(b"") is None
    assert lines.got == [b"do return", *([b"next"] if b"next" in sent else [])]


def test_what_raw_data_return_is_returned() -> None:
    class Raw(basic.LineReceiver):
        def rawDataReceived(self, data: bytes) -> str:
            return "enough"

    raw = Raw()
    raw.makeConnection(StringTransport())
    raw.setRawMode()

    assert raw.dataReceived(b"data") == "enough"


def test_an_error_in_a_line_goes_to_the_caller_and_the_rest_is_not_lost() -> None:
    lines, _ = connected()

    with pytest.raises(ValueError, match="on purpose"):
        lines.dataReceived(b"do fail\r\nnext\r\n")
    with pytest.raises(ValueError, match="on purpose"):
        lines.dataReceived(b"do fail\r\n")

    assert lines.got == [b"do fail", b"next", b"do fail"]


def test_the_buffer_can_be_cleared_from_a_line() -> None:
    lines, _ = connected()

    lines.dataReceived(b"do clear\r\ntwo\r\nthree")
    assert lines.got == [b"do clear", ("cleared", b"two\r\nthree")]
    lines.dataReceived(b"four\r\n")

    assert lines.got[2:] == [b"four"]
    assert Lines().clearLineBuffer() == b""


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ([b"x" * 101 + b"\r\nnext\r\n"], [b"x" * 101 + b"\r\nnext\r\n"]),
        ([b"x" * 101 + b"\r\n"], [b"x" * 101 + b"\r\n"]),
        ([b"x" * 102], [b"x" * 102]),
        ([b"x" * 101, b"y"], [b"x" * 101 + b"y"]),
        ([b"x" * 100 + b"\r\n"], []),
        ([b"x" * 101], []),
        ([b"x" * 100 + b"\r"], []),
    ],
)
def test_a_line_that_is_too_long_is_told_with_all_that_is_held(sent: list[bytes], told: list[bytes]) -> None:
    exceeded = []

    class Limited(Lines):
        def lineLengthExceeded(self, line: bytes) -> None:
            exceeded.append(line)

    lines, _ = connected(Limited())
    for piece in sent:
        lines.dataReceived(piece)

    assert exceeded == told
    if told:
        assert lines.clearLineBuffer() == b""
        lines.dataReceived(b"on\r\n")
        assert lines.got == [b"on"]


def test_by_default_a_line_that_is_too_long_hangs_up() -> None:
    lines, transport = connected()

    lines.dataReceived(b"x" * 102)

    assert transport.disconnecting
    assert lines.got == []


def test_what_the_hook_for_long_lines_returns_is_returned() -> None:
    class Telling(Lines):
        def lineLengthExceeded(self, line: bytes) -> str:
            return "too long"

    lines, _ = connected(Telling())

    assert lines.dataReceived(b"x" * 102) == "too long"


def test_the_defaults() -> None:
    assert basic.LineReceiver.delimiter == b"\r\n"
    assert basic.LineReceiver.MAX_LENGTH == 16384
    assert basic.LineReceiver.line_mode == 1


def test_it_says_what_to_override() -> None:
    receiver = basic.LineReceiver()
    receiver.makeConnection(StringTransport())

    with pytest.raises(NotImplementedError, match="LineReceiver must override lineReceived"):
        receiver.dataReceived(b"line\r\n")
    receiver.setRawMode()
    with pytest.raises(NotImplementedError, match="must override rawDataReceived"):
        receiver.dataReceived(b"raw")


def test_lines_can_be_delivered_without_a_transport() -> None:
    lines = Lines()

    lines.dataReceived(b"one\r\ntwo\r\n")

    assert lines.got == [b"one", b"two"]


class UpgradableTransport(StringTransport):
    """Begins TLS as real transports do: it takes what the protocol holds, which then is TLS's."""

    for_tls = b""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self.protocol = protocol

    def startTLS(self, contextFactory: object) -> None:
        self.for_tls = self.protocol._take_unread()


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_commands_sent_in_the_clear_behind_starttls_are_never_delivered(step: int) -> None:
    class Upgrading(basic.LineReceiver):
        def __init__(self) -> None:
            self.got: list[bytes] = []

        def lineReceived(self, line: bytes) -> None:
            self.got.append(line)
            if line == b"STARTTLS":
                self.transport.startTLS("context")

    protocol = Upgrading()
    transport = UpgradableTransport(protocol)
    protocol.makeConnection(transport)

    protocol.dataReceived(b"EHLO\r\nSTARTTLS\r\nEVIL\r\nEVI")

    assert protocol.got == [b"EHLO", b"STARTTLS"]
    assert transport.for_tls == b"EVIL\r\nEVI"
    protocol.dataReceived(b"EHLO\r\n")
    assert protocol.got == [b"EHLO", b"STARTTLS", b"EHLO"]


def test_what_is_held_by_a_pause_goes_to_tls_too() -> None:
    lines, _ = connected()
    lines.dataReceived(b"do pause\r\nEVIL\r\n")

    assert lines._take_unread() == b"EVIL\r\n"
    lines.resumeProducing()

    assert lines.got == [b"do pause"]


class LookingAtLines(basic.LineReceiver):
    """Notes with each line what is held, and replaces it when it is told to."""

    def lineReceived(self, line: bytes) -> None:
        notes.append((line, self._buffer))
        if line == b"forget":
            self._buffer = b"other\r\nrest"


class LookingAtLinesOnly(basic.LineOnlyReceiver):
    lineReceived = LookingAtLines.lineReceived


notes: list[tuple[bytes, bytes]] = []


@pytest.mark.parametrize("protocol", [LookingAtLines, LookingAtLinesOnly])
def test_what_is_held_can_be_seen_and_replaced(protocol: type[LookingAtLines]) -> None:
    notes.clear()
    looking = protocol()
    looking.makeConnection(StringTransport())
    assert looking._buffer == b""
    looking._buffer = b"be"
    looking.dataReceived(b"gin\r\nforget\r\nlost\r\n")

    assert notes == [(b"begin", b"forget\r\nlost\r\n"), (b"forget", b"lost\r\n"), (b"other", b"rest")]
    assert looking._buffer == b"rest"
