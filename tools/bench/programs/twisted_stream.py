"""A server on Twisted's API: ``twisted_stream.py echo|lines|batch|accept|udp [tls]``. It prints its port."""

import sys

from zope.interface import implementer

from twisted.internet import interfaces, protocol, reactor
from twisted.protocols import basic


class Echo(protocol.Protocol):
    def connectionMade(self):
        # Else Nagle's algorithm and delayed acknowledgements leave some of the candidates idle, which costs wake-ups.
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data):
        self.transport.write(data)


class Lines(basic.LineReceiver):
    def lineReceived(self, line):
        # Single lines come back at once; of a batch only the last, marked, is answered.
        if self.factory.all_answered or line.startswith(b"!"):
            self.sendLine(line)


class HangUp(protocol.Protocol):
    def connectionMade(self):
        self.transport.loseConnection()


@implementer(interfaces.IHandshakeListener)
class ShakeAndHangUp(protocol.Protocol):
    def handshakeCompleted(self):
        self.transport.loseConnection()


class EchoDatagrams(protocol.DatagramProtocol):
    def datagramReceived(self, datagram, addr):
        self.transport.write(datagram, addr)


def main(mode, tls):
    if mode == "udp":
        port = reactor.listenUDP(0, EchoDatagrams(), interface="127.0.0.1")
    else:
        made = {"echo": Echo, "lines": Lines, "batch": Lines, "accept": ShakeAndHangUp if tls else HangUp}[mode]
        factory = protocol.Factory.forProtocol(made)
        factory.noisy = False
        factory.all_answered = mode == "lines"
        if tls:
            from certificate import pem

            from twisted.internet import ssl

            options = ssl.PrivateCertificate.loadPEM(pem()).options()
            port = reactor.listenSSL(0, factory, options, backlog=1000, interface="127.0.0.1")
        else:
            port = reactor.listenTCP(0, factory, backlog=1000, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.callLater(300, reactor.stop)  # Whoever started us may be gone.
    reactor.run()


main(sys.argv[1], "tls" in sys.argv)
