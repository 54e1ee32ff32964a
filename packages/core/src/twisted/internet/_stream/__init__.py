"""
The rooms behind `twisted.internet.tcp`: connections, those that were accepted and those that were made, and ports.
"""
