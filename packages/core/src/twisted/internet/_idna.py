"""
International host names, as people write them and as certificates and DNS hold them (RFC 5891).
"""

from __future__ import annotations

from twisted.python._require import require

__all__ = ["_idnaBytes", "_idnaText"]


def _idnaBytes(text: str) -> bytes:
    """
    Give a host name as it is written in DNS.

    Raises:
        idna.IDNAError: It cannot be a host name.
    """
    if text.isascii() and _is_plain(text):
        return text.encode("ascii")
    idna = require("idna", install="twisted-core[tls]", purpose="an international host name")
    encoded: bytes = idna.encode(text)
    return encoded


def _idnaText(octets: bytes) -> str:
    """
    Give a host name as people write it.

    Raises:
        idna.IDNAError: It cannot be a host name.
    """
    idna = require("idna", install="twisted-core[tls]", purpose="an international host name")
    text: str = idna.decode(octets)
    return text


def _is_plain(text: str) -> bool:
    """Whether it is letters, digits and hyphens in labels of proper length: then it is encoded as it is."""
    labels = text.split(".")
    return len(text) <= 253 and all(
        0 < len(label) <= 63
        and label.replace("-", "a").isalnum()
        and label[0] != "-"
        and label[-1] != "-"
        and label[2:4] != "--"
        for label in labels
    )
