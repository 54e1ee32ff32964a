"""Helpers for tests that programs import from here. The tests themselves are not installed."""
