"""Endpoints, one idea a module; `twisted.internet.endpoints` is the door."""
