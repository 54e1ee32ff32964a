"""
A server on Twisted's API: ``twisted_web.py counter|static|post|websocket [tls]``. It prints its port.

Over TLS it speaks HTTP/2 with whoever wants that.
"""

import sys

from twisted.internet import reactor
from twisted.web import resource, server, static


class Counter(resource.Resource):
    isLeaf = True
    numberRequests = 0

    def render_GET(self, request):
        self.numberRequests += 1
        request.setHeader(b"content-type", b"text/plain")
        content = f"I am request #{self.numberRequests}\n"
        return content.encode("ascii")


class Back(resource.Resource):
    isLeaf = True

    def render_POST(self, request):
        request.setHeader(b"content-type", b"application/octet-stream")
        return request.content.read()


class Echo:
    def negotiationStarted(self, transport):
        self.transport = transport

    def negotiationFinished(self):
        pass

    def textMessageReceived(self, message):
        self.transport.sendTextMessage(message)

    def bytesMessageReceived(self, data):
        self.transport.sendBytesMessage(data)

    def pongReceived(self, payload):
        pass

    def connectionLost(self, reason):
        pass


class Echoes:
    def buildProtocol(self, request):
        return Echo()


def root(work):
    if work == "counter":
        return Counter()
    if work == "post":
        return Back()
    if work == "websocket":
        from twisted.web.websocket import WebSocketResource

        sockets = WebSocketResource(Echoes())
        sockets.isLeaf = True
        return sockets
    from big_file import path

    file = static.File(path())
    file.isLeaf = True
    return file


def main(work, tls):
    site = server.Site(root(work))
    site.noisy = False
    if tls:
        from certificate import pem

        from twisted.internet import ssl

        options = ssl.PrivateCertificate.loadPEM(pem()).options()
        port = reactor.listenSSL(0, site, options, backlog=1000, interface="127.0.0.1")
    else:
        port = reactor.listenTCP(0, site, backlog=1000, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main(sys.argv[1], "tls" in sys.argv)
