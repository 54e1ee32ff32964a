"""
Starting a program, with exactly the descriptors it is meant to have.

`posix_spawn` neither copies page tables nor runs Python in the child, whatever threads this process has. What it
cannot do (another folder, another user) is done in a fork.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

# Ignored signals would stay ignored in the new program, SIGPIPE above all, which Python ignores.
# The child of a terminal leads a session of its own. Any: the arguments are of several types.
_SESSION: dict[str, Any] = {"setsid": True}
_RESET: list[int] = (
    [int(number) for number in signal.valid_signals() if number not in (signal.SIGKILL, signal.SIGSTOP)]
    if hasattr(signal, "SIGKILL")
    else []
)
_CLOSE_FROM: int | None = getattr(os, "POSIX_SPAWN_CLOSEFROM", None)
_FOLDERS_OF_DESCRIPTORS = ("/proc/self/fd", "/dev/fd")

Text = str | bytes


def open_descriptors() -> list[int]:
    """List the descriptors of this process; without a folder that shows them, all that are possible."""
    for folder in _FOLDERS_OF_DESCRIPTORS:
        try:
            return [int(name) for name in os.listdir(folder)]
        except (OSError, ValueError):
            continue
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return list(range(256 if most == resource.RLIM_INFINITY else min(most, 65536)))


def launch(
    executable: Text,
    args: Sequence[Text],
    environment: Mapping[Any, Any] | None,
    path: Text | None,
    uid: int | None,
    gid: int | None,
    descriptors: Mapping[int, int] | None,
    terminal: str | None = None,
    arranging: Callable[[dict[int, int]], object] | None = None,
) -> int:
    """
    Start a program.

    Args:
        executable: A path, or a name to look for in ``PATH``.
        args: Its arguments, the first one being its name.
        environment: Its whole environment; `None` for ours.
        path: The folder to start in.
        uid: The user to run as.
        gid: The group to run as.
        descriptors: Which descriptor of ours is which one of the child's: child's number to ours.
        terminal: Instead of *descriptors*, the name of a terminal to make the child's own, in a session of its own.
        arranging: Called in the child, with the descriptors, instead of `arrange`. This takes a fork.

    Returns:
        The child's number.

    Raises:
        OSError: It cannot be started. Only a fork reports this otherwise: by a text on the child's standard error
            and exit status 1.
    """
    if environment is None:
        environment = os.environ
    if path is None and uid is None and gid is None and arranging is None and hasattr(os, "posix_spawnp"):
        try:
            return _spawn(executable, args, environment, descriptors, terminal)
        except NotImplementedError:
            pass  # A C library without sessions in posix_spawn.
    return _fork(executable, args, environment, path, uid, gid, descriptors, terminal, arranging or arrange)


def _spawn(
    executable: Text,
    args: Sequence[Text],
    environment: Mapping[Any, Any],
    descriptors: Mapping[int, int] | None,
    terminal: str | None,
) -> int:
    actions: list[tuple[Any, ...]] = []  # Differently shaped tuples, as os.posix_spawn takes them.
    moved: list[int] = []
    try:
        if terminal is not None:
            targets = {0, 1, 2}
            actions.append((os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0))
            actions += [(os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
        else:
            wanted = dict(descriptors or {})
            targets = set(wanted)
            beyond = max(targets, default=2) + 1
            for target, source in wanted.items():
                if source in targets and source != target:
                    # Overwritten before its turn comes: use a copy that stands out of the way.
                    import fcntl

                    source = fcntl.fcntl(source, fcntl.F_DUPFD_CLOEXEC, beyond)
                    moved.append(source)
                actions.append((os.POSIX_SPAWN_DUP2, source, target))
        actions += _closing(targets)
        return os.posix_spawnp(
            executable,
            list(args),
            # What is beneath os.environ, bytes already: a walk over os.environ decodes and encodes all of it.
            getattr(environment, "_data", environment) if environment is os.environ else environment,
            file_actions=actions,
            setsigdef=_RESET,
            **(_SESSION if terminal is not None else {}),
        )
    finally:
        for copy in moved:
            os.close(copy)


def _closing(targets: set[int]) -> list[tuple[Any, ...]]:
    """Say what else must be closed. Nearly all descriptors are closed by themselves (PEP 446)."""
    if _CLOSE_FROM is not None:
        beyond = max(targets, default=2) + 1
        low: list[tuple[Any, ...]] = [(os.POSIX_SPAWN_CLOSE, fd) for fd in range(beyond) if fd not in targets]
        return [*low, (_CLOSE_FROM, beyond)]
    closing: list[tuple[Any, ...]] = []
    for fd in open_descriptors():
        if fd not in targets:
            try:
                if os.get_inheritable(fd):
                    closing.append((os.POSIX_SPAWN_CLOSE, fd))
            except OSError:
                continue  # The one that the folder was listed by.
    return closing


def _fork(
    executable: Text,
    args: Sequence[Text],
    environment: Mapping[Any, Any],
    path: Text | None,
    uid: int | None,
    gid: int | None,
    descriptors: Mapping[int, int] | None,
    terminal: str | None,
    arranging: Callable[[dict[int, int]], object],
) -> int:
    # All that the child calls is imported here: another thread may hold an import lock at the moment of the fork.
    import traceback

    switch: Any = None  # twisted.python.util.switchUID, where it is needed.
    if uid is not None:
        from twisted.python.util import switchUID as switch

    environment = dict(environment)
    pid = os.fork()
    if pid:
        return pid
    try:
        sys.settrace(None)
        if terminal is not None:
            _own_terminal(terminal)
            wanted = {0: 0, 1: 1, 2: 2}
        else:
            wanted = dict(descriptors or {})
        arranging(wanted)
        if path is not None:
            os.chdir(path)
        if uid is not None or gid is not None:
            _become(uid, gid, switch)
        for number in _RESET:
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        os.execvpe(executable, list(args), environment)
    except BaseException:
        _give_up(f"Cannot start {executable!r} {list(args)!r}:\n{traceback.format_exc()}")


def _give_up(message: str) -> NoReturn:
    try:
        os.write(2, message.encode("utf-8", "backslashreplace"))
    finally:
        os._exit(1)


def _own_terminal(terminal: str) -> None:
    os.setsid()
    descriptor = os.open(terminal, os.O_RDWR)
    try:
        import fcntl
        import termios

        # Where opening it was not enough to make it the session's.
        fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
    except OSError:
        pass
    for target in (0, 1, 2):
        os.dup2(descriptor, target)
    if descriptor > 2:
        os.close(descriptor)


def arrange(wanted: dict[int, int]) -> None:
    """Give the descriptors their numbers, and close all others."""
    import fcntl

    beyond = max(wanted, default=2) + 1
    clear = {target: fcntl.fcntl(source, fcntl.F_DUPFD, beyond) for target, source in wanted.items()}
    for target, copy in clear.items():
        os.dup2(copy, target)
    for descriptor in open_descriptors():
        if descriptor not in wanted:
            try:
                os.close(descriptor)
            except OSError:
                continue


def _become(uid: int | None, gid: int | None, switch: Any) -> None:
    if os.getuid() == 0 or os.getresuid()[2] == 0:
        # Root that works under another name for the time being.
        os.seteuid(0)
        os.setegid(0)
    if uid is not None:
        switch(uid, gid)
    elif gid is not None:
        os.setgid(gid)
