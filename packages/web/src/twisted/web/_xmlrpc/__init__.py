"""
The rooms of `twisted.web.xmlrpc`.
"""
