"""The rooms behind `twisted.protocols.haproxy`: `header` understands bytes and does no I/O."""
