"""Rooms of `twisted.trial.reporter`."""
