"""
The reporters that come with twisted-trial.
"""

from zope.interface import directlyProvides

from twisted.plugin import IPlugin
from twisted.trial.itrial import IReporter

__all__ = ["BlackAndWhite", "Classic", "Minimal", "Subunit", "Timing", "Tree"]


class _Reporter:
    """
    A reporter that is found by name, and imported when it is chosen.

    Args:
        name: What people call it.
        klass: Its class in `twisted.trial.reporter`.
        longOpt: The word on the command line.
        shortOpt: A letter for it.
        description: A line about it.
    """

    module = "twisted.trial.reporter"

    def __init__(self, name: str, klass: str, longOpt: str, shortOpt: str | None, description: str) -> None:
        self.name = name
        self.klass = klass
        self.longOpt = longOpt
        self.shortOpt = shortOpt
        self.description = description
        # It leads to what provides that.
        directlyProvides(self, IPlugin, IReporter)


Tree = _Reporter("Tree Reporter", "TreeReporter", "verbose", "v", "a tree of tests, in colours (default reporter)")
BlackAndWhite = _Reporter(
    "Black-And-White Reporter", "VerboseTextReporter", "bwverbose", "o", "a line for each test, without colours"
)
Minimal = _Reporter("Minimal Reporter", "MinimalReporter", "summary", "s", "a line of figures at the end")
Classic = _Reporter("Classic Reporter", "TextReporter", "text", "t", "a letter for each test")
Timing = _Reporter("Timing Reporter", "TimingTextReporter", "timing", None, "a line for each test, and its time")
Subunit = _Reporter("Subunit Reporter", "SubunitReporter", "subunit", None, "the subunit protocol, for machines")
