"""Rooms of `twisted.scripts.trial`."""
