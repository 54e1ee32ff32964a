"""What happens between this process and a new program, with an operating system that only takes notes."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sys
from typing import Any

import pytest

from twisted.internet._process import launch as launching
from twisted.internet._process.launch import launch, open_descriptors


class Executed(BaseException):
    """The new program has taken over."""


class Exited(BaseException):
    """The child has given up."""


class Partly:
    """A module in which some names stand for others; the tests' own surroundings keep the real one."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def partly(real: Any) -> Any:
    return Partly(real)


class System:
    """Takes notes; `executing` is raised in place of the new program."""

    def __init__(self, patch: pytest.MonkeyPatch, executing: BaseException) -> None:
        self.notes: list[Any] = []
        self.copies: list[int] = []
        self.executing = executing
        self.open = [0, 1, 2, 7, 9, 44]
        self.user, self.saved_user = 1000, 1000
        self.os: Any = partly(os)
        for name in ("chdir", "setsid", "seteuid", "setegid", "setgid", "dup2", "write"):
            setattr(self.os, name, self.noting(name))
        self.os.fork = lambda: 0
        self.os.execvpe = self.execute
        self.os._exit = self.exit
        self.os.open = self.noting("open", 44)
        self.os.close = self.close
        self.os.getuid = lambda: self.user
        self.os.getresuid = lambda: (self.user, self.user, self.saved_user)
        self.fcntl: Any = partly(fcntl)
        self.fcntl.fcntl = self.duplicate
        self.fcntl.ioctl = self.noting("ioctl")
        signals: Any = partly(signal)
        signals.signal = self.noting("signal")
        signals.getsignal = lambda number: signal.SIG_IGN if number == signal.SIGPIPE else None
        interpreter: Any = partly(sys)
        interpreter.settrace = lambda function: None
        for name, module in {"os": self.os, "signal": signals, "sys": interpreter}.items():
            patch.setattr(launching, name, module)
        patch.setitem(sys.modules, "fcntl", self.fcntl)
        patch.setattr(launching, "open_descriptors", lambda: list(self.open))

    def noting(self, name: str, answer: Any = None) -> Any:
        def call(*arguments: Any) -> Any:
            self.notes.append((name, *arguments))
            return answer

        return call

    def execute(self, *arguments: Any) -> None:
        self.notes.append(("exec", *arguments))
        raise self.executing

    def exit(self, code: int) -> None:
        raise Exited(code)

    def close(self, descriptor: int) -> None:
        self.notes.append(("close", descriptor))
        if descriptor == 9:
            raise OSError(errno.EBADF, "it was the one of the listing")

    def duplicate(self, descriptor: int, how: int, beyond: int) -> int:
        self.notes.append(("copy", descriptor, beyond))
        self.copies.append(how)
        return 100 + descriptor

    def words(self) -> list[str]:
        return [note[0] for note in self.notes]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    # A new program never comes back: what is raised in its place is reported, and then the child ends.
    return System(monkeypatch, Executed())


def in_child(**changes: Any) -> None:
    """Be the child."""
    arguments: dict[str, Any] = {"environment": {"A": "b"}, "path": "/tmp", "uid": None, "gid": None}
    arguments |= {"descriptors": {0: 7, 1: 1}, **changes}
    with pytest.raises(Exited):
        launch("/bin/x", ("x", "y"), **arguments)


def test_a_child_goes_to_its_folder_with_its_descriptors_and_signals_and_becomes_the_program(system: System) -> None:
    in_child()

    assert system.notes[:-1] == [
        ("copy", 7, 2),
        ("copy", 1, 2),
        ("dup2", 107, 0),
        ("dup2", 101, 1),
        # All but those that it was given.
        ("close", 2),
        ("close", 7),
        ("close", 9),
        ("close", 44),
        ("chdir", "/tmp"),
        ("signal", signal.SIGPIPE, signal.SIG_DFL),
        ("exec", "/bin/x", ["x", "y"], {"A": "b"}),
    ]


def test_a_child_without_descriptors_has_none(system: System) -> None:
    in_child(descriptors=None)

    assert [note for note in system.notes if note[0] in ("copy", "dup2")] == []
    assert [note[1] for note in system.notes if note[0] == "close"] == system.open


