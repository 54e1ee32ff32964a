"""
The rooms of `twisted.web.guard`.
"""
