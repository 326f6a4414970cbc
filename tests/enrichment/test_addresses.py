"""What logs write as a source address, and which address that is."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.enrichment.addresses import read


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:c000:201]:443", "192.0.2.1"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:65535", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:22", "fe80::1"),
    ],
)
def test_an_address_is_read(text: str, address: str) -> None:
    assert str(read(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "cloudtrail.amazonaws.com", "host:22", "192.0.2.1, 192.0.2.2", "192.0.2.0/24",
        "192.0.2.256", "192.0.02.1", "3221225985", "[", "[]:1", "[192.0.2.1", "192.0.2.1:",
        "192.0.2.1:http", "2001:db8::1::", "1.2.3.4\x00", "١٩٢.٠.٢.١",
    ],
)  # fmt: skip
def test_what_is_none_is_none(text: str) -> None:
    assert read(text) is None


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    read(text)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_port_changes_nothing(address: IPv4Address | IPv6Address, port: int) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    assert read(f"{host}:{port}") == read(str(address)) is not None
