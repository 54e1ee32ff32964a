"""User databases in memory."""

import pytest

from twisted.python.fakepwd import ShadowDatabase, UserDatabase


def test_users_are_found_by_name_and_number() -> None:
    users = UserDatabase()
    users.addUser("eve", "secret", 5, 6, "Eve", "/home/eve", "/bin/zsh")

    eve = users.getpwnam("eve")

    assert eve is users.getpwuid(5) and users.getpwall() == [eve]
    assert list(eve) == ["eve", "secret", 5, 6, "Eve", "/home/eve", "/bin/zsh"] and len(eve) == 7
    fields = [eve.pw_name, eve.pw_passwd, eve.pw_uid, eve.pw_gid, eve.pw_gecos, eve.pw_dir, eve.pw_shell]
    assert fields == list(eve) and eve[2] == 5 and "pw_dir" in dir(eve)


def test_numbers_not_given_differ() -> None:
    users = UserDatabase()
    users.addUser("a")
    users.addUser("b")

    assert list(users.getpwnam("a")) == ["a", "password", 10101, 20202, "", "", "/bin/sh"]
    assert list(users.getpwnam("b"))[2:4] == [10102, 20203]


def test_who_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        UserDatabase().getpwuid(1)
    with pytest.raises(KeyError):
        UserDatabase().getpwnam("x")
    with pytest.raises(KeyError):
        ShadowDatabase().getspnam("x")


def test_names_are_text() -> None:
    with pytest.raises(TypeError, match="str, not <class 'bytes'>"):
        UserDatabase().getpwnam(b"a")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        ShadowDatabase().getspnam(b"a")  # type: ignore[arg-type]


def test_shadow_records_have_their_fields() -> None:
    shadow = ShadowDatabase()
    shadow.addUser("a", "hash", 1, 2, 3, 4, 5, 6, 7)

    row = shadow.getspnam("a")

    assert list(row) == ["a", "hash", 1, 2, 3, 4, 5, 6, 7] and shadow.getspall() == [row]
    assert (row.sp_nam, row.sp_pwd, row.sp_lstchg, row.sp_min, row.sp_max) == ("a", "hash", 1, 2, 3)
    assert (row.sp_warn, row.sp_inact, row.sp_expire, row.sp_flag) == (4, 5, 6, 7)
    with pytest.raises(AttributeError, match="sp_nonsense"):
        row.sp_nonsense  # noqa: B018
