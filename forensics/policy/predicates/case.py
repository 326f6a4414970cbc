"""Whether the act rests on a case that is about its target and was open at the act."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_cases import NEEDS, USES, of_cases
from forensics.policy.words import as_list, duration_fault, microseconds, text_fault

needs = NEEDS
uses = USES
enforced = "costs"

MEANING = (
    "The record of the act names a case that is on record, and of that case holds all that is"
    " asked: it is about the target of the act, it was in one of the states at the act, it had been"
    " opened long enough before, and not by the acting person. A case that was closed and opened"
    " again counts as opened anew. Of several cases that free text names one suffices. An act"
    " without a case breaches where its source had named cases on such acts before, else it is"
    " unknown. Records that name different tenants are of different cases."
)
PARAMS = {
    "linked": "only true: the act names a case",
    "target_matches": "only true: one of the names of the case is that of the target; of an act on"
    " many targets the case must name all",
    "state_at": "only execute: states are those at the act",
    "state_in": "the states allowed, as open; events tell of open and closed, lists of tickets of"
    " any other",
    "opened_before": "how long before the act the case must have been opened at least, as in 15m",
    "opened_by_other": "only true: somebody other than the acting person opened it",
}
EXAMPLE = """\
require:
  - case: {linked: true, target_matches: true, state_at: execute, state_in: [open, escalated]}
"""
MISSES = (
    "A case that is about the target and has nothing to do with the act.",
    "Two systems that number their cases alike are not told apart.",
    "Ids in free text are found only where letters and digits make them up, as in INC-12.",
)

_TRUE = ("linked", "target_matches", "opened_by_other")
_KEYS = (*_TRUE, "state_at", "state_in", "opened_before")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of the parameters, of which one at least is needed."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if not set(params) & set(_KEYS) - {"state_at"}:
        faults[""] = "it asks for nothing; begin with linked: true."
    for key in _TRUE:
        if params.get(key, True) is not True:
            faults[key] = f"{key} can only be true, not {params[key]!r}."
    if params.get("state_at", "execute") != "execute":
        faults["state_at"] = "state_at can only be execute."
    if "state_in" in params:
        faults["state_in"] = text_fault(params["state_in"], "state_in")
    if "opened_before" in params:
        faults["opened_before"] = duration_fault(params["opened_before"], "opened_before")
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when some case certainly is as asked; false when none possibly is."""
    text = resources.files("forensics.policy").joinpath("predicates/case.sql")
    age = params.get("opened_before")
    return of_cases(
        text.read_text(encoding="utf-8"),
        {
            "target": "target_matches" in params,
            "states": [str(state).lower() for state in as_list(params["state_in"])]
            if "state_in" in params
            else None,
            "least": microseconds(age) if age else None,
            "least_text": age,
            "other": "opened_by_other" in params,
        },
        tells=["names"] if "target_matches" in params else (),
    )
