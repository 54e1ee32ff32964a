"""
The rooms of `twisted.web.proxy`: what takes requests in, and what passes them on.
"""
