"""
The rooms behind `twisted.application.internet`.
"""
