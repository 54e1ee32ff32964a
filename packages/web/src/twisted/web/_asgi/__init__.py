"""
The rooms of `twisted.web.asgi`: what an application is told of a request, and the conversations that follow.
"""
