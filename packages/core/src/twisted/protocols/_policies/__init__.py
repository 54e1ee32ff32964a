"""The rooms behind `twisted.protocols.policies`."""
