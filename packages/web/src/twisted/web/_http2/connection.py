"""
A connection that speaks HTTP/2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.python._require import require
from twisted.python.failure import Failure
from twisted.web._http1.errors import Refused
from twisted.web._http2.floods import Flood, Meter
from twisted.web._http2.hpack import Encoder
from twisted.web._http2.order import Order
from twisted.web._http2.requests import read_block
from twisted.web._http2.streams import H2Stream

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall

# Any: h2 is there if somebody has installed it; transports, reactors and sites are of every kind.
_purpose = "HTTP/2"
_config: Any = require("h2.config", install="twisted-web[http2]", purpose=_purpose)
_connection: Any = require("h2.connection", install="twisted-web[http2]", purpose=_purpose)
_events: Any = require("h2.events", install="twisted-web[http2]", purpose=_purpose)
_exceptions: Any = require("h2.exceptions", install="twisted-web[http2]", purpose=_purpose)
_settings: Any = require("h2.settings", install="twisted-web[http2]", purpose=_purpose)

_log = Logger("twisted.web.http2")

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FRAME_SIZE_ERROR, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 2, 6, 8, 11

# What the client may have under way: streams; bytes of one body and of all; and bytes of one header.
_MOST_STREAMS = 100
_WINDOW = 256 * 1024
_ALL_WINDOWS = 1024 * 1024
_MOST_HEADER = 64 * 1024

# What bring nothing: streams that are given up, and frames that only want to be answered, in ten seconds.
_MOST_RESETS = 500
_MOST_NOISE = 1000

# Updates of a window by less are worth nothing, unless it is the end of what is to be sent.
_WORTH_SENDING = 512

# The length and the kind of a frame that says good-bye.
_GOODBYE = b"\x00\x00\x08\x07"

# How long a transport may take to be closed, before it is cut.
_ABORT_AFTER = 15.0


@implementer(IProtocol, IPushProducer)
class H2Connection(Protocol):
    """
    A connection that speaks HTTP/2.

    Attributes:
        factory: What has made it.
        site: What its requests are for.
        requestFactory: Makes requests. See `twisted.web.http.HTTPChannel.requestFactory`.
        timeOut: How long the client may do nothing that it has to do, in seconds; `None` for ever. A connection
            without requests is closed then, and a stream given up that waits for the client.
        abortTimeout: How long it may then take to close the connection, before it is cut.
        maxContentLength: How many bytes a body may have that is kept for the application; more are answered with 413.
        maxHeaders: How many header fields a request may have; more are answered with 431.
        streams: Those under way, by their numbers.
    """

    factory: Any = None
    site: Any = None
    requestFactory: Any = None
    timeOut: float | None = 60
    abortTimeout: float | None = _ABORT_AFTER
    maxContentLength: int = 4 * 1024**3
    maxHeaders: int = 500

    _receiving = False
    _sending = False
    _full = False
    _over = False
    _ending = False
    _timer: IDelayedCall | None = None
    _cutter: IDelayedCall | None = None
    _unsent_before: object = None
    _expected_priority: object = None
    _secure: bool | None = None

    def __init__(self) -> None:
        config = _config.H2Configuration(
            client_side=False,
            header_encoding=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.conn = _connection.H2Connection(config=config)
        self.conn.encoder = Encoder()
        codes = _settings.SettingCodes
        self.conn.local_settings = _settings.Settings(
            client=False,
            initial_values={
                codes.MAX_CONCURRENT_STREAMS: _MOST_STREAMS,
                codes.MAX_HEADER_LIST_SIZE: _MOST_HEADER,
                codes.INITIAL_WINDOW_SIZE: _WINDOW,
            },
        )
        self.streams: dict[int, H2Stream] = {}
        # Those that have something to send.
        self._ready: dict[int, H2Stream] = {}
        self._order = Order()
        self._resets = Meter(_MOST_RESETS, "streams given up")
        self._noise = Meter(_MOST_NOISE, "frames that bring nothing")
        self._idle_since = 0.0

    # The connection's life.

    def connectionMade(self) -> None:
        """Say hello."""
        conn = self.conn
        conn.initiate_connection()
        conn.increment_flow_control_window(_ALL_WINDOWS - 65535)
        self.transport.registerProducer(self, True)
        self._flush()
        self._idle_since = self._now()
        self._wait()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # always with one
        """Tell the requests."""
        self._over = True
        for call in (self._timer, self._cutter):
            if call is not None and call.active():
                call.cancel()
        self._timer = self._cutter = None
        streams, self.streams = self.streams, {}
        self._ready.clear()
        for stream in streams.values():
            stream.connectionLost(reason)

    def loseConnection(self, code: int = NO_ERROR) -> None:
        """Say good-bye, and close the connection once everything is sent."""
        if self._over:
            return
        self._over = True
        self.conn.close_connection(error_code=code)
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the transport, once everything is sent, if that does not take too long."""
        self._over = True
        self._flush()
        transport = self.transport
        transport.unregisterProducer()
        if self._full:
            # It has to see the other side's end.
            transport.resumeProducing()
        transport.loseConnection()
        if self.abortTimeout is not None and self._cutter is None and self.connected:
            self._cutter = self.callLater(self.abortTimeout, self.forceAbortClient)

    def forceAbortClient(self) -> None:
        """Cut the connection, whatever is still to be sent."""
        self._over = True
        self._cutter = None
        _log.info("cutting the connection to {peer}: it was not closed in time", peer=self.getPeer())
        self.transport.abortConnection()

    # What comes.

    def dataReceived(self, data: bytes) -> None:
        """Understand what came."""
        if self._over:
            return
        self._receiving = True
        try:
            events = self.conn.receive_data(data)
            if len(events) > 1:
                events = _without_abandoned(events)
            for event in events:
                take = _TAKE.get(event.__class__)
                if take is not None:
                    take(self, event)
                if self._over:
                    return
            self._check_next()
        except (Flood, _exceptions.ProtocolError) as error:
            self._refuse(error)
            return
        finally:
            self._receiving = False
        if self._ready:
            self._send_ready()
        if self._ending and not self.streams:
            self.loseConnection()
            return
        self._flush()

    def _check_next(self) -> None:
        """
        Say no to a frame that is too large as soon as it says so: h2 would wait for all of it.

        Raises:
            h2.exceptions.FrameTooLargeError: It is.
        """
        held = getattr(self.conn.incoming_buffer, "_data", b"")
        if len(held) >= 9 and int.from_bytes(held[:3], "big") > self.conn.max_inbound_frame_size:
            raise _exceptions.FrameTooLargeError("a frame that is too large")

    def _refuse(self, error: Exception) -> None:
        """The client breaks the rules: say so, and hang up."""
        _log.info("closing the connection to {peer}: {why}", peer=self.getPeer(), why=error)
        if isinstance(error, Flood):
            self.conn.close_connection(error_code=ENHANCE_YOUR_CALM)
        sent = self.conn.data_to_send()
        if sent[-17:-13] == _GOODBYE and "SETTINGS ack" in str(error.__cause__):
            # Too long a frame, to RFC 9113 section 6.5; h2 has but one code for all that its frames do not like.
            sent = sent[:-4] + FRAME_SIZE_ERROR.to_bytes(4, "big")
        elif sent[-17:-13] != _GOODBYE:
            # h2 has not said it already: what came is not even HTTP/2.
            code = int(getattr(error, "error_code", PROTOCOL_ERROR))
            last = self.conn.highest_inbound_stream_id
            sent += _GOODBYE + bytes(5) + last.to_bytes(4, "big") + code.to_bytes(4, "big")
        self.transport.write(sent)
        self._hang_up()

    def _take_request(self, event: Any) -> None:
        number = event.stream_id
        # It comes again by itself, behind the request.
        self._expected_priority = event.priority_updated
        try:
            asked = read_block(event.headers, self.maxHeaders)
            if event.stream_ended is not None and asked.length:
                raise Refused(400, f"a body of {asked.length} bytes that is not there")
        except Refused as refused:
            _log.debug("refused a request from {peer}: {why}", peer=self.getPeer(), why=refused.why)
            self._answer(number, refused.status, event.stream_ended is not None)
            return
        stream = self.streams[number] = H2Stream(number, self, asked)
        stream._begin(event.stream_ended is not None)

    def _answer(self, number: int, status: int, whole: bool) -> None:
        """Answer with a status code alone, where there is no request."""
        headers = [(b":status", b"%d" % status), (b"content-length", b"0")]
        try:
            self.conn.send_headers(number, headers, end_stream=True)
            if not whole:
                self.conn.reset_stream(number, NO_ERROR)
        except _exceptions.ProtocolError:
            # The client has given it up already.
            pass

    def _take_data(self, event: Any) -> None:
        stream = self.streams.get(event.stream_id)
        length = event.flow_controlled_length
        if not event.data and event.stream_ended is None:
            self._noise.count(self._now())
        if stream is None:
            self._acknowledge(event.stream_id, length)
        else:
            stream.receiveDataChunk(event.data, length)

    def _take_end(self, event: Any) -> None:
        stream = self.streams.get(event.stream_id)
        if stream is not None and not stream._whole:
            stream.requestComplete()

    def _take_reset(self, event: Any) -> None:
        self._resets.count(self._now())
        stream = self.streams.get(event.stream_id)
        if stream is not None:
            why = ConnectionLost(f"the client has given up the stream, with code {int(event.error_code)}")
            self._drop(stream, Failure(why))

    def _take_window(self, event: Any) -> None:
        number = event.stream_id
        if event.delta < _WORTH_SENDING:
            self._noise.count(self._now())
        if number and (stream := self.streams.get(number)) is not None and stream._unsent:
            self._ready[number] = stream

    def _take_settings(self, event: Any) -> None:
        self._noise.count(self._now())
        # All windows may have become larger.
        self._all_ready()

    def _all_ready(self) -> None:
        for number, stream in self.streams.items():
            if stream._unsent:
                self._ready[number] = stream

    def _take_noise(self, event: Any) -> None:
        self._noise.count(self._now())

    def _take_priority(self, event: Any) -> None:
        if event is not self._expected_priority:
            self._noise.count(self._now())
        number = event.stream_id
        if number in self.streams or number > self.conn.highest_inbound_stream_id:
            self._order.update(number, event.depends_on, event.weight, event.exclusive, self.streams)

    def _take_goodbye(self, event: Any) -> None:
        # What it has asked for it still gets: it is only going to ask for nothing more. h2 would send nothing either.
        self._ending = True
        if self.streams and event.error_code == NO_ERROR:
            self.conn.state_machine.state = _connection.ConnectionState.SERVER_OPEN
        else:
            self.loseConnection()

    def _acknowledge(self, number: int, length: int) -> None:
        """Let the client send so many bytes more."""
        if length and not self._over:
            self.conn.acknowledge_received_data(length, number)

    # What is sent.

    def _flush(self) -> None:
        """Hand what h2 wants to send to the transport."""
        data = self.conn.data_to_send()
        if data and self.transport is not None:
            self.transport.write(data)

    def _flush_unless_receiving(self) -> None:
        if not self._receiving and not self._over:
            self._flush()

    def _send_continue(self, number: int) -> None:
        if not self._over:
            self.conn.send_headers(number, [(b":status", b"100")])
            self._flush_unless_receiving()

    def _stream_ready(self, stream: H2Stream) -> None:
        """A stream has something to send: a header, data or its end."""
        if self._over or stream._over:
            return
        self._ready[stream.streamID] = stream
        if not self._receiving:
            # In the middle of what came, others may get ready too; here nobody else will.
            self._send_ready()
            self._flush()

    def _send_ready(self) -> None:
        """Send what there is room for, each stream in its turn."""
        if self._sending:
            # Somebody who was told to go on has written something. It is in the list.
            return
        self._sending = True
        ready = self._ready
        try:
            sent = True
            while sent and ready and not self._over:
                sent = False
                for stream in self._turns():
                    if stream.streamID in ready and self._send_turn(stream):
                        sent = True
        finally:
            self._sending = False

    def _turns(self) -> list[H2Stream]:
        """Give the streams whose turn it is."""
        ready = self._ready
        if len(ready) > 1 and self._order.known:
            return self._order.sort(ready)
        return list(ready.values())

    def _send_turn(self, stream: H2Stream) -> bool:
        """Send a frame of a stream. Tell whether there may be more to send."""
        try:
            return self._send_frame(stream)
        except _exceptions.ProtocolError as error:
            # The client has given it up, and we have not heard of that yet.
            self._drop(stream, Failure(ConnectionLost(f"the stream is closed: {error}")))
            return False

    def _send_frame(self, stream: H2Stream) -> bool:
        """See `_send_turn`. The header goes first, if it is not on its way."""
        conn = self.conn
        number = stream.streamID
        block = stream._block
        finished = stream._finished
        if block is not None:
            stream._block = None
            if finished and not stream._unsent:
                conn.send_headers(number, block, end_stream=True)
                self._finish(stream)
                return False
            conn.send_headers(number, block)
        if not stream._unsent:
            self._ready.pop(number, None)
            if finished:
                conn.end_stream(number)
                self._finish(stream)
            return False
        if self._full:
            return False
        room: int = conn.local_flow_control_window(number)
        most = min(room, conn.max_outbound_frame_size)
        if most <= 0:
            # It gets ready again when the window opens.
            if conn.outbound_flow_control_window > 0:
                self._ready.pop(number, None)
            return False
        data = stream._take(most)
        last = finished and not stream._unsent
        conn.send_data(number, data, end_stream=last)
        if last:
            self._finish(stream)
            return False
        if not stream._unsent and not finished:
            self._ready.pop(number, None)
        stream._sent_some()
        return number in self._ready

    def _finish(self, stream: H2Stream) -> None:
        """A response is sent as a whole."""
        if not stream._whole:
            # Nobody wants the rest of the body.
            self.conn.reset_stream(stream.streamID, NO_ERROR)
        stream._acknowledge()
        self._forget(stream)
        if self._ending and not self.streams and not self._receiving:
            self.loseConnection()

    def abortRequest(self, stream: H2Stream) -> None:
        """Give up a stream."""
        if stream.streamID not in self.streams or self._over:
            return
        self._reset(stream, INTERNAL_ERROR, Failure(ConnectionLost("the application has given up the stream")))
        self._flush_unless_receiving()

    def _reset(self, stream: H2Stream, code: int, why: Failure) -> None:
        try:
            self.conn.reset_stream(stream.streamID, code)
        except _exceptions.ProtocolError:
            # The client was faster.
            pass
        self._drop(stream, why)

    def _drop(self, stream: H2Stream, why: Failure) -> None:
        """A stream is over before its response is complete."""
        stream._acknowledge()
        self._forget(stream)
        stream.connectionLost(why)

    def _forget(self, stream: H2Stream) -> None:
        number = stream.streamID
        self.streams.pop(number, None)
        self._ready.pop(number, None)
        self._order.forget(number)
        if not self.streams:
            self._idle_since = self._now()

    # Time.

    def _now(self) -> float:
        reactor = getattr(self.factory, "reactor", None)
        if reactor is None:
            from time import monotonic

            return monotonic()
        now: float = reactor.seconds()
        return now

    def callLater(self, period: float, function: Any) -> Any:
        """Hook: make a call later."""
        from twisted.internet import reactor

        delayed: Any = reactor
        return delayed.callLater(period, function)

    def _wait(self) -> None:
        """Look again when something may have taken too long."""
        timeout = self.timeOut
        if timeout is None:
            return
        since = min((stream._moved for stream in self.streams.values()), default=self._idle_since)
        now = self._now()
        # Streams that wait for us are looked at once in a while.
        left = since + timeout - now
        self._timer = self.callLater(left if left > 0 else timeout, self._look)

    def _look(self) -> None:
        """Close a connection that nobody uses, and give up streams that wait for a client that does nothing."""
        self._timer = None
        timeout = self.timeOut
        if self._over or timeout is None:
            return
        before = self._now() - timeout
        if not self.streams:
            if self._idle_since <= before:
                self.timeoutConnection()
                return
        elif self._full:
            # The client may be slow, as long as it reads at all.
            unsent = getattr(self.transport, "_unsent", None)
            if unsent is not None and unsent == self._unsent_before:
                self.timeoutConnection()
                return
            self._unsent_before = unsent
        else:
            late = [stream for stream in self.streams.values() if stream._moved <= before and _waits(stream)]
            for stream in late:
                self._reset(stream, CANCEL, Failure(ConnectionLost("the client has done nothing for too long")))
            self._flush()
        self._wait()

    def timeoutConnection(self) -> None:
        """Nothing happened for the time: close the connection."""
        _log.info("Timing out client: {peer}", peer=self.getPeer())
        self.loseConnection()

    # The transport's side.

    def pauseProducing(self) -> None:
        """The client is slow: send no more data, and read nothing, which would have to be answered."""
        if not self._full:
            self._full = True
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """There is room again."""
        if not self._full:
            return
        self._full = False
        self._unsent_before = None
        if not self._over:
            self.transport.resumeProducing()
            self._all_ready()
            self._send_ready()
            self._flush()

    def stopProducing(self) -> None:
        """The transport is lost, which `connectionLost` tells too."""

    def getPeer(self) -> Any:
        """Give the client's address."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Give this side's address."""
        return self.transport.getHost()

    def _is_secure(self) -> bool:
        secure = self._secure
        if secure is None:
            from twisted.internet.interfaces import ISSLTransport

            secure = self._secure = ISSLTransport.providedBy(self.transport)
        return secure


