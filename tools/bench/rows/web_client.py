"""HTTP clients: small responses of an origin that costs next to nothing, and what importing the client costs."""

from tools.bench.model import Candidate, Goal, Kind, Row, Runs, alike


def _asking(work: str) -> tuple[Candidate, ...]:
    return (
        *alike("twisted_http_client.py", work),
        Candidate("aiohttp", Runs.PEERS, "aiohttp_client.py", (work,)),
        Candidate("aiohttp on uvloop", Runs.PEERS, "aiohttp_client.py", (work, "uvloop")),
    )


ROWS = [
    Row(
        "http-client",
        "Agent, 50 concurrent requests, kept connections",
        Kind.TIMED,
        _asking("plain"),
        Goal(3.2, (("aiohttp on uvloop", 0.6),)),
    ),
    Row(
        "http-client-headers",
        "the same, with header fields of its own",
        Kind.TIMED,
        _asking("headers"),
    ),
    Row(
        "import-web-client",
        "import of twisted.web.client",
        Kind.STARTED,
        alike("imported.py", "twisted.web.client"),
        Goal(3),
        unit="ms",
        scale=1e3,
    ),
]
