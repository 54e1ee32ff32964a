"""Rooms of `twisted.internet.defer`."""
