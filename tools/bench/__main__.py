"""
``python -m tools.bench [ROW ...]``: run rows, all candidates interleaved, and print what each costs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from fnmatch import fnmatch
from importlib import import_module
from pkgutil import iter_modules

from tools.bench import measure, rows
from tools.bench.environment import Unavailable
from tools.bench.measure import Sample
from tools.bench.model import Row


def all_rows() -> list[Row]:
    """The rows of every module in ``rows``, in the order of the modules' names."""
    found: list[Row] = []
    for module in sorted(iter_modules(rows.__path__), key=lambda module: module.name):
        found += import_module(f"{rows.__name__}.{module.name}").ROWS
    return found


def run(row: Row, rounds: int, seconds: float) -> dict[str, list[Sample]]:
    """Measure a row's candidates in turn, *rounds* times; who cannot run is told and left out."""
    samples: dict[str, list[Sample]] = {candidate.label: [] for candidate in row.candidates}
    for _ in range(rounds):
        for candidate in row.candidates:
            if candidate.label not in samples:
                continue
            try:
                samples[candidate.label].append(measure.sample(row, candidate, seconds))
            except Unavailable as why:
                print(f"  {candidate.label}: left out: {why}", file=sys.stderr)
                del samples[candidate.label]
    return samples


def report(row: Row, samples: dict[str, list[Sample]]) -> bool:
    """Print a row's figures and ratios; tell whether its goal was met."""
    middle = {
        label: statistics.median(one.figure for one in all_of_it) for label, all_of_it in samples.items() if all_of_it
    }
    print(f"\n{row.name}: {row.title} ({row.unit})")
    for label, figure in middle.items():
        rate = statistics.median(one.rate for one in samples[label])
        share = statistics.median(one.share for one in samples[label])
        spread = [one.figure for one in samples[label]]
        beside = (
            f"ours is {middle['ours'] / figure:5.2f} of it"
            if "ours" in middle and label != "ours" and figure > 0
            else ""
        )
        print(
            f"  {label:<22} {figure:10.2f}  ({min(spread):.2f} to {max(spread):.2f})"
            f"  {rate:11.0f}/s  {share:4.0%} of a core  {beside}"
        )
    if row.goal is None or "ours" not in middle:
        return True
    than_reference, than_others = True, []
    if "Twisted" in middle:
        times = middle["Twisted"] / middle["ours"]
        than_reference = times >= row.goal.than_reference
        verdict = "met" if than_reference else "MISSED"
        print(f"  -> {times:.2f} times less than Twisted, goal {row.goal.than_reference}: {verdict}")
    for label, most in row.goal.than_others:
        if label in middle:
            ratio = middle["ours"] / middle[label]
            than_others.append(ratio <= most)
            print(f"  -> {ratio:.2f} of {label}, goal at most {most}: {'met' if ratio <= most else 'MISSED'}")
    # Ratios to released Twisted move with the machine, most where the kernel does the work: the limit decides.
    met = all(than_others) if than_others else than_reference
    if than_others and met != than_reference:
        print(f"  -> {'met' if met else 'MISSED'}: what it is beside the others decides")
    sys.stdout.flush()
    return met


def main() -> int:
    """Run what the command line asks for; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="tools.bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="names or patterns of rows (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved measurements of each candidate")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one measurement")
    parser.add_argument("--list", action="store_true", help="list the rows and stop")
    options = parser.parse_args()
    chosen = [row for row in all_rows() if not options.rows or any(fnmatch(row.name, one) for one in options.rows)]
    if not chosen:
        parser.error(f"no row matches {' '.join(options.rows)}; --list shows them")
    if options.list:
        for row in chosen:
            print(f"{row.name:<24} {row.title}")
        return 0
    missed = [row.name for row in chosen if not report(row, run(row, options.rounds, options.seconds))]
    print(
        f"\n{len(chosen) - len(missed)} of {len(chosen)} rows met their goals"
        + (f"; missed: {', '.join(missed)}" if missed else "")
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
