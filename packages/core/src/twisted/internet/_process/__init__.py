"""The rooms behind `twisted.internet.process`."""
