"""
The rooms of `twisted.web.twcgi`.
"""
