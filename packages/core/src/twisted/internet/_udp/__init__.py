"""The rooms behind `twisted.internet.udp`."""
