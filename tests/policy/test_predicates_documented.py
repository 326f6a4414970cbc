"""Every predicate says what it means, what it takes and misses, has an oracle and a page."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from forensics.policy import predicates, terms

ROOT = Path(__file__).resolve().parents[2]
ORACLES = {
    path.name: path.read_text("utf-8")
    for path in (ROOT / "tests" / "policy" / "oracle").glob("test_*.py")
}
POLICY = "id: x\ntitle: x\nlevel: low\nscope: {action: account.*}\non_unknown: report\n"


@pytest.mark.parametrize("name", predicates.load())
def test_it_is_documented(name: str) -> None:
    module = importlib.import_module(f"{predicates.__name__}.{name}")
    assert module.__doc__
    assert module.MEANING.endswith(".")
    assert module.MISSES
    assert all(text.endswith(".") for text in module.MISSES)
    assert all(module.PARAMS.values())
    faults = module.validate(dict.fromkeys((*module.PARAMS, "nonesuch"), "~"))
    assert [key for key, fault in faults.items() if "unknown parameter" in fault] == ["nonesuch"]


@pytest.mark.parametrize("name", predicates.load())
def test_its_example_is_sound(name: str) -> None:
    module = importlib.import_module(f"{predicates.__name__}.{name}")
    example = module.EXAMPLE
    if not set(yaml.safe_load(example)) & {"require", "forbid", "limit"}:
        example += "require: [{session: {max_duration: 2h}}]\n"
    policy = terms.parse((POLICY + example).encode(), "example.yml")
    asked = [term for term in policy.terms() if term.predicate == name]
    assert asked
    assert {key for term in asked for key in term.params} <= set(module.PARAMS)


@pytest.mark.parametrize("name", predicates.load())
def test_it_has_an_oracle_and_a_page(name: str) -> None:
    assert f"test_{name}.py" in ORACLES or any(
        f'"{name}"' in text or f"{name}," in text or f"{name}\n" in text
        for text in ORACLES.values()
    )
    assert (ROOT / "docs" / "reference" / "predicates" / f"{name}.md").exists()
