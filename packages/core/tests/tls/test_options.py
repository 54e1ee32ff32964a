"""What can be chosen about TLS, and what comes of it."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from zope.interface.verify import verifyObject

from twisted.internet import _sslverify, ssl
from twisted.internet.interfaces import (
    IAcceptableCiphers,
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)

Pairs = Callable[..., Any]
V = ssl.TLSVersion


def keyed(host: ssl.PrivateCertificate, **more: Any) -> ssl.CertificateOptions:
    return ssl.CertificateOptions(privateKey=host.privateKey.original, certificate=host.original, **more)


def version_spoken(pair: Pairs, host: Any, server: dict[str, Any], client: dict[str, Any]) -> str:
    """Which version these options agree upon, or how they do not."""
    both = pair(
        server_options=keyed(host, **server),
        client_options=ssl.optionsForClientTLS("host.example", trustRoot=host, extraCertificateOptions=client),
    ).connect()
    both.pump()
    if "server shaken" not in both.notes:
        return "none"
    name: str = both.client.transport.getHandle().get_protocol_version_name()
    return name


# OpenSSL itself speaks no older version at its usual level of security.
OLD = ssl.AcceptableCiphers.fromOpenSSLCipherString("ALL:@SECLEVEL=0")


@pytest.mark.parametrize(
    ("server", "client", "spoken"),
    [
        ({}, {}, "TLSv1.3"),
        ({"lowerMaximumSecurityTo": V.TLSv1_2}, {}, "TLSv1.2"),
        ({}, {"lowerMaximumSecurityTo": V.TLSv1_2}, "TLSv1.2"),
        ({"raiseMinimumTo": V.TLSv1_3}, {"lowerMaximumSecurityTo": V.TLSv1_2}, "none"),
        ({"raiseMinimumTo": V.TLSv1_1}, {"lowerMaximumSecurityTo": V.TLSv1_2}, "TLSv1.2"),
        ({"raiseMinimumTo": V.TLSv1_2, "lowerMaximumSecurityTo": V.TLSv1_2}, {}, "TLSv1.2"),
        ({"insecurelyLowerMinimumTo": V.TLSv1_2}, {}, "TLSv1.3"),
    ],
)
def test_the_newest_version_that_both_allow_is_spoken(
    pair: Pairs, host: Any, server: Any, client: Any, spoken: str
) -> None:
    assert version_spoken(pair, host, server, client) == spoken


@pytest.mark.parametrize(
    ("chosen", "left_out"),
    [
        ({}, {"SSLv3", "TLSv1", "TLSv1_1"}),
        ({"raiseMinimumTo": V.TLSv1_3}, {"SSLv3", "TLSv1", "TLSv1_1", "TLSv1_2"}),
        ({"raiseMinimumTo": V.TLSv1_0}, {"SSLv3", "TLSv1", "TLSv1_1"}),
        ({"insecurelyLowerMinimumTo": V.TLSv1_0}, {"SSLv3"}),
        ({"insecurelyLowerMinimumTo": V.SSLv3}, set()),
        ({"lowerMaximumSecurityTo": V.TLSv1_2}, {"SSLv3", "TLSv1", "TLSv1_1", "TLSv1_3"}),
        ({"lowerMaximumSecurityTo": V.TLSv1_0}, {"SSLv3", "TLSv1_1", "TLSv1_2", "TLSv1_3"}),
        (
            {"insecurelyLowerMinimumTo": V.TLSv1_0, "lowerMaximumSecurityTo": V.TLSv1_1},
            {"SSLv3", "TLSv1_2", "TLSv1_3"},
        ),
    ],
)
def test_tls_1_2_is_the_least_unless_something_else_is_said(chosen: dict[str, Any], left_out: set[str]) -> None:
    options = ssl.CertificateOptions(**chosen).getContext().set_options(0)

    names = ("SSLv3", "TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3")
    assert {name for name in names if options & getattr(SSL, f"OP_NO_{name}")} == left_out


@pytest.mark.parametrize("which", ["raiseMinimumTo", "insecurelyLowerMinimumTo"])
def test_the_least_cannot_be_above_the_highest(which: str) -> None:
    with pytest.raises(ValueError, match=f"{which} needs to be lower"):
        ssl.CertificateOptions(**{which: V.TLSv1_3, "lowerMaximumSecurityTo": V.TLSv1_2})


def test_a_key_needs_its_certificate(host: Any) -> None:
    for arguments in (
        {"privateKey": host.privateKey.original},
        {"certificate": host.original},
    ):
        with pytest.raises(ValueError, match="neither or both"):
            ssl.CertificateOptions(**arguments)
    with pytest.raises(ValueError, match="supplemental"):
        ssl.CertificateOptions(extraCertChain=[host.original])
    with pytest.raises(ValueError, match="if and only if"):
        ssl.CertificateOptions(verify=True)
    with pytest.raises(ValueError, match="if and only if"):
        ssl.CertificateOptions(caCerts=[host.original])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("trustRoot", "requireCertificate"),
        ("trustRoot", "verify"),
        ("trustRoot", "caCerts"),
        ("method", "insecurelyLowerMinimumTo"),
        ("method", "raiseMinimumTo"),
        ("method", "lowerMaximumSecurityTo"),
        ("raiseMinimumTo", "insecurelyLowerMinimumTo"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(one: str, other: str) -> None:
    with pytest.raises(TypeError, match=f"{one!r} and {other!r}.*mutually exclusive"):
        ssl.CertificateOptions(**{one: None, other: None})


def test_naming_a_method_is_deprecated_at_the_caller() -> None:
    with pytest.warns(DeprecationWarning, match="Passing method") as caught:
        options = ssl.CertificateOptions(method=SSL.TLSv1_2_METHOD)

    assert caught[0].filename == __file__
    assert options.method == SSL.TLSv1_2_METHOD


def test_one_context_serves_all_connections(host: Any) -> None:
    options = host.options()

    assert options.getContext() is options.getContext()
    assert options.serverConnectionForTLS(None).get_context() is options.getContext()
    for interface in (IOpenSSLContextFactory, IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator):
        assert verifyObject(interface, options)


def test_a_kind_of_ones_own_has_a_hand_in_the_context() -> None:
    class Logging(ssl.CertificateOptions):
        def _makeContext(self, skipCiphers: bool = False) -> Any:
            context = super()._makeContext(skipCiphers)
            context.set_keylog_callback(print)
            return context

    options = Logging(acceptableCiphers=ssl.AcceptableCiphers.fromOpenSSLCipherString("ECDHE-RSA-AES128-GCM-SHA256"))

    def ciphers(context: Any) -> set[str]:
        return {name for name in SSL.Connection(context).get_cipher_list() if not name.startswith("TLS_")}

    assert options.getContext()._keylog_callback is not None
    assert ciphers(options.getContext()) == {"ECDHE-RSA-AES128-GCM-SHA256"}
    assert len(ciphers(options._makeContext(skipCiphers=True))) > 1


def test_programs_can_encode_host_names_their_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twisted.internet._idna._idnaBytes", lambda text: b"encoded-" + text.encode("ascii"))

    creator: Any = ssl.optionsForClientTLS("foo_bar.example")

    assert creator._hostnameBytes == b"encoded-foo_bar.example"


def test_a_key_of_another_certificate_is_found_out_with_the_context(host: Any) -> None:
    other = ssl.KeyPair.generate().original

    with pytest.raises(SSL.Error):
        ssl.CertificateOptions(privateKey=other, certificate=host.original).getContext()


@pytest.mark.parametrize(
    ("chosen", "mode"),
    [
        ({}, SSL.VERIFY_NONE),
        ({"trustRoot": True}, SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT | SSL.VERIFY_CLIENT_ONCE),
        ({"caCerts": True, "verify": True, "requireCertificate": False, "verifyOnce": False}, SSL.VERIFY_PEER),
    ],
)
def test_who_is_verified(host: Any, chosen: dict[str, Any], mode: int) -> None:
    if "trustRoot" in chosen:
        chosen = {**chosen, "trustRoot": host}
    if "caCerts" in chosen:
        chosen = {**chosen, "caCerts": [host.original]}

    context = ssl.CertificateOptions(verifyDepth=4, **chosen).getContext()

    assert context.get_verify_mode() == mode
    assert context.get_verify_depth() == 4


def test_sessions_are_kept_only_if_that_is_asked_for() -> None:
    without = ssl.CertificateOptions().getContext()
    kept = ssl.CertificateOptions(enableSessions=True, enableSessionTickets=True).getContext()

    assert without.get_session_cache_mode() == SSL.SESS_CACHE_OFF
    assert kept.get_session_cache_mode() == SSL.SESS_CACHE_SERVER
    assert without.set_options(0) & SSL.OP_NO_TICKET and not kept.set_options(0) & SSL.OP_NO_TICKET


def test_work_for_broken_peers_is_done_on_request() -> None:
    assert not ssl.CertificateOptions()._options & SSL.OP_ALL & ~SSL.OP_NO_COMPRESSION
    assert ssl.CertificateOptions(fixBrokenPeers=True)._options & SSL.OP_ALL == SSL.OP_ALL


def test_options_can_be_pickled_without_their_context() -> None:
    options = ssl.CertificateOptions(verifyDepth=3)
    options.getContext()

    again = pickle.loads(pickle.dumps(options))

    assert again.verifyDepth == 3 and isinstance(again.getContext(), SSL.Context)


def test_ciphers_are_chosen_by_openssls_names() -> None:
    chosen = ssl.AcceptableCiphers.fromOpenSSLCipherString("ECDHE-RSA-AES256-GCM-SHA384:NONSENSE")

    assert verifyObject(IAcceptableCiphers, chosen)
    names = ssl.CertificateOptions(acceptableCiphers=chosen)._cipherString.split(":")
    assert names[-1] == "ECDHE-RSA-AES256-GCM-SHA384" and all(name.startswith("TLS_") for name in names[:-1])
    assert chosen.selectCiphers(()) == ()
    with pytest.raises(ValueError, match="no usable ciphers"):
        ssl.CertificateOptions(acceptableCiphers=ssl.AcceptableCiphers(()))


def test_sound_ciphers_are_the_default() -> None:
    names = ssl.CertificateOptions()._cipherString.split(":")

    assert names.index("ECDHE-RSA-AES128-GCM-SHA256") < names.index("AES128-SHA")
    assert not [name for name in names if "RC4" in name or "DES" in name or "NULL" in name or "PSK" in name]


def test_diffie_hellman_parameters_come_from_a_file(tmp_path: Path) -> None:
    from twisted.python.filepath import FilePath

    file = tmp_path / "dh.pem"
    file.write_text("no parameters")
    parameters = ssl.DiffieHellmanParameters.fromFile(FilePath(str(file)))

    with pytest.raises(SSL.Error):
        ssl.CertificateOptions(dhParameters=parameters).getContext()


def test_trust_is_in_certificates_or_the_platform(host: Any) -> None:
    assert ssl.CertificateOptions(trustRoot=host).verify is True
    assert isinstance(ssl.platformTrust(), ssl.OpenSSLDefaultPaths)
    assert ssl.CertificateOptions(trustRoot=ssl.platformTrust()).getContext().get_verify_mode() != SSL.VERIFY_NONE
    with pytest.raises(TypeError, match="CertBase"):
        ssl.trustRootFromCertificates([object()])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="trust root"):
        ssl.CertificateOptions(trustRoot=object())


def test_a_client_knows_the_name_in_every_form() -> None:
    # Any: what programs look at is not in the interface.
    named: Any = ssl.optionsForClientTLS("b\u00fccher.example")
    addressed: Any = ssl.optionsForClientTLS("::1")
    silent: Any = ssl.optionsForClientTLS("host.example", sendServerName=False)

    assert (named._hostnameASCII, named._hostnameBytes) == ("xn--bcher-kva.example", b"xn--bcher-kva.example")
    assert named._hostnameIsDnsName and named._sendServerName
    assert addressed._hostnameBytes == b"::1"
    assert not addressed._hostnameIsDnsName and not addressed._sendServerName
    assert not silent._sendServerName
    with pytest.raises(TypeError, match="requires text"):
        ssl.optionsForClientTLS(b"host.example")  # type: ignore[arg-type]


def test_a_client_asks_for_the_server_by_name(pair: Pairs) -> None:
    both = pair().connect().pump()

    assert both.server.transport.getHandle().get_servername() == b"host.example"


def test_old_factories_make_contexts(host: Any, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_bytes(host.privateKey.dump(1))
    certificate.write_bytes(host.dump(1))

    server = ssl.DefaultOpenSSLContextFactory(str(key), str(certificate))

    assert server.getContext() is server.getContext()
    assert pickle.loads(pickle.dumps(server)).privateKeyFileName == str(key)
    client = ssl.ClientContextFactory()
    assert client.getContext() is not client.getContext()
    for context in (server.getContext(), client.getContext()):
        assert context.set_options(0) & SSL.OP_NO_TLSv1_1 and not context.set_options(0) & SSL.OP_NO_TLSv1_2
    assert (ssl.ContextFactory.isClient, ssl.ClientContextFactory.isClient) == (0, 1)
    with pytest.raises(SSL.Error):
        ssl.DefaultOpenSSLContextFactory("/nowhere", str(certificate))
    with pytest.raises(NotImplementedError, match="getContext"):
        ssl.ContextFactory().getContext()


def test_deprecated_names_say_so() -> None:
    with pytest.warns(DeprecationWarning, match="protocolNegotiationMechanisms"):
        ways = ssl.protocolNegotiationMechanisms()
    with pytest.warns(DeprecationWarning, match="ProtocolNegotiationSupport"):
        kinds = ssl.ProtocolNegotiationSupport

    assert ways == kinds.ALPN


def test_the_old_place_has_the_same_things() -> None:
    assert _sslverify.OpenSSLCertificateOptions is ssl.CertificateOptions
    assert _sslverify.Certificate is ssl.Certificate
    assert _sslverify.trustRootFromCertificates is ssl.trustRootFromCertificates
    assert _sslverify.ClientTLSOptions.__module__ == "twisted.internet._sslverify"
    assert _sslverify._defaultCurveName == "prime256v1"
    assert ssl.CertificateOptions._defaultMinimumTLSVersion is V.TLSv1_2
    context = SSL.Context(SSL.TLS_METHOD)
    _sslverify._setAcceptableProtocols(context, [b"h2"])
    connection = ssl.CertificateOptions()._makeTLSConnection(None)  # type: ignore[arg-type]
    assert isinstance(connection, SSL.Connection)


def test_the_reactor_does_not_load_openssl() -> None:
    program = "import sys, twisted.internet.reactor; print('OpenSSL' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert answer.stdout == "False\n"


def test_without_openssl_a_sentence_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['OpenSSL'] = None\n"
        "try:\n import twisted.internet.ssl\n"
        "except ImportError as error: print(error)"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert "pip install 'twisted-core[tls]'" in answer.stdout


def test_nothing_here_warns_of_what_pyopenssl_deprecates(host: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        host.options(host).getContext()
        ssl.KeyPair.generate(size=1024).selfSignedCert(1, CN="x").inspect()
