from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from forensics.conditions import matching
from forensics.conditions.fields import Field, event_field
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import UsageError

ENGINE = DuckDBEngine(threads=1)


def on(text: str | None, build: object) -> bool | None:
    """What a condition says of one text value."""
    condition = build(Field("f", "text", exp.column("value")))  # type: ignore[operator]
    sql = exp.select(condition.as_("said")).from_("given").sql(dialect="duckdb")
    with_value = "WITH given AS (SELECT $value::VARCHAR AS value) "
    said: bool | None = ENGINE.rows(with_value + sql, {"value": text})[0]["said"]
    return said


V4 = st.ip_addresses(v=4).map(str)
V6 = st.one_of(
    st.ip_addresses(v=6),
    st.integers(0, 2**20).map(lambda n: IPv6Address((0x20010DB8 << 96) + n)),
    st.integers(0, 2**20).map(IPv6Address),
)
WRITTEN = st.sampled_from([str, lambda a: a.exploded, lambda a: str(a).upper()])


@settings(max_examples=200, deadline=None)
@given(address=V4, other=V4, prefix=st.integers(0, 32), same=st.booleans())
def test_ipv4_network(address: str, other: str, prefix: int, same: bool) -> None:
    network = ip_network(f"{address if same else other}/{prefix}", strict=False)
    expected = IPv4Address(address) in network
    assert on(address, lambda field: matching.in_network(field, network)) is expected


@settings(max_examples=200, deadline=None)
@given(address=V6, other=V6, prefix=st.integers(0, 128), same=st.booleans(), write=WRITTEN)
def test_ipv6_network(
    address: IPv6Address, other: IPv6Address, prefix: int, same: bool, write: object
) -> None:
    network = IPv6Network((address if same else other, prefix), strict=False)
    text = write(address)  # type: ignore[operator]
    assert on(text, lambda field: matching.in_network(field, network)) is (address in network)


@pytest.mark.parametrize("text", ["300.1.1.1", "1.2.3", "1.2.3.4.5", "x", "", "::g", "1.2.3.4:80"])
@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_what_is_no_address_is_in_no_network(text: str, network: str) -> None:
    with pytest.raises(ValueError, match="not appear"):
        ip_address(text)
    assert not on(text, lambda field: matching.in_network(field, ip_network(network)))


@pytest.mark.parametrize("value", [None, "x", "y"])
def test_negation_is_never_unknown(value: str | None) -> None:
    said = on(value, lambda field: matching.negate(matching.equals(field, "x")))
    assert said is (value != "x")


def test_nothing_to_choose_from_and_nothing_to_require() -> None:
    assert matching.any_of([]).sql() == "FALSE"
    assert matching.all_of([]).sql() == "TRUE"


def test_regex_refused_by_the_engine() -> None:
    assert matching.regex_fault("a+") is None
    assert matching.regex_fault("(?=a)")
    with pytest.raises(UsageError):
        matching.regex(event_field("actor"), "a{2000}")


@pytest.mark.parametrize(
    ("name", "near"), [("actr", "actor"), ("ip", "src_ip"), ("Target", "target"), ("zzz", "actor")]
)
def test_unknown_field_names_the_nearest(name: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        event_field(name)
    assert near in (caught.value.remedy or "")
