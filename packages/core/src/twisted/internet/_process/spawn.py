"""
What ``reactor.spawnProcess`` does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from twisted.internet._process.terminal import PTYProcess
from twisted.internet._process.transport import Process


def _checked(value: object, what: str) -> bytes:
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"{what} must be str or bytes, not {value!r}")
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise ValueError(f"embedded null byte in {what}: {value!r}")
    return encoded


def spawn_process(
    reactor: Any,
    protocol: Any,
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = None,
    path: str | bytes | None = None,
    uid: int | None = None,
    gid: int | None = None,
    usePTY: Any = False,
    childFDs: Mapping[int, int | str] | None = None,
) -> Process | PTYProcess:
    """
    Check the arguments of ``spawnProcess`` and start the program.

    Raises:
        OSError: The program cannot be started.
        TypeError: An argument or a variable of the environment is neither text nor bytes.
        ValueError: One holds a NUL byte; or *childFDs* was given with *usePTY*.
    """
    checked_args = [_checked(arg, "an argument") for arg in args]
    checked_env: dict[bytes, bytes] | None = None
    if env is not None:
        checked_env = {
            _checked(name, "the name of a variable"): _checked(value, f"the variable {name!r}")
            for name, value in env.items()
        }
    if usePTY:
        if childFDs is not None:
            raise ValueError("Using childFDs is not supported with usePTY=True.")
        return PTYProcess(reactor, executable, checked_args, checked_env, path, protocol, uid, gid, usePTY)
    return Process(reactor, executable, checked_args, checked_env, path, protocol, uid, gid, childFDs)
