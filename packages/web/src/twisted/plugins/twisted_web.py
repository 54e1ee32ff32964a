"""
``web``, which serves files, scripts and applications.
"""

from twisted.application.service import ServiceMaker

__all__ = ["TwistedWeb"]

TwistedWeb = ServiceMaker(
    "Web server",
    "twisted.web.tap",
    "A general-purpose web server, for files, Python resources, and WSGI and ASGI applications.",
    "web",
)
