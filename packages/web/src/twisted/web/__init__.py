"""
The web: HTTP/1 and HTTP/2 servers, an HTTP client, WebSockets, templates, WSGI and ASGI.
"""
