"""The shipped policies: each reads, is complete, and passes the tests in its own file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forensics.detectors import policy_tests
from forensics.policy import terms
from forensics.policy.linting import lint
from forensics.policy.model import Policy

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "forensics" / "policy" / "packs"
CONTROLS = ROOT / "docs" / "controls.md"
SHIPPED = terms.shipped()
# The six of every organisation, and the framework a reference is of.
SIX = {f"P{number}" for number in range(1, 7)}
FRAMEWORK = re.compile(r"(NIST [A-Z]{2}-\d|ISO 27001 A\.|SOC 2 CC|PCI \d|CIS \d|CERT Common)")


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda one: one.id)
def test_passes_its_own_tests(policy: Policy) -> None:
    done = policy_tests.run(policy)
    failed = [(one.line, one.name, one.failures) for one in done.failed]
    assert not failed
    assert not [one.remarks for one in done.results if one.remarks]


@pytest.mark.parametrize("path", sorted(PACKS.glob("*.yml")), ids=lambda one: one.stem)
def test_lints_without_a_remark_and_is_named_as_its_file(path: Path) -> None:
    data = path.read_bytes()
    assert lint([(path.name, data)]) == ((path.name, ()),)
    assert terms.parse(data, path.name).id == path.stem
    assert max(map(len, data.decode("utf-8").splitlines())) <= 100


def test_ids_are_unique_and_the_six_are_there() -> None:
    ids = [one.id for one in SHIPPED]
    assert len(set(ids)) == len(ids)
    assert {one.split("-")[0] for one in ids} >= SIX


@pytest.mark.parametrize("policy", SHIPPED, ids=lambda one: one.id)
def test_every_reference_names_its_framework(policy: Policy) -> None:
    assert policy.refs
    assert not [one for one in policy.refs if not FRAMEWORK.match(one)]
    assert len({one.split()[0] for one in policy.refs}) >= 2


def test_the_page_of_controls_names_every_policy_and_no_other() -> None:
    named = set(re.findall(r"`((?:P|L|W|CHK-)\d+-[a-z][a-z-]+)`", CONTROLS.read_text("utf-8")))
    assert named == {one.id for one in SHIPPED}
