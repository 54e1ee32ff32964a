"""What importing costs, in CPU milliseconds over an empty interpreter."""

from tools.bench.model import Candidate, Goal, Kind, Row, Runs, alike

_ASYNCIO = Candidate("import asyncio", Runs.PEERS, "imported.py", ("asyncio",))

ROWS = [
    Row(
        "import-reactor",
        "import of twisted.internet.reactor",
        Kind.STARTED,
        (*alike("imported.py", "twisted.internet.reactor"), _ASYNCIO),
        Goal(4, (("import asyncio", 1.1),)),
        unit="ms",
        scale=1e3,
    ),
    Row(
        "import-defer",
        "import of twisted.internet.defer",
        Kind.STARTED,
        (*alike("imported.py", "twisted.internet.defer"), _ASYNCIO),
        Goal(5),
        unit="ms",
        scale=1e3,
    ),
]
