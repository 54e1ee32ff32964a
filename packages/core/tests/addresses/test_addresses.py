"""Addresses are small values, cheap to make, that users of attrs can evolve."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import attr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress, _ProcessAddress
from twisted.internet.interfaces import IAddress

EXAMPLES: list[Any] = [  # Any: attrs does not know that these are its classes
    IPv4Address("TCP", "127.0.0.1", 80),
    IPv6Address("UDP", "::1", 53, 7, "eth0"),
    HostnameAddress(b"example.com", 443),
    UNIXAddress("/nowhere/at/all"),
    UNIXAddress(None),
]


def test_their_texts_name_class_and_facts() -> None:
    assert [repr(address) for address in EXAMPLES] == [
        "IPv4Address(type='TCP', host='127.0.0.1', port=80)",
        "IPv6Address(type='UDP', host='::1', port=53, flowInfo=7, scopeID='eth0')",
        "HostnameAddress(hostname=b'example.com', port=443)",
        "UNIXAddress('/nowhere/at/all')",
        "UNIXAddress(None)",
    ]


def test_flow_and_scope_are_zero_unless_said() -> None:
    address = IPv6Address("TCP", "::", 1)

    assert (address.flowInfo, address.scopeID) == (0, 0)


@pytest.mark.parametrize("address", [*EXAMPLES, _ProcessAddress()])
def test_they_provide_iaddress(address: object) -> None:
    assert verifyObject(IAddress, address)


@pytest.mark.parametrize("address", EXAMPLES)
def test_they_survive_copying_and_pickling(address: object) -> None:
    assert copy.copy(address) == address
    assert pickle.loads(pickle.dumps(address)) == address


@pytest.mark.parametrize("kind", [IPv4Address, IPv6Address])
@pytest.mark.parametrize("type_", ["SCTP", "tcp", 1, None])
def test_the_type_is_tcp_or_udp(kind: type[IPv4Address], type_: str) -> None:
    with pytest.raises(ValueError, match=r"'type' must be in \['TCP', 'UDP'\] \(got "):
        kind(type_, "127.0.0.1", 1)  # type: ignore[arg-type]


ports = st.integers(min_value=0, max_value=3)
ipv4 = st.builds(IPv4Address, st.sampled_from(["TCP", "UDP"]), st.sampled_from(["1.1.1.1", "2.2.2.2"]), ports)


def facts(address: IPv4Address) -> tuple[str, str, int]:
    return address.type, address.host, address.port


@given(ipv4, ipv4)
def test_they_compare_and_hash_by_their_facts(one: IPv4Address, other: IPv4Address) -> None:
    assert (one == other) == (facts(one) == facts(other))
    assert (one != other) == (facts(one) != facts(other))
    assert (one < other) == (facts(one) < facts(other))
    assert (one <= other) == (facts(one) <= facts(other))
    assert (one > other) == (facts(one) > facts(other))
    assert (one >= other) == (facts(one) >= facts(other))
    assert one != other or hash(one) == hash(other)


def test_addresses_of_different_classes_are_different_and_have_no_order() -> None:
    v4, v6 = IPv4Address("TCP", "::1", 1), IPv6Address("TCP", "::1", 1)

    assert v4 != v6
    assert v4 != ("TCP", "::1", 1)
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(v4, compare)(v6) is NotImplemented
    with pytest.raises(TypeError):
        _ = v4 < v6


def test_hashes_differ_with_each_fact() -> None:
    assert len({hash(IPv4Address(t, h, p)) for t in ("TCP", "UDP") for h in ("a", "b") for p in (1, 2)}) == 8


def test_attrs_can_evolve_them() -> None:
    assert attr.evolve(EXAMPLES[0], port=1) == IPv4Address("TCP", "127.0.0.1", 1)
    assert attr.evolve(EXAMPLES[1], host="::2") == IPv6Address("UDP", "::2", 53, 7, "eth0")
    assert attr.evolve(EXAMPLES[2], port=1) == HostnameAddress(b"example.com", 1)
    assert attr.evolve(EXAMPLES[3], name=b"/x") == UNIXAddress(b"/x")


def test_attrs_can_list_their_facts() -> None:
    fields_of: Any = IPv6Address
    assert attr.asdict(EXAMPLES[2]) == {"hostname": b"example.com", "port": 443}
    assert [field.default for field in attr.fields(fields_of)] == [attr.NOTHING] * 3 + [0, 0]
    assert [field.name for field in vars(IPv4Address)["__attrs_attrs__"]] == ["type", "host", "port"]


def test_they_match_by_position() -> None:
    match EXAMPLES[0]:
        case IPv4Address(type_, host, port):
            assert (type_, host, port) == ("TCP", "127.0.0.1", 80)
        case _:
            pytest.fail("did not match")


def test_making_one_does_not_load_attrs() -> None:
    program = (
        "import sys; from twisted.internet.address import IPv4Address; repr(IPv4Address('TCP', 'h', 1));"
        "sys.exit('attr' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0


def test_a_unix_address_keeps_bytes() -> None:
    assert UNIXAddress("/tmp/ä").name == os.fsencode("/tmp/ä")
    assert UNIXAddress(b"/tmp/x").name == b"/tmp/x"
    assert UNIXAddress(None).name is None
    assert UNIXAddress("/nowhere") == UNIXAddress(b"/nowhere")


def test_unix_addresses_without_files_compare_by_name() -> None:
    assert UNIXAddress("/nowhere/a") != UNIXAddress("/nowhere/b")
    assert UNIXAddress("/nowhere/a") != "/nowhere/a"
    assert UNIXAddress(None) == UNIXAddress(None)
    assert UNIXAddress(None) != UNIXAddress("/nowhere/a")
    assert hash(UNIXAddress("/nowhere/a")) == hash(UNIXAddress(b"/nowhere/a"))
    assert hash(UNIXAddress("/nowhere/a")) != hash(UNIXAddress("/nowhere/b"))


def test_two_names_of_one_file_are_one_address(tmp_path: Path) -> None:
    one, other, third = (str(tmp_path / name) for name in ("one", "other", "third"))
    for path in (one, third):
        Path(path).touch()
    os.link(one, other)

    assert UNIXAddress(one) == UNIXAddress(other)
    assert hash(UNIXAddress(one)) == hash(UNIXAddress(other))
    assert UNIXAddress(one) != UNIXAddress(third)
    assert UNIXAddress(one) != UNIXAddress(str(tmp_path / "none"))


def test_abstract_names_are_no_files() -> None:
    assert UNIXAddress(b"\0name") == UNIXAddress(b"\0name")
    assert UNIXAddress(b"\0name") != UNIXAddress(b"\0other")
    assert hash(UNIXAddress(b"\0name")) == hash(UNIXAddress("\0name"))
    assert repr(UNIXAddress(b"\0name")) == "UNIXAddress('\\x00name')"
