"""
Sending a file the short way.

On a plain TCP connection the kernel takes it straight from the file (``sendfile``); elsewhere it is read in large
pieces, as long as the transport takes them. Both need to know the channel well: for any other than our own, the
producers that the public knows do the same work.
"""

from __future__ import annotations

import errno
import os
from typing import Any, BinaryIO, Final

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer, ISSLTransport
from twisted.logger import Logger
from twisted.web._http.channels import HTTPChannel

_log = Logger("twisted.web.static")

# What `sendfile` fails with where the kernel cannot send from such a file, but it can be read.
_BY_HAND = frozenset((errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EOVERFLOW))

# What is no longer than this is sent in one piece, with the header.
_AT_ONCE = 64 * 1024

# Why a file is not sent whole, if nothing failed.
_SHORTER: Final = OSError("shorter than it was")

# How much is read at a time, where the kernel does not do it.
_PIECE = 256 * 1024

# How much the kernel is asked to send at a time, so that other connections get their turn.
_TURN = 2**20


def send_file(request: Any, source: BinaryIO, offset: int, count: int) -> bool:
    """
    Send a part of a file as the body of a response, finish the request and close the file; if that can be done here.

    Args:
        request: The request. If its response is begun already, it has no other body than this.
        source: The file.
        offset: Where the part begins.
        count: How many bytes it has.
    """
    channel = getattr(request, "channel", None)
    if type(channel) is not HTTPChannel or getattr(request, "_encoder", None) is not None:
        return False
    if count <= _AT_ONCE:
        source.seek(offset)
        data = source.read(count)
        source.close()
        request.write(data)
        if len(data) < count:
            tell_of_missing(source, count - len(data))
            request.loseConnection()
        else:
            request.finish()
        return True
    sender = FileSender(request, channel, source, offset, count)
    request.registerProducer(sender, True)
    request.write(b"")
    sender.begin()
    return True


@implementer(IPushProducer)
class FileSender:
    """
    Sends a part of a file, at the pace of the transport.

    Args:
        request: The request that it answers.
        channel: The connection that it came over.
        source: The file.
        offset: Where the part begins.
        count: How many bytes it has.
    """

    def __init__(self, request: Any, channel: HTTPChannel, source: BinaryIO, offset: int, count: int) -> None:
        self._request = request
        self._channel: Any = channel
        self._transport = transport = channel.transport
        self._source = source
        self._offset = offset
        self._left = count
        self._paused = False
        self._sending = False
        # The transports of core that write to their sockets themselves.
        self._by_kernel = (
            hasattr(os, "sendfile")
            and getattr(transport, "_sends_plainly", False)
            and hasattr(transport, "_resume_when_empty")
            and not ISSLTransport.providedBy(transport)
            and _has_descriptor(source)
        )

    def begin(self) -> None:
        """Send the first of it."""
        if self._request.chunked:
            # Somebody has not said how much it is.
            self._by_kernel = False
        if self._by_kernel:
            # Behind the header.
            self._wait_for_room()
        else:
            self._read_on()

    def _wait_for_room(self) -> None:
        self._transport._resume_when_empty()
        # The transport has nothing unsent, so only we know that a client does not read.
        self._channel._wait_again()

    def _read_on(self) -> None:
        self._source.seek(self._offset)
        if not self._paused:
            self.resumeProducing()

    def resumeProducing(self) -> None:
        """There is room: send on."""
        self._paused = False
        if self._by_kernel:
            self._send_by_kernel()
        elif not self._sending:
            # A transport may say within a write that there is room again.
            self._sending = True
            try:
                self._send_pieces()
            finally:
                self._sending = False

    def _send_by_kernel(self) -> None:
        transport = self._transport
        if self._left:
            try:
                sent = os.sendfile(transport.fileno(), self._source.fileno(), self._offset, min(self._left, _TURN))
            except BlockingIOError:
                self._wait_for_room()
                return
            except OSError as error:
                if error.errno in _BY_HAND:
                    self._by_kernel = False
                    self._read_on()
                else:
                    # Nearly always the client is gone.
                    self._give_up(None if isinstance(error, ConnectionError) else error)
                return
            if not sent:
                self._give_up()
                return
            self._offset += sent
            self._left -= sent
            self._request.sentLength += sent
        if self._left:
            self._wait_for_room()
        else:
            self._finish()

    def _send_pieces(self) -> None:
        while self._left and not self._paused:
            try:
                data = self._source.read(min(self._left, _PIECE))
            except OSError as error:
                self._give_up(error)
                return
            if not data:
                self._give_up()
                return
            self._left -= len(data)
            self._request.write(data)
        if not self._left and self._request is not None:
            self._finish()

    def _finish(self) -> None:
        request = self._request
        self.stopProducing()
        request.unregisterProducer()
        request.finish()

    def _give_up(self, error: OSError | None = _SHORTER) -> None:
        """The response cannot be completed. The client can only learn that from an end of the connection."""
        if error is _SHORTER:
            tell_of_missing(self._source, self._left)
        elif error is not None:
            _log.error("{name} cannot be read: {error}", name=name_of(self._source), error=error)
        request = self._request
        self.stopProducing()
        request.unregisterProducer()
        request.loseConnection()

    def pauseProducing(self) -> None:
        """There is no room for now."""
        self._paused = True

    def stopProducing(self) -> None:
        """Send nothing more."""
        self._source.close()
        self._left = 0
        self._paused = True
        self._request = self._channel = None


def _has_descriptor(source: Any) -> bool:
    try:
        source.fileno()
    except (AttributeError, OSError):
        return False
    return True


def name_of(source: Any) -> Any:
    """Tell which file this is."""
    return getattr(source, "name", source)


def tell_of_missing(source: Any, missing: int) -> None:
    """Log that a file has become shorter than its answer had promised."""
    _log.error(
        "{name} is {missing} bytes shorter than when its answer began: the connection is closed",
        name=name_of(source),
        missing=missing,
    )
