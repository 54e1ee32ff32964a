"""Interfaces say what is promised; whoever imports them pays little."""

from __future__ import annotations

import subprocess
import sys

import pytest
from zope.interface import Interface
from zope.interface.interface import InterfaceClass

from twisted.internet import interfaces

ALL = [value for name, value in vars(interfaces).items() if isinstance(value, InterfaceClass) and name != "Interface"]


@pytest.mark.parametrize("iface", ALL, ids=lambda iface: iface.__name__)
def test_each_is_described(iface: InterfaceClass) -> None:
    assert iface.__doc__ and iface.__doc__.strip()
    assert iface.__module__ == "twisted.internet.interfaces"
    assert issubclass(type(iface), type(Interface))


@pytest.mark.parametrize("iface", ALL, ids=lambda iface: iface.__name__)
def test_each_method_is_described(iface: InterfaceClass) -> None:
    bare = [name for name, described in iface.namesAndDescriptions() if not described.__doc__.strip()]

    assert bare == []


@pytest.mark.parametrize(
    ("iface", "bases"),
    [
        (interfaces.ITCPTransport, [interfaces.ITransport]),
        (interfaces.ITLSTransport, [interfaces.ITCPTransport]),
        (interfaces.ISSLTransport, [interfaces.ITCPTransport]),
        (interfaces.INegotiated, [interfaces.ISSLTransport]),
        (interfaces.IUNIXTransport, [interfaces.ITransport]),
        (interfaces.IProcessTransport, [interfaces.ITransport]),
        (interfaces.IMulticastTransport, [interfaces.IUDPTransport]),
        (interfaces.IPushProducer, [interfaces.IProducer]),
        (interfaces.IPullProducer, [interfaces.IProducer]),
        (interfaces.IReactorThreads, [interfaces.IReactorInThreads, interfaces.IReactorFromThreads]),
        (interfaces.IReactorTCP2, [interfaces.IReactorTCP]),
        (interfaces.IReadWriteDescriptor, [interfaces.IReadDescriptor, interfaces.IWriteDescriptor]),
        (interfaces.IReadDescriptor, [interfaces.IFileDescriptor]),
        (interfaces.IFileDescriptor, [interfaces.ILoggingContext]),
        (interfaces.IResolver, [interfaces.IResolverSimple]),
    ],
)
def test_some_build_on_others(iface: InterfaceClass, bases: list[InterfaceClass]) -> None:
    assert all(iface.extends(base) for base in bases)


def test_push_and_pull_producers_differ_in_pausing() -> None:
    assert "pauseProducing" in interfaces.IPushProducer
    assert "pauseProducing" not in interfaces.IPullProducer


def test_importing_them_loads_nothing_heavy() -> None:
    heavy = ["asyncio", "dataclasses", "inspect", "attr", "logging", "json", "ssl", "OpenSSL", "subprocess", "tempfile"]
    program = (
        "import sys; import twisted.internet.interfaces, twisted.internet.error, twisted.internet.address;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {program}"],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.strip() == "[]", done.stderr
