"""
The plugin of ``twist portforward``.
"""

from twisted.application.service import ServiceMaker

TwistedPortForward = ServiceMaker(
    "Port Forwarder", "twisted.tap.portforward", "Forwards connections to another host's port.", "portforward"
)
