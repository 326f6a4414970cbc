"""Whether enough time passed between the acting person's first look at the case and the act."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_cases import NEEDS, USES, of_cases
from forensics.policy.words import duration_fault, microseconds

needs = NEEDS
uses = USES
enforced = "waits"

MEANING = (
    "From the first time the acting person opened or viewed the case of the act, or its target"
    " without naming a case, to the act passed at least the time given. That nobody looked earlier"
    " is certain only where the source of the act had recorded a view before the case was opened."
)
PARAMS = {
    "at_least": "how long, as in 20s",
    "from": "only case.opened_by_actor: the first case.view or case.open by the acting person",
    "to": "only execute: the act",
}
EXAMPLE = """\
require:
  - dwell: {from: case.opened_by_actor, to: execute, at_least: 20s}
"""
MISSES = (
    "A look days before counts as well as one just now.",
    "What was read in another window, or before the case was opened.",
    "A case that is open on the screen and not read.",
)

_FIXED = {"from": "case.opened_by_actor", "to": "execute"}
_KEYS = (*_FIXED, "at_least")
_LOOKS = ("case.view", "case.open")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `at_least` (mandatory), `from` and `to`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if "at_least" not in params:
        faults[""] = "the parameter 'at_least' is missing."
    else:
        faults["at_least"] = duration_fault(params["at_least"], "at_least")
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {only}."
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when certainly so much time passed; false when certainly less did."""
    text = resources.files("forensics.policy").joinpath("predicates/dwell.sql")
    length = params["at_least"]
    return of_cases(
        text.read_text(encoding="utf-8"),
        {"length": microseconds(length), "length_text": length},
        verbs=_LOOKS,
    )
