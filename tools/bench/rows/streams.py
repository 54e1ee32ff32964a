"""Sockets: echo, bulk, accept, datagrams, lines, and the same behind TLS."""

from tools.bench.model import Candidate, Goal, Kind, Load, Row, Runs, alike


def _served(mode: str, *words: str, bare: bool = False) -> tuple[Candidate, ...]:
    others = [
        Candidate("asyncio", Runs.PEERS, "asyncio_stream.py", (mode, *words)),
        Candidate("uvloop", Runs.PEERS, "asyncio_stream.py", (mode, *words, "uvloop")),
    ]
    if bare:
        program = "epoll_tls.py" if "tls" in words else "epoll_stream.py"
        others.append(Candidate("bare epoll loop", Runs.PEERS, program, (mode,)))
    return (*alike("twisted_stream.py", mode, *words), *others)


ROWS = [
    Row(
        "tcp-echo",
        "TCP echo, 64 bytes, 100 connections",
        Kind.SERVED,
        _served("echo", bare=True),
        Goal(2.4, (("bare epoll loop", 1.25),)),
        Load("echo", 100, 64),
    ),
    Row(
        "tcp-bulk",
        "TCP bulk echo, 64 KiB writes",
        Kind.SERVED,
        _served("echo", bare=True),
        Goal(1.8, (("bare epoll loop", 1.2),)),
        Load("echo", 10, 65536),
        unit="us per MB",
        per_megabyte=True,
    ),
    Row(
        "tcp-accept",
        "accept and close",
        Kind.SERVED,
        _served("accept", bare=True),
        Goal(1.7, (("bare epoll loop", 1.2),)),
        Load("accept", 20, 0),
    ),
    Row(
        "udp-echo",
        "UDP echo, 64 bytes",
        Kind.SERVED,
        _served("udp", bare=True),
        Goal(1.35, (("uvloop", 1.0),)),
        Load("udp", 50, 64),
    ),
    Row(
        "lines",
        "LineReceiver, ping-pong",
        Kind.SERVED,
        _served("lines", bare=True),
        # Echo's bound, and the cutting.
        Goal(2.4, (("bare epoll loop", 1.3),)),
        Load("echo", 100, 64),
    ),
    Row("lines-pipelined", "LineReceiver, pipelined", Kind.SERVED, _served("batch"), Goal(2.0), Load("lines", 10, 64)),
    Row(
        "tls-echo",
        "TLS echo, 64 bytes, 50 connections",
        Kind.SERVED,
        _served("echo", "tls", bare=True),
        Goal(1.6, (("asyncio", 1.0),)),
        Load("echo", 50, 64, tls=True),
    ),
    Row(
        "tls-bulk",
        "TLS bulk echo, 64 KiB writes",
        Kind.SERVED,
        _served("echo", "tls", bare=True),
        Goal(1.5),
        Load("echo", 10, 65536, tls=True),
        unit="us per MB",
        per_megabyte=True,
    ),
    Row(
        "tls-accept",
        "TLS handshake and close",
        Kind.SERVED,
        _served("accept", "tls", bare=True),
        Goal(1.75),
        Load("accept", 20, 0, tls=True),
    ),
    Row(
        "idle-memory",
        "memory for each idle connection",
        Kind.RESIDENT,
        alike("twisted_stream.py", "echo"),
        Goal(1.0),
        Load("hold", 8000, 64),
        unit="KiB",
    ),
]
