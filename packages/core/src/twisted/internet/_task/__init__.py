"""
The rooms behind `twisted.internet.task`.
"""
