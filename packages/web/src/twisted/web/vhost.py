"""
Several sites in one server: which one answers depends on the host that a client asks for.
"""

from __future__ import annotations

from typing import Any

from twisted.python.roots import Homogenous
from twisted.web.pages import notFound
from twisted.web.resource import Resource

__all__ = ["NameVirtualHost", "VHostMonsterResource", "VirtualHostCollection"]

_PORTS = {b"http": 80, b"https": 443}


class VirtualHostCollection(Homogenous):
    """
    The hosts of a `NameVirtualHost`, for programs that walk through the tree of resources.

    Args:
        nvh: Whose they are.
    """

    entityType = Resource

    def __init__(self, nvh: NameVirtualHost) -> None:
        super().__init__()
        self.nvh = nvh

    def listStaticEntities(self) -> Any:
        """Give the names of all hosts, with the resource of each."""
        return self.nvh.hosts.items()

    def getStaticEntity(self, name: Any) -> Any:
        """Give the resource of a host, or `None`."""
        return self.nvh.hosts.get(name)

    def reallyPutEntity(self, name: Any, entity: Any) -> None:
        """Add a host."""
        self.nvh.addHost(name, entity)

    def delEntity(self, name: Any) -> None:
        """
        Remove a host.

        Raises:
            KeyError: There is none of that name.
        """
        self.nvh.removeHost(name)


class NameVirtualHost(Resource):
    """
    Has other resources answer, one for each host.

    Attributes:
        hosts: The resource of each host, by its name, in lower case.
        default: What answers when somebody asks for another host; `None` for a page that says so (404).
    """

    default: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[bytes, Any] = {}

    def listStaticEntities(self) -> Any:
        """Give the hosts, below those of any resource."""
        return [*super().listStaticEntities(), ("Virtual Hosts", VirtualHostCollection(self))]

    def getStaticEntity(self, name: Any) -> Any:
        """Give the hosts, or a child, or `None`."""
        if name == "Virtual Hosts":
            return VirtualHostCollection(self)
        return super().getStaticEntity(name)

    def addHost(self, name: bytes, resrc: Any) -> None:
        """
        Add a host.

        Args:
            name: Its name, without a port, as bytes.
            resrc: What answers for it.
        """
        self.hosts[name.lower()] = resrc

    def removeHost(self, name: bytes) -> None:
        """
        Remove a host.

        Raises:
            KeyError: There is none of that name.
        """
        del self.hosts[name.lower()]

    def _asked_for(self, request: Any) -> Any:
        """Give the resource of the host that a request is for, and move it past the root."""
        name = (request.getHeader(b"host") or b"").lower()
        # The port does not count. An IPv6 address has colons of its own, in brackets.
        name = name.partition(b"]")[0] + b"]" if name.startswith(b"[") else name.partition(b":")[0]
        found = self.hosts.get(name, self.default)
        if found is None:
            return notFound("No Such Resource", f"host {name.decode('ascii', 'replace')!r} not in vhost map")
        return found

    def render(self, request: Any) -> Any:
        """Have the host's resource answer."""
        return self._asked_for(request).render(request)

    def getChild(self, path: bytes, request: Any) -> Any:
        """Have the host's resource look for what is asked for."""
        resource = self._asked_for(request)
        if resource.isLeaf:
            # It looks at the path itself.
            request.postpath.insert(0, request.prepath.pop())
            return resource
        return resource.getChildWithDefault(path, request)


class _HostResource(Resource):
    """Takes the host, and perhaps a port, from a segment of the path."""

    def __init__(self, scheme: bytes) -> None:
        super().__init__()
        self._scheme = scheme

    def getChild(self, path: bytes, request: Any) -> Any:
        host, colon, digits = path.rpartition(b":")
        if not colon or path.endswith(b"]"):
            host, port = path, _PORTS[self._scheme]
        elif digits.isdigit() and len(digits) <= 5 and int(digits) < 65536:
            port = int(digits)
        else:
            return notFound()
        request.setHost(host, port, self._scheme == b"https")
        uri = request.uri
        for _ in request.prepath:
            uri = uri[1:].partition(b"/")[2]
            uri = b"/" + uri
        request.uri = uri
        request.path = b"/" + b"/".join(request.postpath)
        request.prepath = []
        return request.site.getResourceFor(request)


class VHostMonsterResource(Resource):
    """
    Learns from the path which host a proxy in front was asked for.

    Put at ``/vhost``, it takes ``/vhost/http/www.example.org:8080/doc`` for ``http://www.example.org:8080/doc``. Let
    nobody but the proxy ask for it: whoever can, decides what the site takes its own name for.
    """

    def getChild(self, path: bytes, request: Any) -> Any:
        """Take the scheme from the path; the host is next."""
        if path not in _PORTS:
            return notFound()
        return _HostResource(path)
