"""Credentials: passwords, CRAM-MD5 and digest."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.cred import credentials, error
from twisted.cred._digest import _fields


def test_every_kind_keeps_its_interfaces_word() -> None:
    digested = credentials.DigestedCredentials(b"u", b"GET", b"r", {})

    assert verifyObject(credentials.IUsernamePassword, credentials.UsernamePassword(b"a", b"b"))
    assert verifyObject(credentials.IAnonymous, credentials.Anonymous())
    assert verifyObject(credentials.IUsernameHashedPassword, credentials.CramMD5Credentials())
    assert verifyObject(credentials.IUsernameHashedPassword, digested)
    assert verifyObject(credentials.IUsernameDigestHash, digested)
    for kind in (credentials.IUsernamePassword, credentials.IAnonymous, credentials.ISSHPrivateKey):
        assert kind.extends(credentials.ICredentials)


def test_a_password_is_compared_whole() -> None:
    shown = credentials.UsernamePassword(b"alice", b"secret")

    assert shown.checkPassword(b"secret") is True
    assert shown.checkPassword(b"secre") is False
    assert shown.checkPassword(b"secret\0") is False
    assert shown.checkPassword("secret") is True  # type: ignore[arg-type]  # tables of text exist


def test_a_hashed_password_warns_that_it_is_on_its_way_out() -> None:
    with pytest.warns(
        DeprecationWarning,
        match=r"twisted\.cred\.credentials\.UsernameHashedPassword was deprecated in Twisted 21\.2\.0: Use ",
    ):
        kind = credentials.UsernameHashedPassword

    assert kind(b"alice", b"h").checkPassword(b"h") is True
    assert kind(b"alice", b"h").checkPassword(b"x") is False


def test_a_signature_keeps_its_parts() -> None:
    key = credentials.SSHPrivateKey(b"alice", b"ssh-ed25519", b"blob", b"data", None)

    assert credentials.ISSHPrivateKey.providedBy(key)
    assert (key.username, key.algName, key.blob, key.sigData, key.signature) == (
        b"alice",
        b"ssh-ed25519",
        b"blob",
        b"data",
        None,
    )


# CRAM-MD5


def test_a_challenge_names_time_and_host_and_stays_the_same() -> None:
    proof = credentials.CramMD5Credentials(b"mail.example")
    challenge = proof.getChallenge()

    assert re.fullmatch(rb"<\d+\.\d{10}@mail\.example>", challenge)
    assert proof.getChallenge() is challenge
    assert credentials.CramMD5Credentials(b"mail.example").getChallenge() != challenge
    assert credentials.CramMD5Credentials().getChallenge().endswith(b"@None>")
    assert proof.moreChallenges() is False


@pytest.mark.parametrize("name", [b"alice", b"alice in wonderland"])
def test_the_answer_proves_the_password(name: bytes) -> None:
    proof = credentials.CramMD5Credentials(b"here")
    digest = hmac.new(b"secret", proof.getChallenge(), "md5").hexdigest().encode()

    proof.setResponse(name + b" " + digest)

    assert proof.username == name and proof.response == digest
    assert proof.checkPassword(b"secret") is True
    assert proof.checkPassword(b"other") is False


def test_an_answer_without_a_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="space"):
        credentials.CramMD5Credentials(b"here").setResponse(b"alice")


# Digest. RFC 7616, section 3.9.1, has a worked example for both hashes.

_NONCE = b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
_CNONCE = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (b"md5", b"8ca523f5e9506fed4657c9700eebdbec"),
        (b"sha-256", b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_arithmetic_agrees_with_the_example_of_rfc_7616(algorithm: bytes, expected: bytes) -> None:
    ha1 = credentials.calcHA1(algorithm, b"Mufasa", b"http-auth@example.org", b"Circle of Life", _NONCE, _CNONCE)
    ha2 = credentials.calcHA2(algorithm, b"GET", b"/dir/index.html", b"auth", None)

    assert credentials.calcResponse(ha1, ha2, algorithm, _NONCE, b"00000001", _CNONCE, b"auth") == expected


def test_without_the_newer_parameters_the_older_formula_holds() -> None:
    plain = hashlib.md5(b"1:n:2").hexdigest().encode()

    assert credentials.calcResponse(b"1", b"2", b"md5", b"n", None, None, None) == plain
    assert credentials.calcResponse(b"1", b"2", b"md5", b"n", b"1", None, b"auth") == plain
    assert credentials.calcResponse(b"1", b"2", b"md5", b"n", None, b"c", b"auth") == plain


def test_a_session_binds_the_hash_to_both_nonces() -> None:
    inner = hashlib.md5(b"u:r:p").hexdigest().encode()

    assert credentials.calcHA1(b"md5", b"u", b"r", b"p", b"n", b"c") == inner
    assert credentials.calcHA1(b"md5-sess", b"u", b"r", b"p", b"n", b"c") == (
        hashlib.md5(inner + b":n:c").hexdigest().encode()
    )
    assert credentials.calcHA1(b"md5", None, None, None, b"n", b"c", preHA1=b"abcd") == b"abcd"
    assert credentials.calcHA1(b"sha", b"u", b"r", b"p", b"n", b"c") == hashlib.sha1(b"u:r:p").hexdigest().encode()


def test_integrity_protection_hashes_the_body_too() -> None:
    assert credentials.calcHA2(b"md5", b"PUT", b"/", b"auth-int", b"ee") == (
        hashlib.md5(b"PUT:/:ee").hexdigest().encode()
    )


@pytest.mark.parametrize("given_too", [(b"u", None, None), (None, b"r", None), (None, None, b"p")])
def test_a_stored_hash_excludes_what_it_was_made_of(given_too: tuple[bytes | None, bytes | None, bytes | None]) -> None:
    with pytest.raises(TypeError, match="preHA1"):
        credentials.calcHA1(b"md5", *given_too, b"n", b"c", preHA1=b"abcd")
    with pytest.raises(TypeError, match="without preHA1"):
        credentials.calcHA1(b"md5", *given_too, b"n", b"c")


class Timed(credentials.DigestCredentialFactory):
    """A factory that is at the time it is told."""

    now = 1000.0

    def _getTime(self) -> float:
        return self.now


def answer(factory: Timed, challenge: dict[str, bytes], password: bytes = b"secret", **changed: bytes) -> bytes:
    """What a browser would send back."""
    algorithm = challenge["algorithm"]
    fields = {
        "username": b"alice",
        "realm": challenge["realm"],
        "nonce": challenge["nonce"],
        "opaque": challenge["opaque"],
        "uri": b"/a,b",
        "qop": b"auth",
        "nc": b"00000001",
        "cnonce": b"c",
        "algorithm": algorithm,
    }
    ha1 = credentials.calcHA1(algorithm, b"alice", challenge["realm"], password, challenge["nonce"], b"c")
    ha2 = credentials.calcHA2(algorithm, b"GET", b"/a,b", b"auth", None)
    fields["response"] = credentials.calcResponse(ha1, ha2, algorithm, challenge["nonce"], b"00000001", b"c", b"auth")
    fields.update(changed)
    quoted = {name: value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') for name, value in fields.items()}
    return b", ".join(b'%s="%s"' % (name.encode(), value) for name, value in quoted.items())


@pytest.mark.parametrize("algorithm", [b"md5", b"sha-256", b"md5-sess", b"sha-256-sess", b"sha"])
def test_an_answer_made_with_the_password_is_good(algorithm: bytes) -> None:
    factory = Timed(algorithm, b'the "realm", here')
    challenge = factory.getChallenge(b"10.0.0.1")

    shown = factory.decode(answer(factory, challenge), b"GET", b"10.0.0.1")

    assert (shown.username, shown.method, shown.realm) == (b"alice", b"GET", b'the "realm", here')
    assert shown.fields["uri"] == b"/a,b"
    assert shown.checkPassword(b"secret") is True
    assert shown.checkPassword(b"Secret") is False
    stored = credentials.calcHA1(algorithm.replace(b"-sess", b""), b"alice", shown.realm, b"secret", None, None)
    assert shown.checkHash(stored) is True
    assert shown.checkHash(stored[:-1] + b"x") is False


def test_a_challenge_tells_everything_a_client_needs() -> None:
    factory = Timed(b"md5", b"r")
    challenge = factory.getChallenge(b"10.0.0.1")

    assert set(challenge) == {"nonce", "opaque", "qop", "algorithm", "realm"}
    assert (challenge["qop"], challenge["algorithm"], challenge["realm"]) == (b"auth", b"md5", b"r")
    assert re.fullmatch(rb"[0-9a-f]{24}", challenge["nonce"])
    assert factory.getChallenge(b"10.0.0.1")["nonce"] != challenge["nonce"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"username": b""}, "no username"),
        ({"opaque": b""}, "no opaque"),
        ({"nonce": b""}, "no nonce"),
        ({"nonce": b"other"}, "opaque/nonce values"),
        ({"opaque": b"no dash"}, "invalid opaque"),
        ({"opaque": b"00-!!"}, "invalid opaque"),
        ({"opaque": b"00-" + b64encode(b"n,,1")}, "invalid opaque"),
        ({"opaque": b"-"}, "invalid opaque"),
        ({"cnonce": b"x" * 20000}, "too many"),
    ],
)
def test_an_answer_that_is_not_to_our_challenge_is_refused(changed: dict[str, bytes], message: str) -> None:
    factory = Timed(b"md5", b"r")
    challenge = factory.getChallenge(None)

    with pytest.raises(error.LoginFailed, match=message):
        factory.decode(answer(factory, challenge, **changed), b"GET", None)


def test_a_challenge_of_another_factory_is_no_challenge_of_ours() -> None:
    challenge = Timed(b"md5", b"r").getChallenge(None)
    factory = Timed(b"md5", b"r")

    with pytest.raises(error.LoginFailed, match="invalid opaque"):
        factory.decode(answer(factory, challenge), b"GET", None)


@pytest.mark.parametrize(("made_for", "asking"), [(b"10.0.0.1", b"10.0.0.2"), (None, b"10.0.0.1"), (b"1", None)])
def test_an_answer_from_another_address_is_refused(made_for: bytes | None, asking: bytes | None) -> None:
    factory = Timed(b"md5", b"r")

    with pytest.raises(error.LoginFailed, match="opaque/client"):
        factory.decode(answer(factory, factory.getChallenge(made_for)), b"GET", asking)


def test_addresses_may_be_text_and_hold_commas() -> None:
    factory = Timed(b"md5", b"r")

    assert factory.decode(answer(factory, factory.getChallenge("a,b")), b"GET", b"a,b").username == b"alice"


def test_a_challenge_lives_for_fifteen_minutes() -> None:
    factory = Timed(b"md5", b"r")
    reply = answer(factory, factory.getChallenge(None))

    factory.now += 900
    assert factory.decode(reply, b"GET", None).username == b"alice"

    factory.now += 1
    with pytest.raises(error.LoginFailed, match="too old"):
        factory.decode(reply, b"GET", None)


def test_the_time_in_the_opaque_value_is_whole_seconds() -> None:
    opaque = Timed(b"md5", b"r").getChallenge(b"h")["opaque"]

    assert b64decode(opaque.partition(b"-")[2]).endswith(b",h,1000")


@pytest.mark.parametrize("changed", [{"nc": b""}, {"cnonce": b""}, {"algorithm": b"md2"}, {"response": b""}])
def test_an_answer_that_leaves_out_what_protects_it_is_not_good(changed: dict[str, bytes]) -> None:
    factory = Timed(b"md5", b"r")
    shown = factory.decode(answer(factory, factory.getChallenge(None), **changed), b"GET", None)

    assert shown.checkPassword(b"secret") is False
    assert shown.checkPassword(b"") is False


def test_an_answer_may_be_folded_over_lines() -> None:
    factory = Timed(b"md5", b"r")
    folded = answer(factory, factory.getChallenge(None)).replace(b", ", b",\r\n ")

    assert factory.decode(folded, b"GET", None).checkPassword(b"secret") is True


@given(st.dictionaries(st.from_regex(rb"[a-z]{1,8}", fullmatch=True), st.binary(max_size=20), max_size=6))
def test_quoted_values_survive_the_way(fields: dict[bytes, bytes]) -> None:
    values = {name: value.replace(b"\r", b"").replace(b"\n", b"") for name, value in fields.items()}
    quoted = {name: value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') for name, value in values.items()}

    assert _fields(b",".join(b'%s="%s"' % pair for pair in quoted.items())) == values


@given(st.binary(max_size=200))
def test_any_bytes_are_credentials_or_a_failed_login(response: bytes) -> None:
    factory = Timed(b"md5", b"r")

    with pytest.raises(error.LoginFailed):
        factory.decode(response, b"GET", None)


def test_what_is_deprecated_is_not_loaded_for_others_and_says_where_it_lives() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = credentials.Nothing
    with pytest.warns(DeprecationWarning) as told:
        kind = credentials.UsernameHashedPassword

    assert [warning.filename for warning in told] == [__file__]
    assert kind.__module__ == "twisted.cred.credentials"


def test_a_challenge_has_a_serial_number_of_31_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def randrange(self: object, stop: int) -> int:
        asked.append(stop)
        return 7

    monkeypatch.setattr("random.SystemRandom.randrange", randrange)

    assert credentials.CramMD5Credentials(b"here").getChallenge().startswith(b"<7.")
    assert asked == [2**31 - 1]


def test_a_factory_signs_with_32_bytes_that_nobody_knows() -> None:
    one, other = Timed(b"md5", b"r"), Timed(b"md5", b"r")

    assert len(one.privateKey) == len(other.privateKey) == 32
    assert one.privateKey != other.privateKey


def test_a_response_may_be_16_kilobytes_long() -> None:
    factory = Timed(b"md5", b"r")
    reply = answer(factory, factory.getChallenge(None)) + b', more="'
    longest = reply + b"x" * (16384 - len(reply) - 1) + b'"'

    assert factory.decode(longest, b"GET", None).checkPassword(b"secret") is True
    with pytest.raises(error.LoginFailed, match="16385 bytes are too many"):
        factory.decode(longest + b" ", b"GET", None)


@pytest.mark.parametrize("missing", ["nc", "cnonce"])
def test_each_companion_of_a_quality_is_missed_even_if_the_digest_is_right(missing: str) -> None:
    factory = Timed(b"md5", b"r")
    challenge = factory.getChallenge(None)
    fields = {"nc": b"00000001", "cnonce": b"c", missing: b""}
    ha1 = credentials.calcHA1(b"md5", b"alice", b"r", b"secret", challenge["nonce"], b"c")
    ha2 = credentials.calcHA2(b"md5", b"GET", b"/a,b", b"auth", None)
    digest = credentials.calcResponse(ha1, ha2, b"md5", challenge["nonce"], fields["nc"], fields["cnonce"], b"auth")
    shown = factory.decode(answer(factory, challenge, response=digest, **{missing: b""}), b"GET", None)

    assert shown.checkPassword(b"secret") is False


def test_an_answer_without_quality_is_that_of_rfc_2069() -> None:
    factory = Timed(b"md5", b"r")
    challenge = factory.getChallenge(None)
    ha1 = credentials.calcHA1(b"md5", b"alice", b"r", b"secret", None, None)
    ha2 = credentials.calcHA2(b"md5", b"GET", b"/a,b", None, None)
    digest = credentials.calcResponse(ha1, ha2, b"md5", challenge["nonce"], None, None, None)
    reply = answer(factory, challenge, qop=b"", nc=b"", cnonce=b"", response=digest)

    assert factory.decode(reply, b"GET", None).checkPassword(b"secret") is True


def test_nothing_is_no_secret_that_can_be_shown() -> None:
    assert credentials.UsernamePassword(b"alice", None).checkPassword(b"") is False  # type: ignore[arg-type]
    assert credentials.UsernamePassword(b"alice", b"").checkPassword(None) is False  # type: ignore[arg-type]


def test_a_hashed_password_is_what_its_interface_says() -> None:
    with pytest.warns(DeprecationWarning):
        kind = credentials.UsernameHashedPassword

    assert verifyObject(credentials.IUsernameHashedPassword, kind(b"alice", b"h"))
