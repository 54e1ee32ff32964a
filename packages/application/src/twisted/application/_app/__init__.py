"""
The rooms behind `twisted.application.app`.
"""
