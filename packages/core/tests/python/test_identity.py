"""Working as another user for a while."""

from __future__ import annotations

import os
from typing import Any

import pytest

from twisted.python import util

pytestmark = pytest.mark.skipif(not hasattr(os, "seteuid"), reason="there are no users like these on this system")


class Users:
    """A process whose effective user changes by the system's rules: only root may become anybody."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, user: int, group: int) -> None:
        self.user, self.group = user, group
        self.changes: list[tuple[str, int]] = []
        monkeypatch.setattr(os, "geteuid", lambda: self.user)
        monkeypatch.setattr(os, "getegid", lambda: self.group)
        monkeypatch.setattr(os, "seteuid", self.become)
        monkeypatch.setattr(os, "setegid", self.join)

    def become(self, user: int) -> None:
        self.changes.append(("user", user))
        self.user = user

    def join(self, group: int) -> None:
        assert self.user == 0, "only root may change its group"
        self.changes.append(("group", group))
        self.group = group


def test_root_becomes_somebody_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    users = Users(monkeypatch, 0, 0)
    seen = util.runAsEffectiveUser(1000, 100, lambda *args, **words: (users.user, users.group, args, words), 1, two=2)

    assert seen == (1000, 100, (1,), {"two": 2})
    assert users.changes == [("group", 100), ("user", 1000), ("user", 0), ("group", 0)]


def test_somebody_who_was_root_works_as_root_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    users = Users(monkeypatch, 1000, 100)
    seen = util.runAsEffectiveUser(0, 0, lambda: (users.user, users.group))

    assert seen == (0, 0)
    assert users.changes == [("user", 0), ("group", 0), ("group", 100), ("user", 1000)]


def test_somebody_becomes_somebody_else_by_way_of_root(monkeypatch: pytest.MonkeyPatch) -> None:
    users = Users(monkeypatch, 1000, 100)
    seen = util.runAsEffectiveUser(2000, 200, lambda: (users.user, users.group))

    assert seen == (2000, 200)
    assert users.changes == [
        ("user", 0),
        ("group", 200),
        ("user", 2000),
        ("user", 0),
        ("group", 100),
        ("user", 1000),
    ]


def test_who_is_that_user_already_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    users = Users(monkeypatch, 1000, 100)

    assert util.runAsEffectiveUser(1000, 100, lambda: "done") == "done" and users.changes == []


def test_what_raises_comes_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    users = Users(monkeypatch, 0, 0)

    def broken() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        util.runAsEffectiveUser(1000, 100, broken)
    assert (users.user, users.group) == (0, 0)
