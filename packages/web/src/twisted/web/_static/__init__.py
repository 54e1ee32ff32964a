"""
The rooms of `twisted.web.static`: what a file is, which parts of it are asked for, and how it is sent.
"""
