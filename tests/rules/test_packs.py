from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
import yaml
from sigma.correlations import SigmaCorrelationRule

from forensics import actions, event
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import ForensicsError
from forensics.rules import load, match
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource, declared
from forensics.sources.declaration import shipped
from forensics.sources.normalise import normalise_each

CASES = Path(__file__).parent / "cases"
PACKS = Path(load.__file__).parent / "packs"
ARROW = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}
SCHEMA = pa.schema([(column.name, ARROW[column.type]) for column in event.COLUMNS])
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

OWN = load.own().faultless()


def only_rule_of(file: Path) -> Rule:
    (rule,) = (rule for rule in OWN.rules if Path(rule.file).name == file.name)
    return rule


def files() -> list[Path]:
    return sorted(PACKS.rglob("*.yml"))


@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_rule_fires_on_its_cases_and_on_nothing_else(file: Path) -> None:
    case_file = CASES / file.relative_to(PACKS)
    assert case_file.is_file(), f"{file.name} has no cases"
    case = yaml.safe_load(case_file.read_text(encoding="utf-8"))
    assert len(case["fires_on"]) >= 2
    assert len(case["silent_on"]) >= 3
    given = {f"fire-{n}": one for n, one in enumerate(case["fires_on"])}
    given |= {f"quiet-{n}": one for n, one in enumerate(case["silent_on"])}
    events = records(given, case) if "source" in case else rows(given)
    engine = DuckDBEngine(threads=1)
    engine.register("events", pa.Table.from_pylist(events, schema=SCHEMA))
    rule = only_rule_of(file)
    run = match.scan(engine, together(rule), sources(case))
    assert run.evaluated[rule.id] == len(events)
    matched = {row["event_uid"] for row in run.matches.to_pylist() if row["rule_id"] == rule.id}
    assert matched == {row["event_uid"] for row in events if row["event_uid"].startswith("fire")}


def together(rule: Rule) -> list[Rule]:
    """A rule, and those that it counts."""
    if not isinstance(rule.sigma, SigmaCorrelationRule):
        return [rule]
    counted = {id(one.rule) for one in rule.sigma.referenced_rules}
    return [one for one in OWN.rules if one is rule or id(one.sigma) in counted]


def sources(case: dict[str, Any]) -> list[LogSource]:
    found = declared(shipped()[case["source"]]) if "source" in case else None
    return [found] if found else []


def rows(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Each row of a case as often as it says; columns it does not name are NULL."""
    found = []
    for uid, one in given.items():
        fields = dict(one)
        repeat, every = fields.pop("repeat", 1), fields.pop("every", 0)
        assert set(fields) <= set(event.BY_NAME)
        for n in range(repeat):
            held = {"time": START + timedelta(seconds=n * every), "source": "made_up", "raw": "{}"}
            found.append(held | fields | {"event_uid": f"{uid}-{n}"})
    return found


def records(given: dict[str, Any], case: dict[str, Any]) -> list[dict[str, Any]]:
    """What the source makes of the case's record, with the members of each one laid over it."""
    raw = [json.dumps(case["record"] | one).encode("utf-8") for one in given.values()]
    found = []
    for uid, events in zip(given, normalise_each(shipped()[case["source"]], raw), strict=True):
        assert not isinstance(events, ForensicsError), events
        assert events
        assert all(row["operation"] for row in events)
        for n, row in enumerate(events):
            held = {name: row[name] for name in event.BY_NAME}
            found.append(held | {"event_uid": f"{uid}-{n}"})
    return found


@pytest.mark.parametrize("rule", OWN.rules, ids=lambda rule: Path(rule.file).stem)
def test_rule_is_well_kept(rule: Rule) -> None:
    assert UUID(rule.id)
    assert rule.description
    assert len(rule.falsepositives) >= 2, "an innocent explanation is never missing"
    assert rule.sigma.custom_attributes["misses"], "no rule sees everything"
    assert rule.references
    assert rule.tags
    assert rule.sigma.date
    assert rule.level in {"informational", "low", "medium", "high", "critical"}
    assert rule.sigma.level is not None
    assert len(rule.version) == 12


def test_case_files_have_rules() -> None:
    assert {case.relative_to(CASES) for case in CASES.rglob("*.yml")} == {
        file.relative_to(PACKS) for file in files()
    }


def test_actions_named_in_rules_exist() -> None:
    for file in files():
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if document.get("logsource") != {"category": "admin_action"}:
                continue
            for selection in document["detection"].values():
                named = selection.get("action", []) if isinstance(selection, dict) else []
                named = [named] if isinstance(named, str) else named
                assert set(named) <= set(actions.load()), file.name


def test_ordinary_acts_stay_low() -> None:
    levels = {Path(rule.file).stem: rule.level for rule in OWN.rules}
    for common in ("data_exported", "account_deleted", "bulk_account_removal"):
        assert levels[common] in {"informational", "low"}
