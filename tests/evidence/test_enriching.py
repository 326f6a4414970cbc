"""Enriching a case: beside the events, sealed, repeatable, and nothing on any fault."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensics.enrichment.lookups import Lookups
from forensics.errors import CaseError, DeclarationError, EvidenceAlteredError, InputError
from forensics.evidence import custody
from forensics.evidence.catalog import Catalog
from forensics.evidence.enriching import Enrichment, enrich, waiting
from forensics.evidence.store import ENRICHED
from forensics.sources.declaration import parse

Entry = Callable[..., dict[str, Any]]
GATE = """
name = "gate"
title = "Gate log"
[recognise]
required = ["gate", "at"]
[event]
native_id = "id"
time = "at"
operation = "op"
src_ip = "ip"
src_country = "country"
src_asn = "asn"
user_agent = "agent"
"""
ADDRESSES = [
    "192.0.2.1", "192.0.2.1:443", "::ffff:192.0.2.200", "[2001:db8::1]:22", "fe80::1%eth0",
    "10.0.0.1", "service.example.com", None,
]  # fmt: skip


def gate(number: int, ip: str | None, **more: Any) -> dict[str, Any]:
    stamp = f"2026-01-05T09:00:{number:02}Z"
    return {"gate": "g", "id": str(number), "at": stamp, "op": "pass", "ip": ip, **more}


@pytest.fixture
def gates(bench: Any) -> Any:
    """A case of a source that tells addresses, and sometimes where they are."""
    bench.sources["gate"] = parse(GATE, "gate")
    records = [gate(n, ip, agent=f"curl/{n}") for n, ip in enumerate(ADDRESSES)]
    records.append(gate(20, "192.0.2.1", country="FR", agent="Mozilla/5.0"))
    bench.write("gate.jsonl", records)
    bench.ingest()
    return bench


def run(bench: Any, *, replace: bool = False, **given: Path) -> Enrichment:
    with Lookups(**given) as lookups:
        return enrich(bench.paths, lookups, tool="test 1", replace=replace)


def ranges(folder: Path, text: str = "192.0.2.0/24,cloud,north\n192.0.2.1,vpn\n") -> Path:
    path = folder / "ranges.csv"
    path.write_text(text, encoding="utf-8")
    return path


def snapshot(bench: Any) -> dict[str, bytes]:
    """The files of a case that hold evidence."""
    folders = (bench.paths.segments, bench.paths.context)
    return {path.name: path.read_bytes() for folder in folders for path in folder.iterdir()}


def test_what_is_known_of_each_address(gates: Any, geoip: Path, tmp_path: Path) -> None:
    found = run(gates, geoip=geoip, ranges=ranges(tmp_path))
    columns = "ip, network, country, city, asn, as_name, labels, cidr, note"
    rows = {
        row.pop("src_ip"): row for row in gates.rows(f"SELECT src_ip, {columns} FROM addresses")
    }
    assert set(rows) == set(ADDRESSES) - {None}
    assert rows["192.0.2.1:443"] == rows["192.0.2.1"]
    assert list(rows["192.0.2.1"].values()) == [
        "192.0.2.1", "documentation", "NL", "Delft", "64500", "Example Net", ["vpn"],
        "192.0.2.1/32", None,
    ]  # fmt: skip
    assert list(rows["::ffff:192.0.2.200"].values()) == [
        "192.0.2.200", "documentation", "BE", None, "64500", "Example Net", ["cloud"],
        "192.0.2.0/24", "north",
    ]  # fmt: skip
    assert rows["[2001:db8::1]:22"]["city"] == "Cork"
    assert rows["fe80::1%eth0"]["network"] == "link_local"
    assert rows["10.0.0.1"]["network"] == "private"
    assert set(rows["service.example.com"].values()) == {None}
    assert (found.addresses, found.countries, found.systems) == (7, 4, 3)
    assert found.networks == {"documentation": 4, "link_local": 1, "private": 1, "none": 1}
    assert found.labels == {"vpn": 2, "cloud": 1}


def test_clients_are_told_by_family(gates: Any) -> None:
    found = run(gates)
    rows = gates.rows("SELECT family, kind, count(*) AS n FROM user_agents GROUP BY ALL ORDER BY n")
    assert [tuple(row.values()) for row in rows] == [(None, None, 1), ("curl", "cli", 8)]
    assert (found.user_agents, found.kinds) == (9, {"cli": 8, "none": 1})


def test_events_are_filled_where_the_record_says_nothing(gates: Any, geoip: Path) -> None:
    before = gates.rows("SELECT * FROM events ORDER BY event_uid")
    assert {row["src_asn"] for row in before} == {None}
    run(gates, geoip=geoip)
    after = gates.rows("SELECT * FROM events ORDER BY event_uid")
    told = {row["record_no"]: (row["src_country"], row["src_asn"]) for row in after}
    assert told == {
        0: ("NL", "64500"), 1: ("NL", "64500"), 2: ("BE", "64500"), 3: ("IE", None),
        4: (None, None), 5: (None, None), 6: (None, None), 7: (None, None), 8: ("FR", "64500"),
    }  # fmt: skip
    assert gates.rows("SELECT * FROM recorded_events ORDER BY event_uid") == before
    filled = {"src_country", "src_asn"}
    for one, other in zip(before, after, strict=True):
        assert {k: v for k, v in one.items() if k not in filled} == {
            k: v for k, v in other.items() if k not in filled
        }


def test_a_case_that_is_not_enriched_has_none_of_it(gates: Any) -> None:
    names = gates.column("SELECT table_name FROM information_schema.tables")
    assert not set(names) & set(ENRICHED)
    assert waiting(gates.paths) == 0


def test_the_same_again_changes_nothing(gates: Any, geoip: Path, tmp_path: Path) -> None:
    given = {"geoip": geoip, "ranges": ranges(tmp_path)}
    assert run(gates, **given).changed
    held, head, digest = snapshot(gates), gates.verify().head, gates.digest()
    assert not run(gates, **given).changed
    assert (snapshot(gates), gates.verify().head, gates.digest()) == (held, head, digest)


def test_the_same_inputs_are_the_same_bytes(
    gates: Any, geoip: Path, another: Callable[[str], Any]
) -> None:
    twin = another("twin")
    twin.sources = gates.sources
    twin.ingest()
    run(gates, geoip=geoip)
    run(twin, geoip=geoip)
    assert snapshot(twin) == snapshot(gates)
    assert twin.digest() == gates.digest()


def test_the_digest_rests_on_what_was_found(gates: Any, geoip: Path, tmp_path: Path) -> None:
    digests = [gates.digest()]
    for given in ({}, {"geoip": geoip}, {"ranges": ranges(tmp_path)}):
        run(gates, **given)
        digests.append(gates.digest())
    assert len(set(digests)) == len(digests)


def test_an_enrichment_that_replaces_forgets_the_older(
    gates: Any, geoip: Path, tmp_path: Path
) -> None:
    run(gates, geoip=geoip, ranges=ranges(tmp_path))
    old = snapshot(gates)
    found = run(gates, replace=True)
    assert found.kept == []
    assert found.no_longer == ["City.mmdb", "asn/ASN.mmdb", "ranges.csv"]
    assert gates.column("SELECT count(*) FROM addresses") == [7]
    assert gates.column("SELECT DISTINCT country FROM addresses") == [None]
    assert gates.column("SELECT DISTINCT input FROM enrichment") == ["tool"]
    kept = snapshot(gates)
    assert old.items() <= kept.items()
    assert gates.verify().faults == ()


ALL = "SELECT * FROM addresses ORDER BY src_ip"


def test_what_is_not_given_again_stays(gates: Any, geoip: Path, tmp_path: Path) -> None:
    run(gates, geoip=geoip, ranges=ranges(tmp_path))
    held, files, digest = gates.rows(ALL), snapshot(gates), gates.digest()
    found = run(gates)
    assert (found.kept, found.no_longer) == (["City.mmdb", "asn/ASN.mmdb", "ranges.csv"], [])
    assert (found.changed, found.countries, found.unasked) == (False, 4, 0)
    assert (gates.rows(ALL), snapshot(gates), gates.digest()) == (held, files, digest)


def test_a_list_of_ranges_joins_the_databases_of_before(
    gates: Any, geoip: Path, tmp_path: Path, another: Callable[[str], Any]
) -> None:
    """One after the other, in either order, is the same as both at once."""
    run(gates, geoip=geoip, ranges=ranges(tmp_path))
    held, inputs = gates.rows(ALL), gates.rows("SELECT * FROM enrichment ORDER BY ALL")
    for number, (first, second) in enumerate((("geoip", "ranges"), ("ranges", "geoip"))):
        twin = another(f"twin{number}")
        twin.sources = gates.sources
        twin.ingest()
        given = {"geoip": geoip, "ranges": ranges(tmp_path)}
        run(twin, **{first: given[first]})
        assert run(twin, **{second: given[second]}).changed
        assert twin.rows(ALL) == held
        assert twin.rows("SELECT * FROM enrichment ORDER BY ALL") == inputs
        assert twin.digest() == gates.digest()
        assert twin.verify().faults == ()


def test_labels_of_databases_stay_and_those_of_another_list_go(
    gates: Any, tmp_path: Path, mmdb: Callable[..., bytes]
) -> None:
    folder = tmp_path / "anonymous"
    folder.mkdir()
    (folder / "a.mmdb").write_bytes(mmdb({"192.0.2.0/24": {"is_anonymous_vpn": True}}))
    run(gates, geoip=folder, ranges=ranges(tmp_path))
    asked = "SELECT labels, database_labels FROM addresses WHERE src_ip = '::ffff:192.0.2.200'"
    before = gates.rows(asked)[0]
    assert before["database_labels"]
    assert before["labels"] == sorted([*before["database_labels"], "cloud"])
    run(gates, ranges=ranges(tmp_path, "192.0.2.0/24,office\n"))
    after = gates.rows(asked)[0]
    assert after["labels"] == sorted([*before["database_labels"], "office"])


def test_addresses_that_the_kept_databases_were_not_asked_for_are_told(
    gates: Any, geoip: Path, tmp_path: Path
) -> None:
    run(gates, geoip=geoip, ranges=ranges(tmp_path))
    gates.write("later.jsonl", [gate(n, f"192.0.2.{n}") for n in (1, 50)])
    gates.ingest()
    found = run(gates)
    assert (found.changed, found.unasked, found.addresses) == (True, 1, 8)
    [row] = gates.rows("SELECT * FROM addresses WHERE src_ip = '192.0.2.50'")
    assert (row["network"], row["labels"]) == ("documentation", ["cloud"])
    assert (row["country"], row["databases"]) == (None, None)
    # They go on waiting, and being told, until the databases are there again.
    assert waiting(gates.paths) == 1
    assert run(gates).unasked == 1
    assert run(gates, geoip=geoip).unasked == 0
    assert waiting(gates.paths) == 0


def test_a_case_of_before_there_were_labels_of_databases_is_kept(gates: Any, geoip: Path) -> None:
    run(gates, geoip=geoip)
    countries = gates.column("SELECT country FROM addresses ORDER BY src_ip")
    [path] = gates.paths.segments.glob("addresses-*.parquet")
    path.chmod(0o600)
    pq.write_table(pq.read_table(path).drop_columns(["database_labels"]), path)
    catalog = Catalog(gates.paths.catalog)
    size = path.stat().st_size
    catalog.connection.execute("UPDATE segments SET size = ? WHERE name = ?", (size, path.name))
    catalog.close()
    run(gates)
    assert gates.column("SELECT country FROM addresses ORDER BY src_ip") == countries


def test_a_newer_build_of_a_database_replaces_it(
    gates: Any, geoip: Path, mmdb: Callable[..., bytes]
) -> None:
    run(gates, geoip=geoip)
    newer = mmdb({"192.0.2.0/24": {"country": {"iso_code": "LU"}}}, built=1_770_000_000)
    (geoip / "City.mmdb").write_bytes(newer)
    found = run(gates, geoip=geoip)
    assert (found.changed, found.no_longer) == (True, [])
    assert gates.column("SELECT country FROM addresses WHERE src_ip = '192.0.2.1'") == ["LU"]


def test_custody_says_what_was_looked_up_in(gates: Any, geoip: Path, tmp_path: Path) -> None:
    run(gates, geoip=geoip, ranges=ranges(tmp_path))
    catalog = Catalog(gates.paths.catalog)
    last = custody.entries(catalog.connection)[-1]
    catalog.close()
    inputs = json.loads(last.details)["inputs"]
    assert last.act == "enrich"
    assert [one[:3] for one in inputs[:3]] == [
        ["database", "City.mmdb", "Test-City"],
        ["database", "asn/ASN.mmdb", "Test-ASN"],
        ["ranges", "ranges.csv", None],
    ]
    assert inputs[0][3].startswith("2025-10-09T")
    rows = gates.rows("SELECT name, sha256 FROM enrichment")
    assert {(row["name"], row["sha256"]) for row in rows} == {(one[1], one[4]) for one in inputs}


def test_verify_covers_what_was_found(gates: Any, geoip: Path, tmp_path: Path) -> None:
    run(gates, geoip=geoip, ranges=ranges(tmp_path))
    assert gates.verify().faults == ()
    for kind in ENRICHED:
        [path] = gates.paths.segments.glob(f"{kind}-*.parquet")
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert [one for one in gates.verify().faults if path.name in one]
        path.unlink()
        assert [one for one in gates.verify().faults if path.name in one]
        with pytest.raises(EvidenceAlteredError):
            gates.rows("SELECT 1")
        path.write_bytes(whole)
    assert gates.verify().faults == ()
    assert [one.kind for one in _context(gates)] == ["ranges"]


def _context(bench: Any) -> list[Any]:
    catalog = Catalog(bench.paths.catalog)
    try:
        return list(catalog.context())
    finally:
        catalog.close()


def test_what_an_interruption_leaves_is_no_part_of_the_case(gates: Any, geoip: Path) -> None:
    left = gates.paths.segments / "addresses-000002-00001.parquet"
    left.write_bytes(b"half")
    found = gates.verify()
    assert (found.faults, len(found.leftovers)) == ((), 1)
    run(gates, geoip=geoip)
    assert left.read_bytes() != b"half"
    assert gates.verify().faults == ()


def test_addresses_that_came_later_wait(gates: Any, geoip: Path) -> None:
    run(gates, geoip=geoip)
    assert waiting(gates.paths) == 0
    gates.write("later.jsonl", [gate(n, f"192.0.2.{n}") for n in (1, 50, 51)])
    gates.ingest()
    assert waiting(gates.paths) == 2
    assert gates.column("SELECT src_country FROM events WHERE src_ip = '192.0.2.50'") == [None]
    run(gates, geoip=geoip)
    assert waiting(gates.paths) == 0
    assert gates.column("SELECT src_country FROM events WHERE src_ip = '192.0.2.50'") == ["NL"]


@pytest.mark.parametrize("fault", ["missing", "damaged", "ranges", "broken inside"])
def test_a_fault_leaves_the_case_as_it_was(
    gates: Any, geoip: Path, tmp_path: Path, fault: str
) -> None:
    run(gates, geoip=geoip)
    held, head = snapshot(gates), gates.verify().head
    given: dict[str, Path] = {"geoip": geoip}
    match fault:
        case "missing":
            given["geoip"] = tmp_path / "nowhere"
        case "damaged":
            (geoip / "more.mmdb").write_bytes((geoip / "City.mmdb").read_bytes()[:-50])
        case "ranges":
            given["ranges"] = ranges(tmp_path, "nobody,cloud\n")
        case _:
            data = (geoip / "City.mmdb").read_bytes()
            (geoip / "City.mmdb").write_bytes(data.replace(b"Cork", b"\xff\xff\xff\xff"))
    with pytest.raises((InputError, DeclarationError)) as caught:
        run(gates, **given)
    assert caught.value.place
    assert caught.value.remedy
    assert (snapshot(gates), gates.verify().head) == (held, head)
    assert not gates.paths.staging.exists()


def test_a_case_without_logs_is_not_enriched(bench: Any) -> None:
    with pytest.raises(CaseError, match="nothing to enrich"):
        run(bench)
    assert bench.verify().entries == 0


def test_many_addresses_come_out_each_once(gates: Any, geoip: Path) -> None:
    many = [gate(n % 60, f"10.{n // 256 % 256}.{n % 256}.9", id=f"m{n}") for n in range(3_000)]
    gates.write("many.jsonl", [*many, *({**one, "id": one["id"] + "x"} for one in many)])
    gates.ingest()
    found = run(gates, geoip=geoip)
    assert found.addresses == 3_007
    assert gates.column("SELECT count(*) FROM events") == gates.column(
        "SELECT count(*) FROM recorded_events"
    )