def test_copies_stand_beyond_the_highest_number(system: System) -> None:
    in_child(descriptors={3: 0, 0: 3})

    assert [note for note in system.notes if note[0] in ("copy", "dup2")] == [
        ("copy", 0, 4),
        ("copy", 3, 4),
        ("dup2", 100, 3),
        ("dup2", 103, 0),
    ]


def test_without_an_environment_it_is_ours(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY_HERE", "yes")

    in_child(environment=None)

    assert system.notes[-2][3]["ONLY_HERE"] == "yes"


def test_a_child_that_cannot_become_the_program_says_why_and_ends_with_1(system: System) -> None:
    system.executing = FileNotFoundError("nothing there \udcff")

    with pytest.raises(Exited) as ended:
        launch("/bin/x", ["x"], {}, "/tmp", None, None, {})

    assert ended.value.args == (1,)
    name, descriptor, said = system.notes[-1]
    assert (name, descriptor) == ("write", 2)
    assert said.startswith(b"Cannot start '/bin/x' ['x']:\nTraceback")
    assert b"FileNotFoundError: nothing there \\udcff" in said


def test_a_child_that_cannot_even_say_why_ends_all_the_same(system: System) -> None:
    def closed(descriptor: int, data: bytes) -> None:
        raise OSError(errno.EBADF, "closed")

    system.os.write = closed

    in_child()


def test_a_group_is_set_without_a_user(system: System) -> None:
    in_child(path=None, gid=5)

    assert ("setgid", 5) in system.notes
    assert "seteuid" not in system.words() and "chdir" not in system.words()


@pytest.mark.parametrize(("user", "saved"), [(0, 0), (0, 1000), (1000, 0)])
def test_root_under_another_name_becomes_root_first(system: System, user: int, saved: int) -> None:
    system.user, system.saved_user = user, saved

    in_child(path=None, gid=5)

    assert [note for note in system.notes if note[0].startswith("set")] == [
        ("seteuid", 0),
        ("setegid", 0),
        ("setgid", 5),
    ]


def test_a_user_is_switched_to_with_the_group(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted.python.util.switchUID", system.noting("switch"))

    in_child(path=None, uid=4, gid=5)

    assert ("switch", 4, 5) in system.notes and "setgid" not in system.words()
    assert system.words().index("switch") < system.words().index("exec")


def test_a_terminal_becomes_the_session_s_and_all_three_descriptors(system: System) -> None:
    import termios

    in_child(descriptors=None, terminal="/dev/pts/9")

    assert system.notes[:8] == [
        ("setsid",),
        ("open", "/dev/pts/9", os.O_RDWR),
        ("ioctl", 44, termios.TIOCSCTTY, 0),
        ("dup2", 44, 0),
        ("dup2", 44, 1),
        ("dup2", 44, 2),
        ("close", 44),
        ("copy", 0, 3),
    ]
    assert [note[1] for note in system.notes if note[0] == "copy"] == [0, 1, 2]


@pytest.mark.parametrize("descriptor", [0, 2, 3])
def test_a_terminal_that_is_one_of_the_three_stays(system: System, descriptor: int) -> None:
    def owned(*arguments: Any) -> None:
        raise OSError(errno.EPERM, "it is the session's already")

    system.os.open = lambda path, flags: descriptor
    system.fcntl.ioctl = owned

    in_child(descriptors=None, terminal="/dev/pts/9")

    assert system.notes[:4] == [("setsid",), *(("dup2", descriptor, target) for target in (0, 1, 2))]
    assert (system.notes[4] == ("close", 3)) == (descriptor == 3)


def test_the_parent_gets_the_child_s_number(system: System) -> None:
    system.os.fork = lambda: 4711

    assert launch("/bin/x", ["x"], {}, "/tmp", None, None, {}) == 4711
    assert system.notes == []


@pytest.fixture
def spawned(system: System, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `os.posix_spawnp` was asked for."""
    asked: list[Any] = []

    def spawn(*arguments: Any, **named: Any) -> int:
        asked.append((*arguments, named))
        return 4712

    def inheritable(descriptor: int) -> bool:
        if descriptor == 9:
            raise OSError(errno.EBADF, "it was the one of the listing")
        return descriptor < 3

    system.os.posix_spawnp = spawn
    system.os.get_inheritable = inheritable
    system.os.fork = lambda: 4711
    monkeypatch.setattr(launching, "_CLOSE_FROM", None)
    return asked


def test_what_a_program_would_inherit_is_closed(spawned: list[Any]) -> None:
    assert launch("/bin/x", ("x",), {"A": "b"}, None, None, None, {1: 7}) == 4712

    ((executable, args, environment, options),) = spawned
    assert (executable, args, environment) == ("/bin/x", ["x"], {"A": "b"})
    assert options["file_actions"] == [
        (os.POSIX_SPAWN_DUP2, 7, 1),
        (os.POSIX_SPAWN_CLOSE, 0),
        (os.POSIX_SPAWN_CLOSE, 2),
    ]
    assert "setsid" not in options
    assert signal.SIGPIPE in options["setsigdef"] and signal.SIGKILL not in options["setsigdef"]


def test_where_closing_from_a_number_on_is_known_it_is_used(
    spawned: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "_CLOSE_FROM", "close from")

    launch("/bin/x", ["x"], {}, None, None, None, {0: 0, 2: 7})
    launch("/bin/x", ["x"], {}, None, None, None, None)

    first, second = (asked[3]["file_actions"] for asked in spawned)
    assert first[2:] == [(os.POSIX_SPAWN_CLOSE, 1), ("close from", 3)]
    assert second == [*((os.POSIX_SPAWN_CLOSE, number) for number in (0, 1, 2)), ("close from", 3)]


def test_a_terminal_is_opened_in_a_new_session(spawned: list[Any]) -> None:
    launch("/bin/x", ["x"], {}, None, None, None, None, terminal="/dev/pts/9")

    options = spawned[0][3]
    assert options["setsid"] is True
    assert options["file_actions"] == [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/pts/9", os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]


def test_descriptors_that_cross_are_copied_out_of_the_way(system: System, spawned: list[Any]) -> None:
    launch("/bin/x", ["x"], {}, None, None, None, {0: 1, 1: 0, 2: 2})

    assert spawned[0][3]["file_actions"][:3] == [
        (os.POSIX_SPAWN_DUP2, 101, 0),
        (os.POSIX_SPAWN_DUP2, 100, 1),
        (os.POSIX_SPAWN_DUP2, 2, 2),
    ]
    assert system.notes == [("copy", 1, 3), ("copy", 0, 3), ("close", 101), ("close", 100)]
    assert system.copies == [fcntl.F_DUPFD_CLOEXEC] * 2


def test_a_system_without_sessions_in_spawn_forks(system: System) -> None:
    def unable(*arguments: Any, **named: Any) -> int:
        raise NotImplementedError("setsid")

    system.os.posix_spawnp = unable

    in_child(path=None)

    assert "exec" in system.words()


@pytest.mark.parametrize("reason", [{"path": "/"}, {"uid": 1}, {"gid": 1}])
def test_another_folder_or_user_takes_a_fork(spawned: list[Any], reason: dict[str, Any]) -> None:
    assert launch("/bin/x", ["x"], {}, **{"path": None, "uid": None, "gid": None, **reason}, descriptors={}) == 4711
    assert spawned == []


def test_open_descriptors_are_listed_by_the_first_folder_that_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {"/proc/self/fd": ["0", "17"], "/dev/fd": ["0", "18"]}
    monkeypatch.setattr(os, "listdir", lambda folder: folders[folder])
    assert open_descriptors() == [0, 17]

    # On FreeBSD without fdescfs, /dev/fd has three only; what cannot be read at all is passed over.
    folders["/proc/self/fd"] = ["no number"]
    assert open_descriptors() == [0, 18]


@pytest.mark.parametrize(("limit", "expected"), [(100, 100), (1_000_000, 65536), (None, 256)])
def test_where_no_folder_shows_descriptors_all_possible_ones_are_meant(
    monkeypatch: pytest.MonkeyPatch, limit: int | None, expected: int
) -> None:
    import resource

    def nothing(folder: str) -> list[str]:
        raise FileNotFoundError(folder)

    monkeypatch.setattr(os, "listdir", nothing)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (10, resource.RLIM_INFINITY if limit is None else limit))

    assert open_descriptors() == list(range(expected))
