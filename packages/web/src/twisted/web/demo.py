"""
A page that says that the server works.
"""

from twisted.web.static import Data

__all__ = ["Test"]

_PAGE = b"""\
<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>It works</title>
    <style>
      :root { color-scheme: light dark; }
      body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem; }
    </style>
  </head>
  <body>
    <h1>It works</h1>
    <p>This server has nothing to show yet: start it with <code>twist web --path FOLDER</code>.</p>
  </body>
</html>
"""


class Test(Data):
    """
    What `twist web` shows until it is told what to show.
    """

    __test__ = False  # It is none of pytest's.

    isLeaf = True

    def __init__(self) -> None:
        super().__init__(_PAGE, "text/html; charset=utf-8")
