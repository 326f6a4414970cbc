"""Databases of addresses: what is found, which of several counts, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import maxminddb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.enrichment.geoip import Found, GeoIP, extract
from forensics.errors import InputError

Mmdb = Callable[..., bytes]
NL = {"country": {"iso_code": "NL"}}
OTHER = {"domain": "example.com"}


def found(geoip: GeoIP, address: str) -> Found:
    return geoip.find(ip_address(address))


def test_the_writer_of_these_tests_writes_the_format(mmdb: Mmdb, tmp_path: Path) -> None:
    networks = {"192.0.2.0/25": {"a": "x" * 400, "b": [1, True]}, "2001:db8::/48": {"a": 2**40}}
    for size in (24, 28, 32):
        path = tmp_path / f"{size}.mmdb"
        path.write_bytes(mmdb(networks, size=size))
        for mode in (maxminddb.MODE_MMAP, maxminddb.MODE_AUTO):
            with maxminddb.open_database(path, mode) as reader:
                assert {str(one): record for one, record in reader} == networks
                assert reader.get("192.0.2.200") is None


def test_place_and_system_of_an_address(geoip: Path) -> None:
    held = GeoIP(geoip)
    one = found(held, "192.0.2.1")
    assert (one.country, one.city, one.asn, one.as_name) == ("NL", "Delft", "64500", "Example Net")
    assert len(one.databases) == 2
    within = found(held, "192.0.2.200")
    assert (within.country, within.city, within.asn) == ("BE", None, "64500")
    assert found(held, "2001:db8::7").city == "Cork"
    for absent in ("198.51.100.1", "2001:db9::1"):
        assert not found(held, absent).anything
    held.close()


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"country": {"iso_code": "-"}, "city": {"names": {"en": "-"}}}, Found()),
        ({"country": "DE", "city": "Bonn", "asn": "AS64501", "as_name": "Example"},
         Found("DE", "Bonn", "64501", "Example")),
        ({"country_code": "fr"}, Found("FR")),
        ({"country": "Germany"}, Found()),
        ({"registered_country": {"iso_code": "US"}}, Found()),
        ({"traits": {"autonomous_system_number": 64502}}, Found(asn="64502")),
        ({"autonomous_system_number": 0}, Found()),
        ({"traits": {"is_anonymous": True, "is_tor_exit_node": True, "is_anonymous_vpn": False}},
         Found(labels=frozenset({"anonymous", "tor"}))),
        ({"is_hosting_provider": "yes"}, Found()),
        ({"country": {"iso_code": ["NL"]}, "city": 7}, Found(city="7")),
        ([], Found()),
        (None, Found()),
    ],
)  # fmt: skip
def test_records_of_several_makers(record: object, expected: Found) -> None:
    assert extract(record) == expected


def test_of_several_databases_the_one_that_knows_most_counts_then_the_newest(
    mmdb: Mmdb, tmp_path: Path
) -> None:
    def write(name: str, built: int, record: object) -> None:
        (tmp_path / name).write_bytes(mmdb({"192.0.2.0/24": record}, built=built))

    write("old.mmdb", 1_000, {"country": {"iso_code": "DE"}})
    write("new.mmdb", 2_000, {"country": {"iso_code": "FR"}})
    assert found(GeoIP(tmp_path), "192.0.2.1").country == "FR"
    write("oldest.mmdb", 500, {"country": {"iso_code": "IT"}, "city": {"names": {"en": "Bari"}}})
    one = found(GeoIP(tmp_path), "192.0.2.1")
    assert (one.country, one.city) == ("IT", "Bari")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty file"),
        (b"no database", "valid MaxMind DB"),
        (b"\0" * 5000, "valid MaxMind DB"),
    ],
)
def test_a_foreign_file_is_named(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "x.mmdb").write_bytes(data)
    with pytest.raises(InputError, match=told) as caught:
        GeoIP(tmp_path)
    assert caught.value.place == str(tmp_path / "x.mmdb")
    assert caught.value.remedy


def test_a_database_of_something_else_is_named(mmdb: Mmdb, tmp_path: Path) -> None:
    tried: list[dict[str, dict[str, str]]] = [{"192.0.2.0/24": OTHER}, {"2001:db8::/32": {}}]
    for networks in tried:
        (tmp_path / "x.mmdb").write_bytes(mmdb(networks, name="Test-Domain"))
        with pytest.raises(InputError, match="Test-Domain"):
            GeoIP(tmp_path)


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file.mmdb").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    for name in ("absent", "empty", "file.mmdb"):
        with pytest.raises(InputError) as caught:
            GeoIP(tmp_path / name)
        assert caught.value.place == str(tmp_path / name)
        assert caught.value.remedy


def test_a_database_cut_short_is_named(mmdb: Mmdb, tmp_path: Path) -> None:
    whole = mmdb({"192.0.2.0/24": NL})
    for cut in range(0, len(whole) - 1, 7):
        (tmp_path / "x.mmdb").write_bytes(whole[:cut])
        with pytest.raises(InputError):
            GeoIP(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8))
def test_damage_is_told_or_harmless(
    mmdb: Mmdb, tmp_path: Path, damage: list[tuple[int, int]]
) -> None:
    data = bytearray(mmdb({"192.0.2.0/24": NL, "2001:db8::/32": NL}))
    for place, value in damage:
        data[place % len(data)] = value
    (tmp_path / "x.mmdb").write_bytes(data)
    try:
        held = GeoIP(tmp_path)
        for address in ("192.0.2.1", "2001:db8::1", "::1"):
            found(held, address)
    except InputError as error:
        assert error.place
        assert error.remedy


def test_the_order_of_questions_changes_no_answer(mmdb: Mmdb, tmp_path: Path) -> None:
    rng = random.Random(7)
    networks = {}
    for _ in range(200):
        length = rng.randint(9, 32)
        number = rng.getrandbits(length) << 32 - length
        networks[str(ip_network((number, length)))] = {"asn": f"AS{rng.randint(1, 99)}"}
    (tmp_path / "x.mmdb").write_bytes(mmdb(networks))
    edges = [
        edge for one in map(ip_network, networks) for edge in (one[0], one[-1], one[-1] + 1)
        if int(one[-1]) + 1 < 2**32
    ]  # fmt: skip
    ordered = {one: GeoIP(tmp_path).find(one) for one in edges}
    held = GeoIP(tmp_path)
    for one in rng.sample(sorted(edges, key=int), len(edges)):
        assert held.find(one) == ordered[one]
    with maxminddb.open_database(tmp_path / "x.mmdb") as reader:
        for one in sorted(edges, key=int):
            record = reader.get(one)
            asn = str(record["asn"])[2:] if isinstance(record, dict) else None
            assert held.find(one).asn == asn
