"""The versions of TLS, and how to leave some out."""

from __future__ import annotations

from constantly import NamedConstant, Names

from twisted.internet._tls.library import SSL


class TLSVersion(Names):  # type: ignore[misc]  # constantly has no annotations
    """The versions of TLS, from the oldest to the newest."""

    SSLv3 = NamedConstant()
    TLSv1_0 = NamedConstant()
    TLSv1_1 = NamedConstant()
    TLSv1_2 = NamedConstant()
    TLSv1_3 = NamedConstant()


_OFF = {
    TLSVersion.SSLv3: SSL.OP_NO_SSLv3,
    TLSVersion.TLSv1_0: SSL.OP_NO_TLSv1,
    TLSVersion.TLSv1_1: SSL.OP_NO_TLSv1_1,
    TLSVersion.TLSv1_2: SSL.OP_NO_TLSv1_2,
    TLSVersion.TLSv1_3: SSL.OP_NO_TLSv1_3,
}


def leaving_out(lowest: NamedConstant, highest: NamedConstant | None) -> int:
    """The OpenSSL options that leave out the versions below *lowest* and above *highest*."""
    options = 0
    for version in TLSVersion.iterconstants():
        if version < lowest or (highest is not None and version > highest):
            options |= _OFF[version]
    return options
