"""Becoming other users, intervals side by side, what is shown and compared, and calls made again."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import pytest

from twisted.python import util


class System:
    """Stands for the system's users: notes who becomes whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, uid: int = 0, gid: int = 0) -> None:
        self.uid, self.gid, self.calls = uid, gid, list[Any]()
        for name in ("setuid", "setgid", "seteuid", "setegid"):
            monkeypatch.setattr(os, name, self._noting(name))
        monkeypatch.setattr(os, "getuid", lambda: self.uid)
        monkeypatch.setattr(os, "getgid", lambda: self.gid)
        monkeypatch.setattr(os, "geteuid", lambda: self.uid)
        monkeypatch.setattr(os, "getegid", lambda: self.gid)
        monkeypatch.setattr(os, "initgroups", lambda name, gid: self.calls.append(("initgroups", name, gid)))
        monkeypatch.setattr(os, "setgroups", lambda groups: self.calls.append(("setgroups", groups)))

    def _noting(self, name: str) -> Any:
        def become(number: int) -> None:
            self.calls.append((name, number))
            if "uid" in name:
                self.uid = number
            else:
                self.gid = number

        return become


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


# Nobody's number: a user of this system may have any small one.
NOBODYS = 2**31 - 7


def test_another_user_is_become_group_first(root: System) -> None:
    util.switchUID(NOBODYS, 7)

    assert root.calls == [("setgid", 7), ("setgroups", [7]), ("setuid", NOBODYS)]


def test_the_effective_user_alone_can_be_changed(root: System) -> None:
    util.switchUID(NOBODYS, 7, euid=True)

    assert root.calls == [("setegid", 7), ("setgroups", [7]), ("seteuid", NOBODYS)]


def test_without_a_group_the_group_stays(root: System) -> None:
    root.gid = 5
    util.switchUID(NOBODYS, None)
    assert root.calls == [("setgroups", [5]), ("setuid", NOBODYS)]
    root.calls.clear()
    util.switchUID(None, 8)
    util.switchUID(None, None)

    assert root.calls == [("setgid", 8)]


def test_a_user_with_a_name_has_the_groups_of_that_name(root: System) -> None:
    import pwd

    entry = pwd.getpwall()[0]
    util.initgroups(entry.pw_uid, 9)

    assert root.calls == [("initgroups", pwd.getpwuid(entry.pw_uid).pw_name, 9)]


@pytest.mark.parametrize(("euid", "kind"), [(False, "uid"), (True, "euid")])
def test_who_is_somebody_already_is_warned_and_stays(euid: bool, kind: str, root: System) -> None:
    root.uid = 12
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        util.switchUID(12, 3, euid)

    assert [call for call in root.calls if call[0] != f"set{'e' if euid else ''}gid"] == []
    assert str(seen[0].message) == (
        f"tried to drop privileges and set{kind} 12 but {kind} is already 12; should we be root? Continuing."
    )
    assert seen[0].filename == __file__


