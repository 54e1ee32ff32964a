"""
The rooms of `twisted.web.wsgi`: what an application is told of a request, and how its answer gets out of its thread.
"""
