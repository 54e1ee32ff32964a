"""
The command ``pyhtmlizer``: a Python file as a page, with a span around each word that says what it is.
"""

from __future__ import annotations

import sys
from html import escape

from twisted.copyright import version
from twisted.python import htmlizer, usage

header = """<html><head>
<title>%(title)s</title>
<meta name="Generator" content="%(generator)s" />
%(alternate)s
%(stylesheet)s
</head>
<body>
"""
footer = """</body>"""
styleLink = '<link rel="stylesheet" href="%s" type="text/css" />'
alternateLink = '<link rel="alternate" href="%(source)s" type="text/x-python" />'


class Options(usage.Options):
    """Which file, and with which style sheet."""

    synopsis = "pyhtmlizer [options] source.py"
    optParameters = [("stylesheet", "s", None, "URL of stylesheet to link to.")]
    compData = usage.Completions(extraActions=[usage.CompleteFiles("*.py", descr="source python file")])

    def parseArgs(self, filename: str) -> None:  # type: ignore[override]  # what it takes is what a command takes
        """Take the file's path."""
        self["filename"] = filename


def run() -> None:
    """Be the command: the page is written beside the file, with ``.html`` behind its name."""
    options = Options()
    try:
        options.parseOptions()
    except usage.UsageError as problem:
        print(problem)
        raise SystemExit(1) from None
    filename: str = options["filename"]
    stylesheet = options["stylesheet"]
    try:
        with open(filename, "rb") as source, open(filename + ".html", "wb") as page:
            start = header % {
                "title": escape(filename),
                "generator": f"htmlizer/{version}",
                "alternate": alternateLink % {"source": escape(filename)},
                "stylesheet": styleLink % escape(stylesheet) if stylesheet is not None else "",
            }
            page.write(start.encode("utf-8"))
            htmlizer.filter(source, page, htmlizer.SmallerHTMLWriter)
            page.write(footer.encode("utf-8"))
    except OSError as problem:
        print(f"pyhtmlizer: {problem}", file=sys.stderr)
        raise SystemExit(1) from None