def _waits(stream: H2Stream) -> bool:
    """Tell whether a stream waits for the client: for the rest of a body, or for a window to open."""
    return bool(stream._unsent) or (not stream._whole and not stream._holds)


def _without_abandoned(events: list[Any]) -> list[Any]:
    """Leave out the requests that are given up in the same breath: nobody wants their answers."""
    resets = {event.stream_id for event in events if event.__class__ is _events.StreamReset}
    if not resets:
        return events
    begun = {event.stream_id for event in events if event.__class__ is _events.RequestReceived}
    wasted = resets & begun
    return [
        event
        for event in events
        if event.__class__ is _events.StreamReset or getattr(event, "stream_id", None) not in wasted
    ]


_TAKE: Final = {
    _events.RequestReceived: H2Connection._take_request,
    _events.DataReceived: H2Connection._take_data,
    _events.StreamEnded: H2Connection._take_end,
    _events.StreamReset: H2Connection._take_reset,
    _events.WindowUpdated: H2Connection._take_window,
    _events.RemoteSettingsChanged: H2Connection._take_settings,
    _events.PingReceived: H2Connection._take_noise,
    _events.PriorityUpdated: H2Connection._take_priority,
    _events.TrailersReceived: H2Connection._take_noise,
    _events.UnknownFrameReceived: H2Connection._take_noise,
    _events.ConnectionTerminated: H2Connection._take_goodbye,
}
