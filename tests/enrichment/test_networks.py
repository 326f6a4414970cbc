"""Labels of networks: the longest prefix counts, in the registry and in lists of users."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.networks import parse, registry
from forensics.errors import DeclarationError

Any = IPv4Address | IPv6Address


def kind(address: str | Any) -> str:
    found = registry().find(ip_address(str(address)))
    assert found
    [label] = found.labels
    return label


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", "private"), ("172.31.255.255", "private"), ("172.32.0.0", "public"),
        ("100.64.0.1", "cgnat"), ("127.0.0.1", "loopback"), ("169.254.169.254", "link_local"),
        ("192.0.2.1", "documentation"), ("224.0.0.1", "multicast"), ("0.0.0.0", "unspecified"),
        ("255.255.255.255", "broadcast"), ("250.0.0.1", "reserved"), ("9.9.9.9", "public"),
        ("198.19.0.1", "benchmarking"), ("::1", "loopback"), ("::", "unspecified"),
        ("fe80::1", "link_local"), ("fd00::1", "private"), ("2001:db8::1", "documentation"),
        ("ff02::1", "multicast"), ("2620:fe::fe", "public"), ("2002::1", "transition"),
        ("4000::1", "reserved"), ("64:ff9b::1", "transition"),
    ],
)  # fmt: skip
def test_kinds_of_networks(address: str, expected: str) -> None:
    assert kind(address) == expected


@given(st.one_of(st.ip_addresses(), st.ip_addresses(v=4), st.ip_addresses(network="::/8")))
def test_the_registry_agrees_with_the_standard_library(address: Any) -> None:
    found = kind(address)
    assert (found == "loopback") == address.is_loopback
    assert (found == "multicast") == address.is_multicast
    assert (found == "link_local") == address.is_link_local
    assert (found == "unspecified") == address.is_unspecified
    if address.version == 4 and found in {"private", "documentation", "cgnat", "benchmarking"}:
        assert not address.is_global
    # Of this block the standard library of some versions knows parts only.
    if address.version == 4 and address not in ip_network("192.0.0.0/24"):
        assert address.is_global == (found in {"public", "transition", "multicast"})


LIST = b"""\xef\xbb\xbfcidr,label,note
# what the organisation uses
192.0.2.0/24,cloud,"region north, first"
192.0.2.64/26,vpn
192.0.2.65,exit
192.0.2.65/32,anonymous,seen
2001:db8::/32,cloud
::ffff:198.51.100.0/120,office

"""


@pytest.mark.parametrize(
    ("address", "labels"),
    [
        ("192.0.2.1", ("cloud",)),
        ("192.0.2.64", ("vpn",)),
        ("192.0.2.65", ("anonymous", "exit")),
        ("192.0.3.0", None),
        ("2001:db8:1::", ("cloud",)),
        ("198.51.100.7", ("office",)),
        ("::1", None),
    ],
)
def test_a_list_labels_addresses(address: str, labels: tuple[str, ...] | None) -> None:
    found = parse(LIST, "list").find(ip_address(address))
    assert (found.labels if found else None) == labels


def test_a_network_keeps_its_note() -> None:
    found = parse(LIST, "list").find(ip_address("192.0.2.9"))
    assert found
    assert (found.cidr, found.note) == ("192.0.2.0/24", "region north, first")


def test_all_faults_of_a_list_are_told_by_line() -> None:
    data = b"192.0.2.0/24,cloud\n192.0.2.1/24,x\n\nnobody,x\n192.0.2.0/25\n"
    with pytest.raises(DeclarationError) as caught:
        parse(data, "ranges.csv")
    assert caught.value.place == "ranges.csv"
    assert caught.value.remedy
    assert all(f"line {n}" in caught.value.message for n in (2, 4, 5))
    assert "line 1" not in caught.value.message


@pytest.mark.parametrize("data", [b"", b"cidr,label\n", b"\xff\xfe,", b"#\n"])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(DeclarationError):
        parse(data, "ranges.csv")


@given(st.lists(st.ip_addresses(v=4), min_size=1), st.lists(st.integers(0, 32), min_size=1))
def test_the_longest_prefix_counts(addresses: list[Any], lengths: list[int]) -> None:
    networks = {
        ip_network((int(address) >> 32 - length << 32 - length, length))
        for address, length in zip(addresses, lengths, strict=False)
    }
    held = parse("\n".join(f"{one},{one}" for one in networks).encode(), "list")
    for address in addresses:
        within = [one for one in networks if address in one]
        found = held.find(address)
        assert (found.cidr if found else None) == (
            str(max(within, key=lambda one: one.prefixlen)) if within else None
        )


@given(st.binary())
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        parse(data, "list")
    except DeclarationError as error:
        assert error.remedy


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize(
    "first", ["", "# ours, and theirs\n", "cidr{}label\n", "\ufeffcidr{}label\n"]
)
def test_a_list_of_another_delimiter_is_read(mark: str, first: str) -> None:
    data = f"{first}192.0.2.0/24{{}}vpn{{}}north, first\n".replace("{}", mark).encode()
    found = parse(data, "list").find(ip_address("192.0.2.9"))
    assert found
    assert (found.labels, found.note) == (("vpn",), "north, first")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_list_that_is_not_utf8_is_told_in_plain_words(encoding: str) -> None:
    with pytest.raises(DeclarationError, match=r"not UTF-8 text: line \d") as caught:
        parse("192.0.2.0/24,vpn\n198.51.100.0/24,B\u00fcro\n".encode(encoding), "list")
    assert "Save it as UTF-8" in (caught.value.remedy or "")
    assert "codec" not in caught.value.message
