"""Every published rule fires on a record made from it, and as a naive evaluator says on others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flat as other
import naive
import pyarrow as pa
import pytest
import yaml

from forensics.engine.duckdb import DuckDBEngine
from forensics.event import COLUMNS
from forensics.rules import load, logsource, match
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource, declared
from forensics.rules.match import RuleRun
from forensics.sources.declaration import shipped

PUBLISHED = Path(__file__).parents[2].parent / "shared" / "sigma_rules"
FOLDERS = ("rules", "rules-threat-hunting", "rules-emerging-threats", "rules-placeholder")
PLACE = "some place"
# Texts for the few regular expressions of these rules.
FITTING = ("/.hidden", "arn:aws:sts::1:assumed-role/aws:ec2/i-0123456789abcdef0")
# So many arrays within one another are looked into.
_DEPTH = 2
_TYPES = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}

pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="published rules are not at hand")


def made(detection: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Records that have what the selections of a rule ask for, each alternative in its turn."""
    searched = {one: told for one, told in detection.items() if one != "condition"}
    wanted = {
        one: told for one, told in searched.items() if not one.startswith(("filter", "exclu"))
    }
    for turn in range(3):
        flat: dict[str, Any] = {}
        for told in wanted.values():
            _fill(flat, told, turn)
        yield flat
    for told in wanted.values():
        alone: dict[str, Any] = {}
        _fill(alone, told, 0)
        yield alone
    whole: dict[str, Any] = {}
    for told in searched.values():
        _fill(whole, told, 0)
    yield whole


def _fill(flat: dict[str, Any], told: Any, turn: int) -> None:
    if isinstance(told, list):
        if all(isinstance(one, dict) for one in told):
            _fill(flat, told[turn % len(told)], turn)
        else:
            flat["words"] = f"{flat.get('words', '')} {told[turn % len(told)]}"
        return
    parts: dict[str, str] = {}
    for key, value in sorted(told.items(), key=lambda pair: _place(pair[0])):
        name, *modifiers = key.split("|")
        one = value[turn % len(value)] if isinstance(value, list) else value
        if "all" in modifiers and isinstance(value, list):
            one = " ".join(map(str, value))
        if "fieldref" in modifiers:
            one = flat.setdefault(one, "the same")
        if isinstance(one, str):
            one = one.replace("*", "some").replace("?", "x")
        if "re" in modifiers:
            one = next((text for text in FITTING if re.search(one, text)), "none")
        if "expand" in modifiers:
            one = PLACE
        if isinstance(one, str):
            one = parts[name] = parts.get(name, "") + one
        if "contains" in modifiers and name in flat:
            one = f"{flat[name]} {one}"
        if one is not None:
            flat[name or "words"] = one


def _place(key: str) -> int:
    """What a value begins with is put first, what it ends with last."""
    return -1 if "startswith" in key else 1 if "endswith" in key else 0


def nested(flat: dict[str, Any], listed: bool = False) -> dict[str, Any]:
    """The record of values by path; where `listed`, the first two objects stand in arrays."""
    record: dict[str, Any] = {}
    for path, value in flat.items():
        *way, last = path.split(".")
        inner = record
        for depth, key in enumerate(way):
            held = inner.setdefault(key, [{}] if listed and depth < _DEPTH else {})
            inner = held[0] if isinstance(held, list) else held
            if not isinstance(inner, dict):
                break
        else:
            inner[last] = value
    return record


def lines(flat: dict[str, Any]) -> str:
    told = " ".join(f'{key}="{value}"' for key, value in flat.items() if key != "type")
    return f"type={flat['type']} msg=audit(1700000000.000:1): {told}"


