"""The rooms behind `twisted.python.filepath`."""