@pytest.mark.parametrize(
    ("before", "wanted", "calls"),
    [
        ((0, 0), (0, 0), ["call"]),
        ((5, 6), (5, 6), ["call"]),
        ((0, 0), (5, 6), [("setegid", 6), ("seteuid", 5), "call", ("seteuid", 0), ("setegid", 0)]),
        ((0, 0), (0, 6), [("setegid", 6), "call", ("setegid", 0)]),
        ((5, 6), (0, 0), [("seteuid", 0), ("setegid", 0), "call", ("setegid", 6), ("seteuid", 5)]),
        (
            (5, 6),
            (7, 8),
            [("seteuid", 0), ("setegid", 8), ("seteuid", 7), "call", ("seteuid", 0), ("setegid", 6), ("seteuid", 5)],
        ),
        (
            (5, 6),
            (5, 8),
            [("seteuid", 0), ("setegid", 8), ("seteuid", 5), "call", ("seteuid", 0), ("setegid", 6), ("seteuid", 5)],
        ),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_a_call_as_another_user_ends_as_the_first_one(
    before: tuple[int, int], wanted: tuple[int, int], calls: list[Any], fails: bool, root: System
) -> None:
    root.uid, root.gid = before

    def call(value: int, *, more: int) -> int:
        root.calls.append("call")
        assert (root.uid, root.gid) == wanted
        if fails:
            raise ZeroDivisionError
        return value + more

    if fails:
        with pytest.raises(ZeroDivisionError):
            util.runAsEffectiveUser(*wanted, call, 1, more=2)
    else:
        assert util.runAsEffectiveUser(*wanted, call, 1, more=2) == 3

    assert root.calls == calls
    assert (root.uid, root.gid) == before


def test_users_and_groups_are_numbers_or_names() -> None:
    import grp
    import pwd

    user, group = pwd.getpwall()[0], grp.getgrall()[0]

    assert util.uidFromString("12") == 12 and util.gidFromString("13") == 13
    assert util.uidFromString(user.pw_name) == pwd.getpwnam(user.pw_name).pw_uid
    assert util.gidFromString(group.gr_name) == grp.getgrnam(group.gr_name).gr_gid
    for ask in (util.uidFromString, util.gidFromString):
        with pytest.raises(KeyError):
            ask("nobody has this name")


def test_intervals_come_and_go_while_they_are_gone_through() -> None:
    waits: Any = iter(util.IntervalDifferential([4, 10]))
    assert iter(waits) is waits
    assert [next(waits) for _ in range(2)] == [(4, 0), (4, 0)]
    waits.addInterval(1)
    assert [next(waits) for _ in range(3)] == [(1, 2), (1, 2), (0, 1)]
    waits.removeInterval(4)
    assert [next(waits) for _ in range(2)] == [(1, 1), (1, 1)]
    waits.removeInterval(1)
    waits.removeInterval(10)
    assert next(waits) == (60, None)
    waits.addInterval(3)
    assert next(waits) == (3, 0)


def test_nothing_to_compare_means_only_the_same_is_equal() -> None:
    class Plain(util.FancyEqMixin):
        pass

    class Two(util.FancyEqMixin):
        compareAttributes = ("a", "b")

        def __init__(self, a: int, b: int) -> None:
            self.a, self.b = a, b

    class Sub(Two):
        pass

    one = Plain()
    assert one == one and one != Plain()
    assert Two(1, 2) == Two(1, 2) and Two(1, 2) == Sub(1, 2) and Sub(1, 2) == Two(1, 2)
    for other in (Two(1, 3), Two(2, 2), Sub(1, 3), 3):
        assert Two(1, 2) != other and not Two(1, 2) == other  # noqa: SIM201  (both are asked)
    assert len({one, one, Plain()}) == 2


def test_a_name_of_its_own_is_shown() -> None:
    class Named(util.FancyStrMixin):
        fancybasename = "fancy"
        showAttributes = ("x",)
        x = "y"

    assert str(Named()) == "<fancy x='y'>"


def test_a_call_is_made_again_while_signals_interrupt_it() -> None:
    answers: list[Any] = [InterruptedError(), InterruptedError(), 7]

    def call(more: int) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer + more)

    assert util.untilConcludes(call, 1) == 8
    answers.append(KeyError())
    with pytest.raises(KeyError):
        util.untilConcludes(call, more=1)


def test_what_describes_a_function_is_copied_where_it_can_be() -> None:
    def one() -> None:
        """Do one."""

    one.mark = 1  # type: ignore[attr-defined]

    def other() -> None: ...

    other.__module__ = "elsewhere"
    assert util.mergeFunctionMetadata(one, other) is other
    assert (other.__name__, other.__doc__, other.__module__) == ("one", "Do one.", __name__)
    assert vars(other) == {"mark": 1}
    assert util.mergeFunctionMetadata(one, len) is len
    assert util.mergeFunctionMetadata(len, one) is one and one.__name__ == "len"


def test_raising_is_told_by_one_and_not_by_zero() -> None:
    assert util.raises(ZeroDivisionError, divmod, 1, 0) == 1
    assert util.raises(ZeroDivisionError, divmod, 1, 1) == 0
    with pytest.raises(ZeroDivisionError):
        util.raises(KeyError, divmod, 1, 0)


def test_warnings_are_left_out_for_one_call() -> None:
    def call(text: str) -> str:
        warnings.warn(text, stacklevel=1)
        return text

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        leave_out: list[Any] = [(("ignore", "quiet.*"), {}), (("ignore",), {"message": "calm"})]
        for text in ("quiet please", "calm", "loud"):
            assert util.runWithWarningsSuppressed(leave_out, call, text) == text
        call("calm")

    assert [str(one.message) for one in seen] == ["loud", "calm"]


def test_the_last_lines_are_kept_and_may_be_asked_for_one_by_one() -> None:
    lines = util.LineLog(3)
    for line in "abcd":
        lines.append(line)

    assert (lines[0], lines[-1], lines[:2], str(lines)) == ("b", "d", ["b", "c"], "b\nc\nd")
    lines.clear()
    lines.append("e")
    assert (lines[:], lines.str()) == (["e"], "e")


def test_old_plugin_folders_are_beside_the_package_and_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    beside, home = util._plugin_folders()

    assert Path(beside) == Path(util.__file__).parent.parent.parent and home == "/home/me/TwistedPlugins"