def near(flat: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Records that lack one of the values of a record, or have it a little otherwise."""
    for key, value in flat.items():
        rest = {one: told for one, told in flat.items() if one != key}
        yield rest
        yield rest | {key: f"no {value} at all"}


@dataclass
class Outcome:
    """One run of all rules over records made from them, and what each record is."""

    rules: tuple[Rule, ...]
    sources: list[LogSource]
    rows: list[dict[str, Any]]
    records: dict[str, naive.Record]
    run: RuleRun

    @property
    def found(self) -> set[tuple[str, str]]:
        """Rule and record of each match."""
        return {(row["rule_id"], row["event_uid"]) for row in self.run.matches.to_pylist()}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    values = tmp_path_factory.mktemp("made") / "values.yml"
    values.write_text(yaml.safe_dump(_placeholders()))
    loaded = load.load([PUBLISHED / one for one in FOLDERS], values).faultless().rules
    # But for Cisco's syslog, which is no log of administration.
    rules = tuple(one for one in loaded if one.sigma.logsource.service != "syslog")  # type: ignore[union-attr]  # no correlation
    sources = _first_sources(rules)
    rows: list[dict[str, Any]] = []
    records: dict[str, naive.Record] = {}
    for rule in rules:
        source = _sources(rule, sources)[0]
        for document, raw in _made(rule, source):
            uid = f"{len(rows):06}"
            rows.append({"event_uid": uid, "source": source.name, "raw": raw})
            records[uid] = _record(document, source)
    engine = DuckDBEngine(threads=2)
    schema = pa.schema([(column.name, _TYPES[column.type]) for column in COLUMNS])
    engine.register("events", pa.Table.from_pylist(rows, schema=schema))
    return Outcome(rules, sources, rows, records, match.scan(engine, rules, sources))


def _made(rule: Rule, source: LogSource) -> Iterator[tuple[dict[str, Any], str]]:
    """Records of a source that are made from a rule, as what they hold and as their text."""
    flats = list(made(_detection(rule)))
    for flat in [*flats, *near(flats[0])]:
        if source.lines:
            line = {"type": "SYSCALL"} | flat
            yield line, lines(line)
            continue
        for listed in (False, True):
            document = nested(flat, listed)
            yield document, json.dumps(document, ensure_ascii=False)


def test_every_rule_on_records_made_from_the_rules(outcome: Outcome) -> None:
    rules, sources, found = outcome.rules, outcome.sources, outcome.found
    assert (outcome.run.unsupported, outcome.run.not_applicable) == ({}, {})
    expected = set()
    by_source: dict[str, list[str]] = {}
    for row in outcome.rows:
        by_source.setdefault(row["source"], []).append(row["event_uid"])
    for rule in rules:
        test = naive.rule(_detection(rule), _placeholders())
        uids = [uid for one in _sources(rule, sources) for uid in by_source.get(one.name, ())]
        expected |= {(rule.id, uid) for uid in uids if test(outcome.records[uid])}
    assert len(expected) >= 2000
    titles = {one.id: one.title for one in rules}
    raws = {row["event_uid"]: row["raw"] for row in outcome.rows}
    more = [(titles[one], raws[uid]) for one, uid in sorted(found - expected)]
    fewer = [(titles[one], raws[uid]) for one, uid in sorted(expected - found)]
    assert (more, fewer) == ([], [])
    silent = {titles[one.id] for one in rules if one.id not in {rule for rule, _ in found}}
    assert sorted(silent) == []


def test_differences_from_another_engine_are_those_told_of(outcome: Outcome) -> None:
    kept: dict[str, list[other.Kept]] = {}
    for row in outcome.rows:
        kept.setdefault(row["source"], []).append(other.Kept(row["event_uid"], row["raw"]))
    asked = (outcome.rules, outcome.sources, kept, outcome.found, _placeholders())
    compared = other.compare(*asked)
    assert other.table(compared, outcome.rules) == other.documented(
        "On records made from the rules"
    )
    assert len(compared.both) >= 3500
    silent = {one.title for one in outcome.rules} - {
        one.title for one in outcome.rules if any(one.id == rule for rule, _ in compared.both)
    }
    # It asks for an empty text, which flat rows have not.
    assert silent == {"Sign-ins by Unknown Devices"}


def _record(document: dict[str, Any], source: LogSource) -> naive.Record:
    def values(path: str) -> list[Any]:
        found = naive.at(document, path.split("."))
        for one in source.names.elsewhere(path):
            if one.startswith("="):
                found.append(one[1:])
            elif one.startswith("#"):
                found += naive.named(document, one[1:])
            elif not one.startswith("@"):
                found += naive.at(document, one.split("."))
        return found

    return naive.Record(values, [*naive.leaves(document)])


def _detection(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(Path(rule.file).read_text(encoding="utf-8"))["detection"]
    return told


def _sources(rule: Rule, among: list[LogSource]) -> list[LogSource]:
    """The sources of a rule, the one that it names itself first."""
    asked = rule.sigma.logsource  # type: ignore[union-attr]  # no correlation
    found = logsource.scope(asked, among).sources or ()
    return sorted(found, key=lambda one: (one.service != asked.service, one.name))


def _placeholders() -> dict[str, list[str]]:
    found = {}
    for file in sorted((PUBLISHED / "rules-placeholder").rglob("*.yml")):
        text = file.read_text(encoding="utf-8")
        found |= {name: [PLACE] for name in text.split("%")[1::2]}
    return {name: places for name, places in found.items() if name.isidentifier()}


def _first_sources(rules: tuple[Rule, ...]) -> list[LogSource]:
    """For each log source that the rules name, the first that has its records."""
    every = [one for each in shipped().values() if (one := declared(each))]
    found = {one.name: one for rule in rules for one in _sources(rule, every)[:1]}
    # Without the columns, which only reading a log fills.
    return [
        LogSource(one.name, one.product, one.service, {}, one.names, one.lines)
        for one in found.values()
    ]
