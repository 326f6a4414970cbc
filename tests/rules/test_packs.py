from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
import yaml

from forensics import actions, event
from forensics.engine.duckdb import DuckDBEngine
from forensics.rules import load, match
from forensics.rules.load import Rule

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
    assert case["fires_on"]
    assert case["silent_on"]
    rule = only_rule_of(file)
    events = [
        *(row for n, given in enumerate(case["fires_on"]) for row in rows(f"fire-{n}", given)),
        *(row for n, given in enumerate(case["silent_on"]) for row in rows(f"quiet-{n}", given)),
    ]
    engine = DuckDBEngine(threads=1)
    engine.register("events", pa.Table.from_pylist(events, schema=SCHEMA))
    run = match.scan(engine, [rule], [])
    assert run.evaluated[rule.id] == len(events)
    matched = {row["event_uid"] for row in run.matches.to_pylist() if row["rule_id"] == rule.id}
    assert matched == {row["event_uid"] for row in events if row["event_uid"].startswith("fire")}


def rows(uid: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """A case's row, as often as it says; columns it does not name are NULL."""
    fields = dict(given)
    repeat, every = fields.pop("repeat", 1), fields.pop("every", 0)
    assert set(fields) <= set(event.BY_NAME)
    return [
        {"time": START + timedelta(seconds=n * every), "source": "made_up", "raw": "{}"}
        | fields
        | {"event_uid": f"{uid}-{n}"}
        for n in range(repeat)
    ]


@pytest.mark.parametrize("rule", OWN.rules, ids=lambda rule: Path(rule.file).stem)
def test_rule_is_well_kept(rule: Rule) -> None:
    assert UUID(rule.id)
    assert rule.description
    assert rule.falsepositives, "an innocent explanation is never missing"
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
            for selection in document.get("detection", {}).values():
                named = selection.get("action", []) if isinstance(selection, dict) else []
                named = [named] if isinstance(named, str) else named
                assert set(named) <= set(actions.load()), file.name


def test_ordinary_acts_stay_low() -> None:
    levels = {Path(rule.file).stem: rule.level for rule in OWN.rules}
    for common in ("data_exported", "account_deleted", "bulk_account_removal"):
        assert levels[common] in {"informational", "low"}
