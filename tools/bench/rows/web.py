"""HTTP and WebSocket servers, and what importing them costs. Loaded by wrk, h2load and a generator of our own."""

import sys
from pathlib import Path

from tools.bench.model import Candidate, Goal, Kind, Load, Row, Runs, alike

_PROGRAMS = Path(__file__).parents[1] / "programs"


def _wrk(*words: str, scheme: str = "http", connections: int = 64) -> Load:
    command = ("wrk", "-t1", f"-c{connections}", "-d{seconds}s", *words, scheme + "://127.0.0.1:{port}/")
    return Load(command=command, pattern=r"(\d+) requests in")


def _aiohttp(work: str, *words: str) -> tuple[Candidate, ...]:
    return (
        Candidate("aiohttp", Runs.PEERS, "aiohttp_web.py", (work, *words)),
        Candidate("aiohttp on uvloop", Runs.PEERS, "aiohttp_web.py", (work, "uvloop", *words)),
    )


_UVICORN = Candidate("uvicorn", Runs.PEERS, "asgi_web.py", ("uvicorn",))

ROWS = [
    Row(
        "http-counter",
        "Counter, keep-alive, 64 connections",
        Kind.SERVED,
        (
            *alike("twisted_web.py", "counter"),
            *_aiohttp("counter"),
            _UVICORN,
            Candidate("nginx", Runs.PEERS, "nginx_web.py", ("counter",)),
        ),
        Goal(3.2, (("uvicorn", 1.0),)),
        _wrk(),
    ),
    Row(
        "http-static",
        "a static file of 1 MB",
        Kind.SERVED,
        (
            *alike("twisted_web.py", "static"),
            *_aiohttp("static"),
            Candidate("nginx", Runs.PEERS, "nginx_web.py", ("static",)),
        ),
        Goal(6, (("nginx", 1.0),)),
        _wrk(connections=8),
        unit="us per MB",
    ),
    Row(
        "https-static",
        "the same over TLS",
        Kind.SERVED,
        (
            *alike("twisted_web.py", "static", "tls"),
            *_aiohttp("static", "tls"),
            Candidate("nginx", Runs.PEERS, "nginx_web.py", ("static", "tls")),
        ),
        Goal(1.5),
        _wrk(scheme="https", connections=8),
        unit="us per MB",
    ),
    Row(
        "http-post",
        "POST of 10 KB, echoed",
        Kind.SERVED,
        (*alike("twisted_web.py", "post"), *_aiohttp("post"), _UVICORN),
        Goal(3.0, (("uvicorn", 1.0),)),
        _wrk("-s", str(_PROGRAMS / "post.lua")),
    ),
    Row(
        "http2-small",
        "HTTP/2, small answers, 10 connections of 10 streams",
        Kind.SERVED,
        (
            *alike("twisted_web.py", "counter", "tls"),
            Candidate("hypercorn", Runs.PEERS, "asgi_web.py", ("hypercorn", "tls")),
            Candidate("nginx", Runs.PEERS, "nginx_web.py", ("counter", "tls")),
        ),
        Goal(2.0, (("hypercorn", 1.0),)),
        Load(
            command=("h2load", "-D{seconds}", "-c10", "-m10", "https://127.0.0.1:{port}/"),
            pattern=r"started, (\d+) done",
        ),
    ),
    Row(
        "websocket-echo",
        "WebSocket echo, 64 bytes, 32 connections",
        Kind.SERVED,
        (*alike("twisted_web.py", "websocket"), *_aiohttp("websocket")),
        Goal(3.2, (("aiohttp on uvloop", 1.15),)),
        Load(
            command=(
                sys.executable,
                str(_PROGRAMS / "loading.py"),
                "websocket_load",
                "{port}",
                "32",
                "64",
                "{seconds}",
            ),
            pattern=r"(\d+) messages",
        ),
    ),
    Row(
        "import-web-server",
        "import of twisted.web.server",
        Kind.STARTED,
        alike("imported.py", "twisted.web.server"),
        Goal(2.7),
        unit="ms",
        scale=1e3,
    ),
    Row(
        "http-memory",
        "memory for each of 1,000 keep-alive connections",
        Kind.TIMED,
        alike("keep_alive_memory.py", "twisted_web.py", "counter"),
        Goal(1.25),
        unit="KiB",
        scale=1,
    ),
]
