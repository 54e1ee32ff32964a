"""The barest Python that serves TLS: one epoll, pyOpenSSL on the socket, no objects. ``epoll_tls.py echo|accept``."""

import select
import socket
import sys

from certificate import pem
from OpenSSL import SSL, crypto


def serve(listener, poller, context, answer):
    """Accept, shake hands, and give *answer* each connection that has something to say; it tells whether to go on."""
    shaking, met = {}, {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                accepted, _ = listener.accept()
                accepted.setblocking(False)
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection = SSL.Connection(context, accepted)
                connection.set_accept_state()
                shaking[fd := accepted.fileno()] = connection
                poller.register(fd, select.EPOLLIN)
            try:
                if fd in shaking:
                    shaking[fd].do_handshake()
                    met[fd] = shaking.pop(fd)
                goes_on = answer(met[fd])
            except SSL.WantReadError:
                continue
            except SSL.Error:
                goes_on = False
            if not goes_on:
                (met.pop(fd, None) or shaking.pop(fd)).close()


def echo(connection):
    pieces = [connection.recv(16384)]
    size = len(pieces[0])
    try:
        while size < 262144 and (len(pieces[-1]) == 16384 or connection.pending()):
            pieces.append(connection.recv(16384))
            size += len(pieces[-1])
    except SSL.WantReadError:
        pass
    unsent = memoryview(b"".join(pieces))
    while unsent:
        try:
            unsent = unsent[connection.send(unsent) :]
        except SSL.WantWriteError:
            select.select([], [connection.fileno()], [])
    return True


def accept(connection):
    connection.shutdown()
    return False


def main(mode):
    text = pem()
    context = SSL.Context(SSL.TLS_METHOD)
    context.use_privatekey(crypto.load_privatekey(crypto.FILETYPE_PEM, text))
    context.use_certificate(crypto.load_certificate(crypto.FILETYPE_PEM, text))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.setblocking(False)
    listener.listen(1000)
    poller = select.epoll()
    poller.register(listener.fileno(), select.EPOLLIN)
    print(listener.getsockname()[1], flush=True)
    serve(listener, poller, context, {"echo": echo, "accept": accept}[mode])


main(sys.argv[1])
