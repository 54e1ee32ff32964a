"""
``python -m tools.demo``: open every service, try each, then stay until Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from twisted.application.service import Service as ApplicationService
from twisted.application.twist._twist import Twist
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

from tools.demo import certificate, services
from tools.demo.stand import Line, Service, Stall, Stand


def all_services() -> list[Service]:
    """The services of every module in ``services``, in the order of the modules' names."""
    found: list[Service] = []
    for module in sorted(iter_modules(services.__path__), key=lambda module: module.name):
        found += import_module(f"{services.__name__}.{module.name}").SERVICES
    return found


class Demo(ApplicationService):
    """One run, as a service: what is open, and how it went."""

    def __init__(self, stand: Stand, pattern: str, opened: Callable[[], None]) -> None:
        self.stand, self.pattern, self.opened = stand, pattern, opened
        self.stalls: list[Stall] = []
        self.failed: list[str] = []

    def startService(self) -> None:
        """Open everything, as soon as the reactor runs."""
        super().startService()
        self.stand.reactor.callWhenRunning(self._begin)

    def stopService(self) -> Deferred[None]:
        """Close everything. The Deferred fires when nobody listens any more."""
        super().stopService()
        return ensureDeferred(self.close_all())

    def _begin(self) -> None:
        opening = ensureDeferred(self.open_all())
        opening.addCallback(lambda _: self.opened()).addErrback(self._broken)

    def _broken(self, failure: Failure) -> None:
        self.failed.append("demo")
        failure.printTraceback()
        self.stand.reactor.stop()

    async def open_all(self) -> None:
        """Open every service, and try each."""
        for service in all_services():
            try:
                stall = await service.open(self.stand)
            except Exception as error:
                self.tell(service, "", f"cannot be opened: {type(error).__name__}: {error}")
                self.failed.append(service.name)
                continue
            self.stalls.append(stall)
            if fnmatch(service.name, self.pattern):
                await self.try_one(service, stall)

    async def try_one(self, service: Service, stall: Stall) -> None:
        """Let a service's own client check it, and tell."""
        try:
            self.tell(service, stall.address, f"works: {await stall.check()}", stall.by_hand)
        except Exception as error:
            self.tell(service, stall.address, f"FAILED: {type(error).__name__}: {error}", stall.by_hand)
            self.failed.append(service.name)

    def tell(self, service: Service, address: str, state: str, by_hand: str = "") -> None:
        """Print a service's line, and below it what to type."""
        self.stand.board.append(Line(service.name, address, state, by_hand, state.startswith("works")))
        print(f"{service.name:<17} {address:<32} {state}", flush=True)
        if by_hand:
            print(f"{'':<17} {by_hand}", flush=True)

    async def close_all(self) -> None:
        """Listen no more."""
        for stall in reversed(self.stalls):
            closing = stall.close()
            if closing is not None:
                await closing


def main(arguments: list[str] | None = None) -> int:
    """Run the demo and give the exit code: 0 when every service answered its own client."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=__doc__)
    parser.add_argument("--check", action="store_true", help="end after the self-check")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="check only services like this: '* over TLS'")
    options = parser.parse_args(arguments)

    from twisted.internet import reactor as default_reactor

    # Any: the name is a module to a type checker, and the reactor itself to a program.
    reactor: Any = default_reactor
    quiet = True

    def show(text: str) -> None:
        if not quiet:
            print(text, flush=True)

    def opened() -> None:
        nonlocal quiet
        count = len(all_services())
        if options.check or demo.failed:
            print(f"{len(demo.failed)} of {count} failed" if demo.failed else f"all {count} services work")
            reactor.stop()
            return
        quiet = False
        print(f"{count} services are open, in one process and one reactor. Try them; Ctrl-C stops.", flush=True)

    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        demo = Demo(Stand(reactor, Path(folder), certificate.make(), show), options.only, opened)
        Twist.startService(reactor, demo)
        reactor.run()
    print("stopped", flush=True)
    return int(bool(demo.failed))


if __name__ == "__main__":
    sys.exit(main())
