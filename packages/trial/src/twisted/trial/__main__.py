"""``python -m twisted.trial`` is the ``trial`` command."""

import sys

from twisted.scripts.trial import run

if __name__ == "__main__":
    sys.argv[0] = "trial"
    run()
