"""The rooms behind `twisted.internet.protocol`."""
