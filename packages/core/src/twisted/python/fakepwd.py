"""
User and shadow databases in memory, with the interface of the standard modules `pwd` and `spwd`.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["ShadowDatabase", "UserDatabase"]


class _Record:
    """A row whose fields can be had by attribute and by position."""

    __slots__ = ("_row",)
    fields: tuple[str, ...] = ()

    def __init__(self, *row: str | int) -> None:
        self._row = row

    def __getattr__(self, name: str) -> str | int:
        if name in self.fields:
            return self._row[self.fields.index(name)]
        raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(self.fields)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.fields]

    def __getitem__(self, index: int) -> str | int:
        return self._row[index]

    def __len__(self) -> int:
        return len(self._row)

    def __iter__(self) -> Iterator[str | int]:
        return iter(self._row)


class _UserRecord(_Record):
    __slots__ = ()
    fields = ("pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell")


class _ShadowRecord(_Record):
    __slots__ = ()
    fields = (
        "sp_nam",
        "sp_pwd",
        "sp_lstchg",
        "sp_min",
        "sp_max",
        "sp_warn",
        "sp_inact",
        "sp_expire",
        "sp_flag",
    )


def _named(rows: list[_Record], name: str, caller: str) -> _Record:
    if not isinstance(name, str):
        raise TypeError(f"{caller}() argument must be str, not {type(name)}")
    for row in rows:
        if row[0] == name:
            return row
    raise KeyError(name)


class UserDatabase:
    """Stands in for the module `pwd`: as many users as were added, and no file."""

    def __init__(self) -> None:
        self._users: list[_Record] = []
        self._next_uid = 10101
        self._next_gid = 20202

    def addUser(
        self,
        username: str,
        password: str = "password",
        uid: int | None = None,
        gid: int | None = None,
        gecos: str = "",
        home: str = "",
        shell: str = "/bin/sh",
    ) -> None:
        """Add a user; ids that are not given are chosen, and differ from one another."""
        if uid is None:
            uid = self._next_uid
            self._next_uid += 1
        if gid is None:
            gid = self._next_gid
            self._next_gid += 1
        self._users.append(_UserRecord(username, password, uid, gid, gecos, home, shell))

    def getpwuid(self, uid: int) -> _Record:
        """
        Return the first user with this number.

        Raises:
            KeyError: There is none.
        """
        for user in self._users:
            if user[2] == uid:
                return user
        raise KeyError(uid)

    def getpwnam(self, name: str) -> _Record:
        """
        Return the first user with this name.

        Raises:
            KeyError: There is none.
        """
        return _named(self._users, name, "getpwnam")

    def getpwall(self) -> list[_Record]:
        """Return all users, in the order in which they were added."""
        return list(self._users)


class ShadowDatabase:
    """Stands in for the module `spwd`."""

    def __init__(self) -> None:
        self._records: list[_Record] = []

    def addUser(
        self,
        username: str,
        password: str,
        lastChange: int,
        min: int,
        max: int,
        warn: int,
        inact: int,
        expire: int,
        flag: int,
    ) -> None:
        """Add a record. *password* is the hash as it would stand in the file; times are in days."""
        self._records.append(
            _ShadowRecord(username, password, lastChange, min, max, warn, inact, expire, flag),
        )

    def getspnam(self, username: str) -> _Record:
        """
        Return the first record with this name.

        Raises:
            KeyError: There is none.
        """
        return _named(self._records, username, "getspnam")

    def getspall(self) -> list[_Record]:
        """Return all records, in the order in which they were added."""
        return list(self._records)
