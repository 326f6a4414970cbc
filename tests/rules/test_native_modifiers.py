"""Every modifier of the Sigma specification: what it matches, and what it nearly matches."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import naive
import pyarrow as pa
import pytest
import yaml

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.rules import load, match
from forensics.rules.logsource import LogSource
from forensics.rules.match import RuleRun

VALUES = {"admins": ["alice", "bob*"], "one": ["ops"], "port": [22]}


def b64(text: str, encoding: str = "utf-8", before: bytes = b"") -> str:
    return base64.b64encode(before + text.encode(encoding)).decode()


LE, BE, BOM = "utf-16-le", "utf-16-be", b"\xff\xfe"
NESTED = {"a": [{"b": [{"c": "x"}, {"c": "y"}]}, {"b": {"c": ["z"]}}]}
# What the selection is, the record it is asked of, and whether it matches.
TABLE: list[tuple[Any, Any, bool]] = [
    # Without a modifier: the whole value, in any case, with wildcards and escapes.
    ({"f": "value"}, {"f": "VALUE"}, True),
    ({"f": "value"}, {"f": "values"}, False),
    ({"f": "v*e"}, {"f": "v/\nlue"}, True),
    ({"f": "v?lue"}, {"f": "value"}, True),
    ({"f": "v?lue"}, {"f": "vlue"}, False),
    ({"f": r"a\*b"}, {"f": "a*b"}, True),
    ({"f": r"a\*b"}, {"f": "axb"}, False),
    ({"f": r"a\?b"}, {"f": "a?b"}, True),
    ({"f": r"a\?b"}, {"f": "axb"}, False),
    ({"f": "a\\\\*"}, {"f": "a\\tail"}, True),
    ({"f": "a\\\\*"}, {"f": "a*"}, False),
    ({"f": r"C:\Windows"}, {"f": "c:\\windows"}, True),
    ({"f": "100%_sure"}, {"f": "100%_sure"}, True),
    ({"f": "100%_*"}, {"f": "1000_"}, False),
    ({"f": ["one", "two"]}, {"f": "two"}, True),
    ({"f": ["one", "two"]}, {"f": "three"}, False),
    ({"f": "one", "g": "two"}, {"f": "one", "g": "three"}, False),
    ([{"f": "one"}, {"g": "two"}], {"f": "none", "g": "two"}, True),
    ({"f": "é"}, {"f": "É"}, True),
    # Nothing, empty and absent are three things.
    ({"f": None}, {}, True),
    ({"f": None}, {"f": None}, True),
    ({"f": None}, {"f": ""}, False),
    ({"f": ""}, {"f": ""}, True),
    ({"f": ""}, {}, False),
    ({"f": ""}, {"f": None}, False),
    ({"f": "*"}, {"f": ""}, True),
    ({"f": "*"}, {"f": None}, False),
    ({"f|exists": True}, {"f": ""}, True),
    ({"f|exists": True}, {"g": 1}, False),
    ({"f|exists": False}, {"g": 1}, True),
    ({"f|exists": False}, {"f": 0}, False),
    # Numbers and booleans are their texts.
    ({"f": 17}, {"f": 17}, True),
    ({"f": 17}, {"f": "17"}, True),
    ({"f": "17"}, {"f": 17}, True),
    ({"f": 17}, {"f": 170}, False),
    ({"f": 123456789012345678}, {"f": 123456789012345679}, False),
    ({"f": True}, {"f": True}, True),
    ({"f": True}, {"f": "TRUE"}, True),
    ({"f": True}, {"f": False}, False),
    # Paths lead through objects and arrays.
    ({"a.b": "x"}, {"a": {"b": "x"}}, True),
    ({"a.b": "x"}, {"a": [{"b": "y"}, {"b": "x"}]}, True),
    ({"a.b.c": "y"}, NESTED, True),
    ({"a.b.c": "z"}, NESTED, True),
    ({"a.b.c": "w"}, NESTED, False),
    ({"f": "two"}, {"f": ["one", "two"]}, True),
    ({"f|contains": "inner"}, {"f": {"g": "the inner text"}}, True),
    # contains, startswith, endswith, all
    ({"f|contains": "AL"}, {"f": "value"}, True),
    ({"f|contains": "al*e"}, {"f": "a value"}, True),
    ({"f|contains": "ale"}, {"f": "value"}, False),
    ({"f|startswith": "va"}, {"f": "Value"}, True),
    ({"f|startswith": "al"}, {"f": "value"}, False),
    ({"f|endswith": "UE"}, {"f": "value"}, True),
    ({"f|endswith": "va"}, {"f": "value"}, False),
    ({"f|contains|all": ["va", "ue"]}, {"f": "value"}, True),
    ({"f|contains|all": ["va", "no"]}, {"f": "value"}, False),
    ({"f|all": ["one", "two"]}, {"f": ["two", "one"]}, True),
    ({"f|all": ["one", "two"]}, {"f": ["two"]}, False),
    # cased
    ({"f|cased": "Value"}, {"f": "Value"}, True),
    ({"f|cased": "Value"}, {"f": "value"}, False),
    ({"f|contains|cased": "Val"}, {"f": "a Value"}, True),
    ({"f|contains|cased": "Val"}, {"f": "a value"}, False),
    # re, in any place of the value, case told apart
    ({"f|re": "v.l"}, {"f": "a value"}, True),
    ({"f|re": "^v.l"}, {"f": "a value"}, False),
    ({"f|re": "V.L"}, {"f": "value"}, False),
    ({"f|re|i": "V.L"}, {"f": "value"}, True),
    ({"f|re": "^b"}, {"f": "a\nb"}, False),
    ({"f|re|m": "^b"}, {"f": "a\nb"}, True),
    ({"f|re": "a.b"}, {"f": "a\nb"}, False),
    ({"f|re|s": "a.b"}, {"f": "a\nb"}, True),
    ({"f|re|i|s": "A.B"}, {"f": "a\nb"}, True),
    # cidr
    ({"f|cidr": "192.0.2.0/24"}, {"f": "192.0.2.255"}, True),
    ({"f|cidr": "192.0.2.0/24"}, {"f": "192.0.3.0"}, False),
    ({"f|cidr": "2001:db8::/32"}, {"f": "2001:DB8:1::1"}, True),
    ({"f|cidr": "2001:db8::/32"}, {"f": "2001:db9::1"}, False),
    ({"f|cidr": ["10.0.0.0/8", "192.0.2.0/24"]}, {"f": "10.1.2.3"}, True),
    ({"f|cidr": "192.0.2.0/24"}, {"f": "AWS Internal"}, False),
    # base64 and base64offset, also of UTF-16
    ({"f|base64": "secret"}, {"f": b64("secret")}, True),
    ({"f|base64|contains": "foobar"}, {"f": "x" + b64("foobar") + "y"}, True),
    ({"f|base64|contains": "foobar"}, {"f": b64("xfoobar")}, False),
    ({"f|base64offset|contains": "foobar"}, {"f": b64("foobar!")}, True),
    ({"f|base64offset|contains": "foobar"}, {"f": b64("xfoobar!")}, True),
    ({"f|base64offset|contains": "foobar"}, {"f": b64("xxfoobar!")}, True),
    ({"f|base64offset|contains": "foobar"}, {"f": b64("xxfoozar!")}, False),
    ({"f|wide|base64offset|contains": "ping"}, {"f": b64("a ping", LE)}, True),
    ({"f|utf16le|base64offset|contains": "ping"}, {"f": b64("a ping", LE)}, True),
    ({"f|utf16le|base64offset|contains": "ping"}, {"f": b64("a ping")}, False),
    ({"f|utf16be|base64offset|contains": "ping"}, {"f": b64("a ping", BE)}, True),
    ({"f|utf16|base64": "ping"}, {"f": b64("ping", LE, BOM)}, True),
    ({"f|utf16|base64": "ping"}, {"f": b64("ping", LE)}, False),
    # windash
    ({"f|windash|contains": " -param"}, {"f": "cmd /param"}, True),
    ({"f|windash|contains": " -param"}, {"f": "cmd \u2013param"}, True),
    ({"f|windash|contains": " -param"}, {"f": "cmd \u2015param"}, True),
    ({"f|windash|contains": " -param-name"}, {"f": "cmd /param-name"}, True),
    ({"f|windash|contains": " -param-name"}, {"f": "cmd /param/name"}, False),
    ({"f|windash|contains|all": [" -f", " -s"]}, {"f": "run /f -s"}, True),
    # fieldref
    ({"f|fieldref": "g"}, {"f": "Same", "g": "same"}, True),
    ({"f|fieldref": "g"}, {"f": "same", "g": "other"}, False),
    ({"f|fieldref": "g"}, {"f": "same"}, False),
    ({"f|fieldref|startswith": "g"}, {"f": "same thing", "g": "same"}, True),
    ({"f|fieldref|endswith": "g"}, {"f": "the same", "g": "same"}, True),
    ({"f|fieldref|endswith": "g"}, {"f": "the same thing", "g": "same"}, False),
    ({"f|fieldref|contains": "g"}, {"f": "the same thing", "g": "same"}, True),
    # gt, gte, lt, lte
    ({"f|gt": 5}, {"f": 6}, True),
    ({"f|gt": 5}, {"f": 5}, False),
    ({"f|gte": 5}, {"f": "5"}, True),
    ({"f|lt": 5.5}, {"f": 5.4}, True),
    ({"f|lte": 5}, {"f": 5.1}, False),
    ({"f|gt": 9}, {"f": "10"}, True),
    ({"f|gt": 9}, {"f": "many"}, False),
    ({"f|lt": 9}, {}, False),
    # neq
    ({"f|neq": "value"}, {"f": "other"}, True),
    ({"f|neq": "value"}, {"f": "VALUE"}, False),
    ({"f|neq": ["one", "two"]}, {"f": "two"}, False),
    ({"f|contains|neq": "al"}, {"f": "value"}, False),
    ({"f|neq": "value"}, {}, True),
    # Parts of a time, in UTC
    ({"f|minute": 30}, {"f": "2026-03-05T09:30:00Z"}, True),
    ({"f|hour": 9}, {"f": "2026-03-05T09:30:00Z"}, True),
    ({"f|hour": 9}, {"f": "2026-03-05T11:30:00+02:00"}, True),
    ({"f|hour": 9}, {"f": "2026-03-05T10:30:00Z"}, False),
    ({"f|day": 5}, {"f": "2026-03-05T09:30:00Z"}, True),
    ({"f|week": 10}, {"f": "2026-03-05T09:30:00Z"}, True),
    ({"f|month": 3}, {"f": "2026-03-05T09:30:00Z"}, True),
    ({"f|year": 2026}, {"f": "no time"}, False),
    # expand
    ({"f|expand": "%admins%"}, {"f": "Alice"}, True),
    ({"f|expand": "%admins%"}, {"f": "bobby"}, True),
    ({"f|expand": "%admins%"}, {"f": "carol"}, False),
    ({"f|expand": "CORP\\%admins%"}, {"f": "corp\\alice"}, True),
    ({"f|contains|expand": "%one%"}, {"f": "devops team"}, True),
    ({"f|expand": "%port%"}, {"f": 22}, True),
    ({"f": "%admins%"}, {"f": "%admins%"}, True),
    # Keywords are sought in the whole record.
    (["needle"], {"f": {"g": "a Needle here"}}, True),
    (["needle"], {"f": "hay"}, False),
    (["one", "two"], {"f": "two"}, True),
    ({"|all": ["one", "two"]}, {"f": "one", "g": "two"}, True),
    ({"|all": ["one", "two"]}, {"f": "one"}, False),
    (["C:\\temp"], {"f": "c:\\TEMP\\x"}, True),
    (['say "yes"'], {"f": 'to say "Yes" now'}, True),
    (["n?edle"], {"f": "the needle"}, True),
]

CONDITIONS = [
    ("a and b", True, False),
    ("a or b and c", True, True),
    ("(a or b) and c", True, False),
    ("not a", False, False),
    ("not (b or c)", True, True),
    ("1 of them", True, True),
    ("all of them", True, False),
    ("1 of sel_*", True, True),
    ("all of sel_*", True, True),
    ("a and not 1 of sel_*", True, False),
    ("any of them", True, True),
]


def scanned(folder: Path, pairs: list[tuple[dict[str, Any], Any]]) -> RuleRun:
    """One run of a rule for each detection over all the records."""
    values = folder / "values.yml"
    values.write_text(yaml.safe_dump(VALUES))
    documents = [
        {"title": "T", "name": f"{n:03}", "logsource": {"product": "p"}, "detection": detection}
        for n, (detection, _) in enumerate(pairs)
    ]
    file = folder / "rules.yml"
    file.write_text(yaml.safe_dump_all(documents, allow_unicode=True), encoding="utf-8")
    types = {"VARCHAR": pa.string(), "VARCHAR[]": pa.list_(pa.string()), "BIGINT": pa.int64()}
    types |= {"INTEGER": pa.int32(), "TIMESTAMPTZ": pa.timestamp("us", tz="UTC")}
    schema = pa.schema([(column.name, types[column.type]) for column in event.COLUMNS])
    rows = [
        {"event_uid": f"{n:03}", "source": "s", "raw": json.dumps(record, ensure_ascii=False)}
        for n, (_, record) in enumerate(pairs)
    ]
    engine = DuckDBEngine(threads=1)
    engine.register("events", pa.Table.from_pylist(rows, schema=schema))
    ruleset = load.load([file], values).faultless()
    return match.scan(engine, ruleset.rules, [LogSource("s", "p")])


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    pairs = [({"s": told, "condition": "s"}, record) for told, record, _ in TABLE]
    run = scanned(tmp_path_factory.mktemp("modifiers"), pairs)
    assert (run.unsupported, run.not_applicable) == ({}, {})
    return {(row["rule_id"], row["event_uid"]) for row in run.matches.to_pylist()}


@pytest.mark.parametrize("number", range(len(TABLE)), ids=lambda n: f"{n}-{TABLE[n][0]}")
def test_modifier(matched: set[tuple[str, str]], number: int) -> None:
    told, record, expected = TABLE[number]
    assert naive.rule({"s": told, "condition": "s"}, VALUES)(naive.of(record)) is expected
    assert ((f"{number:03}", f"{number:03}") in matched) is expected


def test_every_rule_of_the_table_on_every_record(matched: set[tuple[str, str]]) -> None:
    records = [naive.of(record) for _, record, _ in TABLE]
    expected = {
        (f"{n:03}", f"{m:03}")
        for n, (told, _, _) in enumerate(TABLE)
        for test in [naive.rule({"s": told, "condition": "s"}, VALUES)]
        for m, record in enumerate(records)
        if test(record)
    }
    assert len(expected) > len(TABLE)
    assert matched == expected


def test_conditions(tmp_path: Path) -> None:
    searched = {"a": {"f": 1}, "b": {"g": 1}, "c": {"h": 1}}
    prefixed = {"sel_a": {"f": 1}, "sel_b": {"f|gt": 0}}
    pairs: list[tuple[dict[str, Any], Any]] = []
    for text, *_ in CONDITIONS:
        used = searched | (prefixed if "sel_" in text else {})
        pairs.append((used | {"condition": text}, {"f": 1, "g": 1}))
    records = [naive.of(one) for one in ({"f": 1, "g": 1, "h": 1}, {"f": 1}, {"g": 1}, {"x": 1})]
    run = scanned(tmp_path, [(told, record) for told, record in pairs])
    found = set(run.matches["rule_id"].to_pylist())
    for number, (told, record) in enumerate(pairs):
        test = naive.rule(told)
        assert (f"{number:03}" in found) is test(naive.of(record)), told["condition"]
    assert not naive.rule(searched | {"condition": "not a and not b"})(records[1])
