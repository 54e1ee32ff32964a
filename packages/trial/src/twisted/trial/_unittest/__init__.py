"""The rooms of `twisted.trial.unittest`."""
