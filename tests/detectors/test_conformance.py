"""Every detector says what it asks and what it can miss, and knows no other detector."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

from forensics import detectors

ROOM = Path(detectors.__file__).parent
SHARED = {
    "clock_ledger",
    "control_words",
    "custody",
    "evidence_items",
    "explanations",
    "facts",
    "outage_asked",
    "outage_kinds",
    "outage_records",
    "outage_verdicts",
    "outage_weight",
    "policy_check",
    "policy_explanation",
    "policy_tests",
    "preparing",
    "reading_counts",
    "reading_ledger",
    "reading_remarks",
    "rule_coverage",
    "rule_explanation",
    "rule_profile",
    "rule_tests",
    "policy_findings",
    "rule_findings",
    "rule_ledger",
    "rule_order",
    "scanning",
    "tallies",
}
MODULES = sorted({one.name for one in pkgutil.iter_modules([str(ROOM)])} - SHARED)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"forensics.detectors.{name}")


def test_the_plug_ins_are_found_by_their_presence() -> None:
    named = {one.name for one in detectors.all_detectors()}
    assert named == {name for name in MODULES if hasattr(_module(name), "DETECTOR")}
    assert {"out_of_policy", "sigma_matches"} <= named


@pytest.mark.parametrize("name", MODULES)
def test_a_detector_opens_with_its_question_and_says_what_it_can_miss(name: str) -> None:
    text = " ".join((_module(name).__doc__ or "").split())
    assert text.split(". ")[0].partition("?")[1] == "?", "the first sentence is a question"
    assert "can miss" in text


@pytest.mark.parametrize("one", detectors.all_detectors(), ids=lambda one: one.name)
def test_a_detector_asks_one_question(one: detectors.Detector) -> None:
    assert one.question.endswith("?")
    assert one.question.count("?") == 1
    assert one.name == type(one).__module__.rpartition(".")[2]


@pytest.mark.parametrize("name", MODULES)
def test_detectors_do_not_import_each_other(name: str) -> None:
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    imported = {
        (node.module or "").rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("forensics.detectors.")
    }
    assert not imported & set(MODULES)
