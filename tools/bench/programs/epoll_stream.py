"""The barest Python that serves: one epoll, no objects. ``epoll_stream.py echo|lines|accept|udp``."""

import select
import socket
import sys


def echo(listener, poller):
    sockets = {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sockets[connection.fileno()] = connection
                poller.register(connection.fileno(), select.EPOLLIN)
                continue
            connection = sockets[fd]
            try:
                data = connection.recv(262144)
            except ConnectionError:
                data = b""
            if not data:
                del sockets[fd]
                connection.close()
                continue
            sent = 0
            view = memoryview(data)
            while sent < len(data):
                try:
                    sent += connection.send(view[sent:] if sent else data)
                except BlockingIOError:
                    select.select([], [connection], [])
                except ConnectionError:
                    break


def lines(listener, poller):
    connections = {}
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = [connection, b""]
                poller.register(connection.fileno(), select.EPOLLIN)
                continue
            connection, held = known = connections[fd]
            try:
                data = connection.recv(262144)
            except ConnectionError:
                data = b""
            if not data:
                del connections[fd]
                connection.close()
                continue
            *whole, known[1] = (held + data).split(b"\r\n")
            for line in whole:
                connection.sendall(line + b"\r\n")


def accept(listener, poller):
    while True:
        for _ in poller.poll():
            while True:
                try:
                    connection, _ = listener.accept()
                except BlockingIOError:
                    break
                connection.setblocking(False)
                poller.register(connection.fileno(), select.EPOLLIN)
                poller.unregister(connection.fileno())
                connection.shutdown(socket.SHUT_WR)
                connection.close()


def udp(port, poller):
    while True:
        for _ in poller.poll():
            while True:
                try:
                    data, address = port.recvfrom(8192)
                except BlockingIOError:
                    break
                port.sendto(data, address)


def main(mode):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if mode == "udp" else socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0))
    server.setblocking(False)
    if mode != "udp":
        server.listen(1000)
    poller = select.epoll()
    poller.register(server.fileno(), select.EPOLLIN)
    print(server.getsockname()[1], flush=True)
    {"echo": echo, "lines": lines, "accept": accept, "udp": udp}[mode](server, poller)


main(sys.argv[1])
