"""The rooms behind `twisted.protocols.basic`: `lines`, `netstrings` and `prefixed` understand bytes and do no I/O."""
