"""What stands behind `twisted.python.usage` besides parsing."""
