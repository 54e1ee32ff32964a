"""The rooms behind `twisted.internet.testing`."""
