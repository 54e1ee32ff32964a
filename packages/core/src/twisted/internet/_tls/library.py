"""What TLS needs from outside, or a sentence that says what to install."""

from __future__ import annotations

from twisted.python._require import require

for _module in ("OpenSSL", "service_identity", "idna"):
    require(_module, install="twisted-core[tls]", purpose="TLS")

from OpenSSL import SSL, crypto  # noqa: E402  (after the check above)

__all__ = ["SSL", "crypto"]
