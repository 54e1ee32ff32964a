"""The same servers on asyncio's protocols: ``asyncio_stream.py echo|lines|batch|accept|udp [tls] [uvloop]``."""

import asyncio
import ssl
import sys
import tempfile


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class Lines(Echo):
    rest = b""
    all_answered = True

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            if self.all_answered or line.startswith(b"!"):
                self.transport.write(line + b"\r\n")


class Batch(Lines):
    all_answered = False


class HangUp(asyncio.Protocol):
    def connection_made(self, transport):
        transport.close()


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


def context():
    from certificate import pem

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(pem())
        file.flush()
        made.load_cert_chain(file.name)
    return made


async def main(mode, tls):
    loop = asyncio.get_running_loop()
    if mode == "udp":
        transport, _ = await loop.create_datagram_endpoint(EchoDatagrams, local_addr=("127.0.0.1", 0))
        print(transport.get_extra_info("sockname")[1], flush=True)
    else:
        made = {"echo": Echo, "lines": Lines, "batch": Batch, "accept": HangUp}[mode]
        server = await loop.create_server(made, "127.0.0.1", 0, backlog=1000, ssl=context() if tls else None)
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(300)


if "uvloop" in sys.argv:
    import uvloop

    uvloop.install()
asyncio.run(main(sys.argv[1], "tls" in sys.argv))
