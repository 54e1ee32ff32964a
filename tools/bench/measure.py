"""
Measuring: start a candidate, let it work, and see what CPU time it took.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.bench import environment
from tools.bench.model import Candidate, Kind, Load, Row


@dataclass(frozen=True)
class Sample:
    """One measurement: the row's figure, operations per second, and the share of a core."""

    figure: float
    rate: float
    share: float


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, of all threads of a process, to the nanosecond where the kernel tells."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_kib(pid: int) -> int:
    """The process's resident memory."""
    found = re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


@contextmanager
def serving(candidate: Candidate) -> Iterator[tuple[int, int]]:
    """Start a server and give its process id and the port it printed; end it afterwards."""
    process = subprocess.Popen(
        environment.command(candidate), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.strip().isdigit():
            raise environment.Unavailable(f"{candidate.label} ({candidate.program}) did not start: {line.strip()!r}")
        yield process.pid, int(line)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def ask(load: Load, port: int, seconds: float) -> tuple[int, int, float]:
    """Run the load; operations, bytes and seconds."""
    if load.command:
        words = [word.format(port=port, seconds=max(1, round(seconds))) for word in load.command]
        began = time.monotonic()
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds * 5 + 30, check=True)
        took = time.monotonic() - began
        found = re.search(load.pattern, done.stdout)
        if found is None:
            raise environment.Unavailable(f"{words[0]} printed no result:\n{done.stdout}\n{done.stderr}")
        return int(found[1]), 0, took
    words = [
        str(environment.binary("load")),
        load.mode,
        str(port),
        str(load.connections),
        str(load.size),
        str(seconds),
        *(["tls"] if load.tls else []),
    ]
    printed = subprocess.run(words, capture_output=True, text=True, timeout=seconds * 5 + 30, check=True).stdout
    told = json.loads(printed)
    if told["errors"] > told["operations"] / 100:
        raise environment.Unavailable(f"the load met {told['errors']} errors in {told['operations']} operations")
    return told["operations"], told["bytes"], told["seconds"]


def served(row: Row, candidate: Candidate, seconds: float) -> Sample:
    """Load a server, after a short warm-up, and divide its CPU time by what it did."""
    with serving(candidate) as (pid, port):
        ask(row.load, port, min(0.5, seconds))
        before = cpu_seconds(pid)
        operations, moved, took = ask(row.load, port, seconds)
        spent = cpu_seconds(pid) - before
    units = moved / 1e6 if row.per_megabyte else operations
    return Sample(spent / max(units, 1e-9) * row.scale, operations / took, spent / took)


def timed(row: Row, candidate: Candidate, seconds: float) -> Sample:
    """Let a program time its own loop: it prints operations and CPU seconds as JSON."""
    words = [*environment.command(candidate), str(seconds)]
    try:
        printed = subprocess.run(words, capture_output=True, text=True, timeout=seconds * 20 + 60, check=False)
    except subprocess.TimeoutExpired:
        raise environment.Unavailable(f"{candidate.label} did not end in {seconds * 20 + 60:.0f} s") from None
    if printed.returncode:
        raise environment.Unavailable(f"{candidate.label} failed: {printed.stderr.strip()[-400:]}")
    told = json.loads(printed.stdout.splitlines()[-1])
    return Sample(told["cpu"] / told["operations"] * row.scale, told["operations"] / told["seconds"], 1.0)


def started(row: Row, candidate: Candidate, seconds: float) -> Sample:
    """CPU time of starting a program, less that of an interpreter that does nothing."""
    words = environment.command(candidate)
    empty = [words[0], "-c", "pass"]
    # Whoever asks us to leave no bytecode behind would have us measure the compiler instead.
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def cost(line: list[str]) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            line, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=surroundings
        )
        if done.returncode:
            raise environment.Unavailable(f"{candidate.label} failed: {done.stderr.strip()[-400:]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    cost(words)
    rounds = 7
    spent = min(cost(words) for _ in range(rounds)) - min(cost(empty) for _ in range(rounds))
    return Sample(spent * row.scale, 1 / max(spent, 1e-9), 1.0)


def resident(row: Row, candidate: Candidate, seconds: float) -> Sample:
    """Memory that an idle connection takes."""
    with serving(candidate) as (pid, port):
        ask(Load("echo", 50, 64), port, 0.3)
        before = resident_kib(pid)
        words = [str(environment.binary("load")), "hold", str(port), str(row.load.connections), "64", "4"]
        holder = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        time.sleep(3)
        after = resident_kib(pid)
        holder.wait()
    return Sample((after - before) / row.load.connections, row.load.connections, 0.0)


_HOW = {Kind.SERVED: served, Kind.TIMED: timed, Kind.STARTED: started, Kind.RESIDENT: resident}


def sample(row: Row, candidate: Candidate, seconds: float) -> Sample:
    """Measure one candidate of one row once."""
    return _HOW[row.kind](row, candidate, seconds)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))
