"""See the package."""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Bytes that parsers of text protocols tend to stumble over.
ODD = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"0",
    b"-1",
    b"\xff",
    b"9" * 20,
    b"\r\n\r\n",
    b'"',
    b"%",
]


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """Make an input that is nearly like one of the seeds."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(data))
        length = chance.choice([0, 1, 1, 2, 4, 16, 64])
        way = chance.randrange(6)
        if way == 0:
            data[at : at + length] = b""
        elif way == 1:
            data[at:at] = chance.choice(ODD)
        elif way == 2:
            data[at : at + length] = chance.randbytes(length)
        elif way == 3:
            data[at:at] = data[at : at + length] * chance.randint(1, 40)
        elif way == 4:
            other = chance.choice(seeds)
            begin = chance.randint(0, len(other))
            data[at : at + length] = other[begin : begin + chance.randint(0, 100)]
        elif data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
    return bytes(data)


def fuzz(check: Callable[[bytes], None], seeds: list[bytes], seconds: float, seed: int, keep: Path) -> int:
    """Check inputs for a while; the first that fails is kept, and ends it with 1."""
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        data = seeds[count] if count < len(seeds) else mutated(seeds, chance)
        count += 1
        try:
            check(data)
        except Exception:
            traceback.print_exc()
            found = keep / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
            found.write_bytes(data)
            print(f"input number {count} fails: {found}")
            return 1
    print(f"{count} inputs, and nothing wrong")
    return 0


def main() -> int:
    """Read the command line, and fuzz."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Fuzz a parser.")
    parser.add_argument("target", help="a module of tools/fuzz, without its ending")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same inputs")
    parser.add_argument("--coverage", action="store_true", help="be led by coverage; needs atheris")
    options = parser.parse_args()
    target = import_module(f"tools.fuzz.{options.target}")
    folder = ROOT / target.SEEDS
    seeds = [path.read_bytes() for path in sorted(folder.iterdir())]
    if options.coverage:
        atheris = import_module("atheris")

        atheris.instrument_all()
        atheris.Setup([sys.argv[0], f"-max_total_time={options.seconds:.0f}", str(folder)], target.check)
        atheris.Fuzz()
        return 0
    return fuzz(target.check, seeds, options.seconds, options.seed, folder)


if __name__ == "__main__":
    sys.exit(main())
