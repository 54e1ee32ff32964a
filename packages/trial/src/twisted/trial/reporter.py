"""
Reporters: what tells people how their tests go.

`TestResult` keeps what became of tests. `Reporter` writes what went wrong at the end; its subclasses also write each
test as it comes: `TreeReporter` as a tree, `VerboseTextReporter` on a line of its own, `TextReporter` as a letter.

`_reporter.results` keeps, `_reporter.texts` and `_reporter.tree` write, `_reporter.tracebacks` says what a traceback
looks like.
"""

from twisted.python._facade import publish
from twisted.trial._reporter.results import (
    BrokenTestCaseWarning,
    ExcInfo,
    TestResult,
    TestResultDecorator,
    TrialFailure,
    UncleanWarningsReporterWrapper,
    XUnitFailure,
)
from twisted.trial._reporter.streams import SafeStream
from twisted.trial._reporter.subunits import SubunitReporter, _client
from twisted.trial._reporter.texts import (
    MinimalReporter,
    Reporter,
    TextReporter,
    TimingTextReporter,
    VerboseTextReporter,
)
from twisted.trial._reporter.tree import TreeReporter

__all__ = [
    "BrokenTestCaseWarning",
    "ExcInfo",
    "MinimalReporter",
    "Reporter",
    "SafeStream",
    "SubunitReporter",
    "TestProtocolClient",
    "TestResult",
    "TestResultDecorator",
    "TextReporter",
    "TimingTextReporter",
    "TreeReporter",
    "TrialFailure",
    "UncleanWarningsReporterWrapper",
    "VerboseTextReporter",
    "XUnitFailure",
]
#: The subunit library's class, or `None` if that is not installed.
TestProtocolClient = _client()
publish(__name__, __all__)
