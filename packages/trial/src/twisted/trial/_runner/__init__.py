"""Rooms of `twisted.trial.runner`."""
