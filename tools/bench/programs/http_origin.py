"""The origin that measured HTTP clients ask: a C program of this folder, compiled when it has changed."""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
BUILT = FOLDER.parent.parent / "build" / "bench" / "http_origin"


def compiled():
    source = FOLDER / "http_origin.c"
    if not BUILT.exists() or BUILT.stat().st_mtime < source.stat().st_mtime:
        compiler = shutil.which("cc")
        if compiler is None:
            raise SystemExit("no C compiler: apt install gcc")
        BUILT.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", str(BUILT), str(source)], check=True)
    return str(BUILT)


@contextmanager
def origin():
    """Start it, give its port, and end it."""
    process = subprocess.Popen([compiled()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()
