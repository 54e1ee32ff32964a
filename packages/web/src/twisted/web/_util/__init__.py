"""
The rooms of `twisted.web.util`.
"""
