"""The rooms behind `twisted.internet.unix`."""
