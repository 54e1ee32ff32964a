"""
The web: a page that shows what is served here and who comes and goes, over HTTP and HTTPS.

What happens comes to the page through a WebSocket, as it happens.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import Agent, readBody
from twisted.web.iweb import IAgentEndpointFactory
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from twisted.web.template import Element, Tag, XMLString, renderElement, renderer, tags
from twisted.web.websocket import WebSocketClientEndpoint, WebSocketResource, WebSocketTransport

from tools.demo.stand import PATIENCE, Awaiting, CheckFailed, Line, Service, Stall, Stand, expect
from tools.demo.streams import TCP, TLS, Stream, listen, port_number

_PAGE = """
<html xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1" lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>What is served here</title>
<style>
:root {
  color-scheme: light dark;
  --back: #f7f8fa; --card: #ffffff; --text: #1c2430; --weak: #5b6675; --line: #dfe3e9; --good: #1a7f37; --bad: #c62828;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #12161c; --card: #1b2129; --text: #e6eaf0; --weak: #9aa5b4; --line: #2e3744;
    --good: #4cc36b; --bad: #ff7b72;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: 0 0 1.25rem; color: var(--weak); }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; }
.head { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; }
.name { font-weight: 600; }
.address { color: var(--weak); overflow-wrap: anywhere; }
.state { margin-left: auto; color: var(--good); }
.failed .state { color: var(--bad); }
code { display: block; margin-top: .4rem; font-size: .85rem; color: var(--weak); overflow-wrap: anywhere; }
#log { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; margin: 0;
  min-height: 6rem; max-height: 20rem; overflow: auto; font-size: .85rem; white-space: pre-wrap;
  overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>What is served here</h1>
<p><b t:render="count"/> services in one process and one reactor. Try one, and watch it below.</p>
<ul t:render="services"/>
<h2>Who comes and goes</h2>
<pre id="log" aria-live="polite"></pre>
</main>
<script>
const log = document.getElementById("log");
const socket = new WebSocket(location.href.replace("http", "ws").replace(/[?#].*/, "") + "events");
socket.onopen = function () { log.dataset.state = "open"; };
socket.onmessage = function (event) { log.append(event.data + "\\n"); log.scrollTop = log.scrollHeight; };
socket.onclose = function () { log.append("The demo has ended.\\n"); };
</script>
</body>
</html>
"""


class Board(Element):
    """The page."""

    loader = XMLString(_PAGE)

    def __init__(self, board: list[Line]) -> None:
        super().__init__()
        self.board = board

    @renderer
    def count(self, request: Any, tag: Tag) -> Tag:
        """How many there are."""
        return tag(str(len(self.board)))

    @renderer
    def services(self, request: Any, tag: Tag) -> Tag:
        """The list of services."""
        return tag(self._item(line) for line in self.board)

    def _item(self, line: Line) -> Tag:
        name: Any = line.name
        if line.by_hand.startswith("curl "):
            name = tags.a(line.name, href=line.by_hand.split()[-1])
        return tags.li(
            tags.div(
                tags.span(name, class_="name"),
                tags.span(line.address, class_="address"),
                tags.span(line.state, class_="state"),
                class_="head",
            ),
            tags.code(line.by_hand) if line.by_hand else "",
            class_="works" if line.works else "failed",
        )


class Front(Resource):
    """The page, and the WebSocket below it."""

    def __init__(self, stand: Stand) -> None:
        super().__init__()
        self.stand = stand
        self.putChild(b"", self)
        self.putChild(b"events", WebSocketResource(Audience(stand)))

    def render_GET(self, request: Request) -> Any:
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        request.setHeader(b"cache-control", b"no-store")
        return renderElement(request, Board(self.stand.board))


class Watcher:
    """One page that is open: told of everything that happens."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        self.stand.watchers.append(self.transport.sendTextMessage)
        self.stand.show("web: a page is open")

    def textMessageReceived(self, message: str) -> None:
        self.stand.show(f"web: somebody says {message!r}")

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        self.stand.show(f"web: somebody sends {len(data)} bytes")

    def pongReceived(self, payload: bytes) -> None:
        """Nobody asked."""

    def connectionLost(self, reason: Failure) -> None:
        if self.transport.sendTextMessage in self.stand.watchers:
            self.stand.watchers.remove(self.transport.sendTextMessage)
            self.stand.show("web: a page was closed")


class Audience:
    """Makes a `Watcher` for each page."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand

    def buildProtocol(self, request: Request) -> Watcher:
        return Watcher(self.stand)


class Listener:
    """A client that waits for one message."""

    def __init__(self) -> None:
        self.heard: Deferred[str] = Deferred()
        self.over: Deferred[None] = Deferred()

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        """There is nothing to say."""

    def textMessageReceived(self, message: str) -> None:
        if not self.heard.called:
            self.heard.callback(message)

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        raise CheckFailed(f"{len(data)} bytes came where text should")

    def pongReceived(self, payload: bytes) -> None:
        raise CheckFailed("a pong came that nobody asked for")

    def connectionLost(self, reason: Failure) -> None:
        self.over.callback(None)


class Listeners:
    """Makes the `Listener`."""

    def buildProtocol(self, url: str) -> Listener:
        return Listener()


@implementer(IAgentEndpointFactory)
class Always:
    """Whatever the URL is, the connection is made by one endpoint."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self.endpoint = endpoint

    def endpointForURI(self, uri: Any) -> IStreamClientEndpoint:
        return self.endpoint


async def check(stand: Stand, scheme: str, client: IStreamClientEndpoint) -> str:
    """Get the page, find all services in it, and hear by a WebSocket that we have come."""
    where = Always(client)
    url = f"{scheme}://localhost/"
    agent = Agent.usingEndpointFactory(stand.reactor, where)
    response = await agent.request(b"GET", url.encode()).addTimeout(PATIENCE, stand.reactor)
    expect(response.code, 200)
    page = (await readBody(response).addTimeout(PATIENCE, stand.reactor)).decode()
    for line in stand.board:
        if line.name not in page or line.address not in page:
            raise CheckFailed(f"the page does not show {line.name} at {line.address}")
    websocket = WebSocketClientEndpoint(where, url.replace("http", "ws", 1) + "events", reactor=stand.reactor)
    connecting = ensureDeferred(websocket.connect(Listeners()))
    listener = await connecting.addTimeout(PATIENCE, stand.reactor)
    expect(await listener.heard.addTimeout(PATIENCE, stand.reactor), "web: a page is open")
    listener.transport.loseConnection()
    await listener.over.addTimeout(PATIENCE, stand.reactor)
    while stand.watchers:
        await deferLater(stand.reactor, 0.01)
    return f"the page shows {len(stand.board)} services, and its WebSocket told of us"


class Page(TCP):
    """HTTP."""

    scheme = "http"

    def address(self, port: Any) -> str:
        return f"{self.scheme}://localhost:{port_number(port)}/"

    def by_hand(self, port: Any) -> str:
        return f"curl {self.address(port)}"


class SecurePage(TLS):
    """HTTPS."""

    scheme = "https"

    def address(self, port: Any) -> str:
        return f"{self.scheme}://localhost:{port_number(port)}/"

    def by_hand(self, port: Any) -> str:
        file = self.stand.folder / "certificate.pem"
        if not file.exists():
            file.write_bytes(self.stand.certificate.certificate)
        return f"curl --cacert {file} {self.address(port)}"


def offer(way: type[Stream], scheme: str, stand: Stand) -> Awaiting[Stall]:
    """The page over one kind of stream."""
    site = Site(Front(stand))
    site.noisy = False
    return listen(way(stand, "web"), site, partial(check, stand, scheme))


SERVICES = [
    Service(f"web over {name}", partial(offer, way, scheme))
    for name, way, scheme in (("TCP", Page, "http"), ("TLS", SecurePage, "https"))
]
