"""Helpers for tests of resources, which programs import from here. The tests themselves are not installed."""
