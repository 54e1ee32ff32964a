"""What testing costs: a thousand tests that do nothing, and the import that each module of tests begins with."""

from tools.bench.model import Candidate, Goal, Kind, Row, Runs, alike

_UNITTEST = Candidate("unittest", Runs.PEERS, "trivial_tests.py", ("unittest", "unittest"))
_UNDER_PYTEST = "unittest.TestCase under pytest"

ROWS = [
    Row(
        "trial-tests",
        "1,000 trivial tests under trial",
        Kind.STARTED,
        (*alike("trivial_tests.py", "trial", "trial"), _UNITTEST),
        Goal(3),
        unit="ms",
        scale=1e3,
    ),
    Row(
        "trial-pytest",
        "1,000 trivial tests of trial under pytest",
        Kind.STARTED,
        (
            Candidate("ours", Runs.OURS, "trivial_tests.py", ("pytest", "trial")),
            Candidate(_UNDER_PYTEST, Runs.OURS, "trivial_tests.py", ("pytest", "unittest")),
        ),
        Goal(1, ((_UNDER_PYTEST, 1.0),)),
        unit="ms",
        scale=1e3,
    ),
    Row(
        "import-trial",
        "import of twisted.trial.unittest",
        Kind.STARTED,
        (
            *alike("imported.py", "twisted.trial.unittest"),
            Candidate("import unittest", Runs.PEERS, "imported.py", ("unittest",)),
        ),
        Goal(2.5),
        unit="ms",
        scale=1e3,
    ),
]
