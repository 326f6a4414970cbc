from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
import yaml

from forensics import actions
from forensics.detectors import rule_tests
from forensics.rules import cases, load
from forensics.rules.files import CASES
from forensics.rules.load import Rule
from forensics.sources.declaration import shipped

PACKS = Path(load.__file__).parent / "packs"
OWN = load.own().faultless()


def only_rule_of(file: Path) -> Rule:
    (rule,) = (rule for rule in OWN.rules if Path(rule.file).name == file.name)
    return rule


def files() -> list[Path]:
    return sorted(one for one in PACKS.rglob("*.yml") if not one.stem.endswith(CASES))


@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_rule_fires_on_its_cases_and_on_nothing_else(file: Path) -> None:
    rule = only_rule_of(file)
    stated = cases.of_rule(rule, OWN.rules, PACKS)
    assert stated, f"{file.name} has no cases"
    assert len(stated.given[cases.FIRES]) >= 2
    assert len(stated.given[cases.SILENT]) >= 3
    tested = rule_tests.run(rule, stated, OWN.rules, shipped())
    assert (tested.failures, tested.reason) == ((), None)
    assert len(tested.cases) == stated.count


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
    stated = {one for one in PACKS.rglob("*.yml") if one.stem.endswith(CASES)}
    assert stated == {file.with_name(f"{file.stem}{CASES}.yml") for file in files()}


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
