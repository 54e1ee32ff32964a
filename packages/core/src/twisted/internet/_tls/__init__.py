"""The rooms of `twisted.internet.ssl`, and TLS that drives a plain socket itself. Nothing else sees OpenSSL."""
