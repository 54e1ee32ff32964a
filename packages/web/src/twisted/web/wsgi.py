"""
Applications that speak WSGI (PEP 3333), each request in a thread.
"""

from twisted.python._facade import publish
from twisted.web._wsgi.resources import WSGIResource

__all__ = ["WSGIResource"]
publish(__name__, __all__)
