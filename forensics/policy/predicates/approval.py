"""Whether enough other persons approved the act, before it, in a role that may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.statement import statement
from forensics.policy.words import (
    PHASES,
    as_list,
    duration_fault,
    microseconds,
    text_fault,
    word_fault,
)

needs = ("approvals",)
uses = ("accounts", "act_people")

# The only allowed value of each word that says what the predicate does anyway.
_FIXED = {"by": "other_person", "before": "execute"}
_KEYS = ("min", "by", "role", "covers", "before", "max_age", "approver_phase_not")
# Approvals older than this are not even mentioned, when the policy limits their age.
_MENTIONED = timedelta(days=7) // timedelta(microseconds=1)


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `min`, `by`, `role`, `covers`, `before`, `max_age` and `approver_phase_not`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    number = params.get("min", 1)
    if type(number) is not int or not 1 <= number <= 10:
        faults["min"] = f"min must be a whole number from 1 to 10, not {number!r}."
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {only}."
    if "role" in params:
        faults["role"] = text_fault(params["role"], "role")
    if "covers" in params:
        faults["covers"] = _covers_fault(params["covers"])
    if "max_age" in params:
        faults["max_age"] = duration_fault(params["max_age"], "max_age")
    if "approver_phase_not" in params:
        faults["approver_phase_not"] = word_fault(params["approver_phase_not"], PHASES, "phase")
    return {key: fault for key, fault in faults.items() if fault}


def _covers_fault(covers: Any) -> str | None:
    if fault := word_fault(covers, ("action", "target"), "cover"):
        return fault
    return None if "target" in as_list(covers) else "covers must name target."


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when `min` other persons certainly approved; false when even possibly fewer did.

    A case in which no source records approvals at all leaves it unknown.
    """
    age = microseconds(params["max_age"]) if "max_age" in params else None
    text = resources.files("forensics.policy").joinpath("predicates/approval.sql")
    roles = [str(role).lower() for role in as_list(params["role"])] if "role" in params else None
    return statement(
        text.read_text(encoding="utf-8"),
        {
            "min": params.get("min", 1),
            "roles": roles,
            "in_role": f" in role {' or '.join(roles)}" if roles else "",
            "cover_action": "action" in as_list(params.get("covers", ["action", "target"])),
            "max_age": age,
            "lookback": None if age is None else max(age, _MENTIONED),
            "phases": as_list(params["approver_phase_not"])
            if "approver_phase_not" in params
            else None,
        },
    )
