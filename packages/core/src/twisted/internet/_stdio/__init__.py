"""The rooms behind `twisted.internet.stdio`."""
