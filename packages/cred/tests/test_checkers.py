"""The checkers: who gets in, and what an intruder can learn."""

from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from twisted.cred import _bcrypt, checkers, credentials, error
from twisted.cred._unix import UNIXChecker, verifyCryptedPassword
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs
from twisted.python.failure import Failure


def result(deferred: Deferred[Any]) -> Any:
    """What a Deferred that has fired holds; the class of its error, if it failed."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    assert got, "the Deferred has not fired"
    return got[0].type if isinstance(got[0], Failure) else got[0]


def shown(name: bytes, password: bytes) -> credentials.UsernamePassword:
    return credentials.UsernamePassword(name, password)


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    file = tmp_path / "passwords"
    file.write_bytes(b"bob:secret\nAlice:wonder:land\nshort\n\ncarol:\n")
    return file


def test_anonymous_access_asks_nothing() -> None:
    checker = checkers.AllowAnonymousAccess()

    assert result(checker.requestAvatarId(credentials.Anonymous())) is checkers.ANONYMOUS
    assert checkers.ANONYMOUS == ()
    assert checker.credentialInterfaces == (credentials.IAnonymous,)


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        (b"alice", b"secret", b"alice"),
        (b"alice", b"Secret", error.UnauthorizedLogin),
        (b"alice", b"", error.UnauthorizedLogin),
        (b"mallory", b"secret", error.UnauthorizedLogin),
        (b"text", b"as text", b"text"),
        (b"text", b"other", error.UnauthorizedLogin),
    ],
)
def test_memory_knows_its_users(name: bytes, password: bytes, expected: object) -> None:
    checker = checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"secret")
    checker.addUser("text", "as text")  # type: ignore[arg-type]  # as command lines do

    assert result(checker.requestAvatarId(shown(name, password))) == expected


def test_memory_judges_proofs_too() -> None:
    checker = checkers.InMemoryUsernamePasswordDatabaseDontUse(alice=b"secret")
    proof = credentials.CramMD5Credentials(b"here")
    challenge = proof.getChallenge()
    import hmac

    proof.setResponse(b"alice " + hmac.new(b"secret", challenge, "md5").hexdigest().encode())

    assert result(checker.requestAvatarId(proof)) == b"alice"


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        (b"bob", b"secret", b"bob"),
        (b"bob", b"wrong", error.UnauthorizedLogin),
        (b"Alice", b"wonder", b"Alice"),
        (b"alice", b"wonder", error.UnauthorizedLogin),
        (b"short", b"", error.UnauthorizedLogin),
        (b"", b"", error.UnauthorizedLogin),
        (b"carol", b"", b"carol"),
    ],
)
@pytest.mark.parametrize("cache", [False, True])
def test_a_file_knows_its_users(passwords: Path, name: bytes, password: bytes, expected: object, cache: bool) -> None:
    checker = checkers.FilePasswordDB(str(passwords), cache=cache)

    assert result(checker.requestAvatarId(shown(name, password))) == expected


@pytest.mark.parametrize("cache", [False, True])
def test_names_may_differ_by_case(passwords: Path, cache: bool) -> None:
    checker = checkers.FilePasswordDB(str(passwords), caseSensitive=False, cache=cache)

    assert checker.getUser(b"ALICE") == (b"alice", b"wonder")
    assert result(checker.requestAvatarId(shown(b"aLICE", b"wonder"))) == b"alice"
    assert result(checker.requestAvatarId(shown(b"aLICE", b"WONDER"))) is error.UnauthorizedLogin


def test_fields_and_delimiter_can_be_chosen(tmp_path: Path) -> None:
    file = tmp_path / "table"
    file.write_bytes(b"secret;x;bob\n")
    checker = checkers.FilePasswordDB(str(file), delim=b";", usernameField=2, passwordField=0)

    assert checker.getUser(b"bob") == (b"bob", b"secret")


def test_a_user_that_is_not_there_is_a_key_error(passwords: Path) -> None:
    with pytest.raises(KeyError) as caught:
        checkers.FilePasswordDB(str(passwords)).getUser(b"zoe")

    assert caught.value.args == (b"zoe",)


def test_a_hash_function_sees_name_password_and_field(passwords: Path) -> None:
    calls: list[tuple[bytes, bytes, bytes]] = []

    def reverse(name: bytes, password: bytes, stored: bytes) -> bytes:
        calls.append((name, password, stored))
        return password[::-1]

    checker = checkers.FilePasswordDB(str(passwords), hash=reverse)

    assert checker.credentialInterfaces == (credentials.IUsernamePassword,)
    assert result(checker.requestAvatarId(shown(b"bob", b"terces"))) == b"bob"
    assert result(checker.requestAvatarId(shown(b"bob", b"secret"))) is error.UnauthorizedLogin
    assert calls == [(b"bob", b"terces", b"secret"), (b"bob", b"secret", b"secret")]


def test_without_a_hash_function_proofs_are_judged_too(passwords: Path) -> None:
    assert checkers.FilePasswordDB(str(passwords)).credentialInterfaces == (
        credentials.IUsernamePassword,
        credentials.IUsernameHashedPassword,
    )


def test_a_missing_file_lets_nobody_in_and_is_logged() -> None:
    with capturedLogs() as events, pytest.raises(error.UnauthorizedLogin):
        checkers.FilePasswordDB("/nowhere/at/all").requestAvatarId(shown(b"bob", b"secret"))

    assert [event["log_namespace"] for event in events] == ["twisted.cred.checkers.FilePasswordDB"]


def test_a_cache_follows_the_file(passwords: Path) -> None:
    checker = checkers.FilePasswordDB(str(passwords), cache=True)
    assert checker.getUser(b"bob") == (b"bob", b"secret")

    passwords.write_bytes(b"bob:changed\n")
    os.utime(passwords, ns=(1, 1))

    assert checker.getUser(b"bob") == (b"bob", b"changed")


def test_a_cache_reads_the_file_once_as_long_as_it_does_not_change(passwords: Path) -> None:
    checker = checkers.FilePasswordDB(str(passwords), cache=True)
    stamp = os.stat(passwords).st_mtime_ns
    assert checker.getUser(b"bob") == (b"bob", b"secret")

    passwords.write_bytes(b"bob:changed\n")
    os.utime(passwords, ns=(stamp, stamp))
    assert checker.getUser(b"bob") == (b"bob", b"secret")

    os.utime(passwords, ns=(stamp + 1, stamp + 1))
    assert checker.getUser(b"bob") == (b"bob", b"changed")


def test_without_a_cache_the_file_is_read_each_time(passwords: Path) -> None:
    checker = checkers.FilePasswordDB(str(passwords))
    stamp = os.stat(passwords).st_mtime_ns
    assert checker.cache is False and checker.getUser(b"bob") == (b"bob", b"secret")

    passwords.write_bytes(b"bob:changed\n")
    os.utime(passwords, ns=(stamp, stamp))

    assert checker.getUser(b"bob") == (b"bob", b"changed")


def test_a_cache_notices_that_the_file_is_gone(passwords: Path) -> None:
    checker = checkers.FilePasswordDB(str(passwords), cache=True)
    os.utime(passwords, ns=(0, 0))
    checker.getUser(b"bob")
    passwords.unlink()

    with pytest.raises(error.UnauthorizedLogin):
        checker.getUser(b"bob")


def test_what_was_read_is_not_pickled(passwords: Path) -> None:
    checker = checkers.FilePasswordDB(str(passwords), cache=True)
    checker.getUser(b"bob")

    assert b"secret" not in pickle.dumps(checker)
    assert pickle.loads(pickle.dumps(checker)).getUser(b"bob") == (b"bob", b"secret")


def test_the_old_name_is_the_same_class() -> None:
    assert checkers.OnDiskUsernamePasswordDatabase is checkers.FilePasswordDB


# bcrypt. The thread pool is not started for these tests: what it would call is called.


@pytest.fixture
def hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> checkers.BcryptPasswordDB:
    from twisted.internet.defer import maybeDeferred

    monkeypatch.setattr(_bcrypt, "deferToThread", maybeDeferred)
    checker = checkers.BcryptPasswordDB(tmp_path / "hashes", rounds=4)
    checker.addUser(b"bob", b"secret")
    checker.addUser(b"alice", b"wonder")
    return checker


def lines(checker: checkers.BcryptPasswordDB) -> dict[bytes, bytes]:
    pairs = (line.split(b":", 1) for line in Path(checker.filename).read_bytes().splitlines())
    return {line[0]: line[1] for line in pairs}


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        (b"bob", b"secret", b"bob"),
        (b"bob", b"wonder", error.UnauthorizedLogin),
        (b"alice", b"wonder", b"alice"),
        (b"ali", b"wonder", error.UnauthorizedLogin),
        (b"zoe", b"x", error.UnauthorizedLogin),
        (b"bob", b"s" * 100, error.UnauthorizedLogin),
    ],
)
def test_bcrypt_knows_its_users(
    hashed: checkers.BcryptPasswordDB, name: bytes, password: bytes, expected: object
) -> None:
    assert result(hashed.requestAvatarId(shown(name, password))) == expected


def test_a_user_can_be_given_another_password_in_place(hashed: checkers.BcryptPasswordDB) -> None:
    hashed.addUser(b"bob", b"changed")

    assert list(lines(hashed)) == [b"bob", b"alice"]
    assert result(hashed.requestAvatarId(shown(b"bob", b"changed"))) == b"bob"
    assert result(hashed.requestAvatarId(shown(b"bob", b"secret"))) is error.UnauthorizedLogin


def test_a_cheap_hash_is_made_anew_at_a_login_that_succeeds(hashed: checkers.BcryptPasswordDB) -> None:
    os.chmod(hashed.filename, 0o640)
    stronger = checkers.BcryptPasswordDB(hashed.filename, rounds=5)
    before = lines(hashed)

    assert result(stronger.requestAvatarId(shown(b"bob", b"wrong"))) is error.UnauthorizedLogin
    assert lines(hashed) == before

    assert result(stronger.requestAvatarId(shown(b"bob", b"secret"))) == b"bob"
    after = lines(hashed)
    assert after[b"bob"].startswith(b"$2b$05$") and bcrypt.checkpw(b"secret", after[b"bob"])
    assert after[b"alice"] == before[b"alice"]
    assert stat.S_IMODE(os.stat(hashed.filename).st_mode) == 0o640

    assert result(stronger.requestAvatarId(shown(b"bob", b"secret"))) == b"bob"
    assert lines(hashed) == after


def test_hashes_are_left_alone_where_that_is_asked_for(hashed: checkers.BcryptPasswordDB) -> None:
    before = lines(hashed)
    keeping = checkers.BcryptPasswordDB(hashed.filename, rounds=5, rehash=False)

    assert result(keeping.requestAvatarId(shown(b"bob", b"secret"))) == b"bob"
    assert lines(hashed) == before


def test_a_name_that_is_not_there_costs_a_hash_all_the_same(
    hashed: checkers.BcryptPasswordDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []

    def make(self: object, password: bytes) -> bytes:
        made.append(password)
        return b""

    monkeypatch.setattr(type(hashed), "_make", make)

    result(hashed.requestAvatarId(shown(b"zoe", b"guess")))

    assert made == [b"guess"]


@pytest.mark.parametrize("name", [b"", b"a:b", b"a\nb", b"a\rb"])
def test_names_that_would_break_the_file_are_refused(hashed: checkers.BcryptPasswordDB, name: bytes) -> None:
    before = lines(hashed)

    with pytest.raises(ValueError, match="name"):
        hashed.addUser(name, b"x")

    assert lines(hashed) == before


def test_passwords_that_bcrypt_would_cut_are_refused(hashed: checkers.BcryptPasswordDB) -> None:
    hashed.addUser(b"long", b"x" * 72)
    with pytest.raises(ValueError, match="72"):
        hashed.addUser(b"longer", b"x" * 73)


@pytest.mark.parametrize("rounds", [4, 31])
def test_a_cost_that_bcrypt_knows_is_taken(rounds: int) -> None:
    assert checkers.BcryptPasswordDB("x", rounds=rounds).rounds == rounds
    assert (checkers.BcryptPasswordDB("x").rounds, checkers.BcryptPasswordDB("x").rehash) == (12, True)


def test_of_two_lines_for_one_name_the_first_counts_and_is_changed(hashed: checkers.BcryptPasswordDB) -> None:
    file = Path(hashed.filename)
    before = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([*before, b"bob:other"]) + b"\n")

    hashed.addUser(b"bob", b"changed")

    after = file.read_bytes().splitlines()
    assert after[0] != before[0] and after[1:] == [before[1], b"bob:other"]
    assert result(hashed.requestAvatarId(shown(b"bob", b"changed"))) == b"bob"


def test_what_is_written_is_on_the_disk_before_it_takes_the_files_place(
    hashed: checkers.BcryptPasswordDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))

    hashed.addUser(b"carol", b"x")

    assert synced == [os.stat(hashed.filename).st_size]


def test_what_cannot_take_the_files_place_is_removed(
    hashed: checkers.BcryptPasswordDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*names: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        hashed.addUser(b"carol", b"x")

    assert [path.name for path in Path(hashed.filename).parent.iterdir()] == ["hashes"]


@pytest.mark.parametrize("rounds", [3, 32])
def test_a_cost_that_bcrypt_does_not_know_is_refused(rounds: int) -> None:
    with pytest.raises(ValueError, match=str(rounds)):
        checkers.BcryptPasswordDB("x", rounds=rounds)


def test_a_proof_cannot_be_checked_against_a_hash(hashed: checkers.BcryptPasswordDB) -> None:
    proof = credentials.CramMD5Credentials(b"here")
    proof.setResponse(b"bob 00")

    assert result(hashed.requestAvatarId(proof)) is error.UnhandledCredentials  # type: ignore[arg-type]


def test_a_missing_file_of_hashes_has_no_users(hashed: checkers.BcryptPasswordDB) -> None:
    os.unlink(hashed.filename)

    assert result(hashed.requestAvatarId(shown(b"bob", b"secret"))) is error.UnauthorizedLogin


# The machine's accounts. The hash is crypt(3)'s of "pw", made by glibc.

_CRYPTED = "$6$saltsalt$"


class Accounts:
    """What `pwd` and the shadow file offer, with one user."""

    def __init__(self, crypted: str) -> None:
        self.crypted = crypted

    def getpwnam(self, name: str) -> tuple[str, str]:
        return {"bob": ("bob", self.crypted)}[name]

    getspnam = getpwnam


def crypted(password: bytes) -> str:
    from twisted.cred import _unix

    made = _unix._libcrypt()(password, _CRYPTED.encode())
    assert made is not None
    return made.decode()


def test_crypt_tells_right_from_wrong() -> None:
    stored = crypted(b"pw")

    assert stored.startswith(_CRYPTED) and len(stored) > 90
    assert verifyCryptedPassword(stored, "pw") is True
    assert verifyCryptedPassword(stored.encode(), b"pw") is True
    assert verifyCryptedPassword(stored, "PW") is False
    assert verifyCryptedPassword(stored, b"pw\0ignored") is False
    assert verifyCryptedPassword("", "") is False
    assert verifyCryptedPassword("*", "pw") is False
    assert verifyCryptedPassword("$nonsense", "pw") is False


def test_the_password_database_is_asked_first() -> None:
    checker = UNIXChecker()
    verdict = checker.checkPwd(Accounts(crypted(b"pw")), b"bob", b"pw")

    assert verdict is not None and result(verdict) == b"bob"
    refused = checker.checkPwd(Accounts(crypted(b"pw")), b"bob", b"no")
    assert refused is not None and result(refused) is error.UnauthorizedLogin
    unknown = checker.checkPwd(Accounts(crypted(b"pw")), b"zoe", b"pw")
    assert unknown is not None and result(unknown) is error.UnauthorizedLogin


@pytest.mark.parametrize("field", ["x", "", "*"])
def test_a_hash_that_is_kept_elsewhere_gives_no_verdict(field: str) -> None:
    assert UNIXChecker().checkPwd(Accounts(field), "bob", "pw") is None


def test_the_shadow_file_is_asked_next() -> None:
    checker = UNIXChecker()

    assert result(checker.checkSpwd(Accounts(crypted(b"pw")), "bob", "pw")) == b"bob"
    assert result(checker.checkSpwd(Accounts(crypted(b"pw")), "bob", "no")) is error.UnauthorizedLogin
    assert result(checker.checkSpwd(Accounts(crypted(b"pw")), "zoe", "pw")) is error.UnauthorizedLogin
    assert result(checker.checkSpwd(Accounts("!locked"), "bob", "pw")) is error.UnauthorizedLogin


def test_a_login_reads_the_machines_own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.cred import _unix

    shadow = tmp_path / "shadow"
    shadow.write_text(f"daemon:*:1:\nroot:{crypted(b'toor')}:19000:0:\n")
    monkeypatch.setattr(_unix, "_SHADOW", str(shadow))
    monkeypatch.setattr("pwd.getpwnam", lambda name: (name, "x"))

    assert result(UNIXChecker().requestAvatarId(shown(b"root", b"toor"))) == b"root"
    assert result(UNIXChecker().requestAvatarId(shown(b"root", b"rot"))) is error.UnauthorizedLogin
    assert result(UNIXChecker().requestAvatarId(shown(b"daemon", b"*"))) is error.UnauthorizedLogin

    shadow.write_text("root\n")
    assert result(UNIXChecker().requestAvatarId(shown(b"root", b"toor"))) is error.UnauthorizedLogin
    shadow.write_text(f"rooted:{crypted(b'toor')}\nroot:{crypted(b'pw')}")
    assert result(UNIXChecker().requestAvatarId(shown(b"root", b"toor"))) is error.UnauthorizedLogin
    assert result(UNIXChecker().requestAvatarId(shown(b"root", b"pw"))) == b"root"

    shadow.unlink()
    assert result(UNIXChecker().requestAvatarId(shown(b"root", b"toor"))) is error.UnauthorizedLogin


@pytest.mark.parametrize("lacking", ["library", "function"])
def test_a_machine_without_crypt_says_what_it_lacks(lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    def load(name: str) -> object:
        if lacking == "library":
            raise OSError("not found")
        return object()

    monkeypatch.setattr(ctypes, "CDLL", load)

    with pytest.raises(NotImplementedError, match="needs crypt"):
        verifyCryptedPassword("$6$x$y", "pw")
