"""Helpers for tests of reactors, which programs import from here. The tests themselves are not installed."""
