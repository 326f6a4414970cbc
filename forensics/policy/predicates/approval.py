"""Whether enough other persons approved the act, before it, in a role that may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.predicates import Learns
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
uses = ("accounts", "act_people", "managers", "protected_targets")

MEANING = (
    "At least `min` persons approved the act: each by a record of granting that succeeded, came"
    " certainly before the act, covers its target and action in its organisation, was not taken"
    " back before it, and was given in a role that may, by somebody who is neither the actor nor"
    " who asked, whose person is known and who acted for neither. Who gave an approval takes it"
    " back by revoking or denying it certainly later; a revocation by somebody who gave none takes"
    " back all. Of an act on several targets each protected one must be covered, or each where none"
    " is protected. A name and an id are of one target where a record has both, and otherwise it is"
    " not known; two ids of one name are two targets, and of one id with two names it is not known."
    " An approval that names neither a target nor a case may be for any act. An account that"
    " several persons share approves for nobody in particular, which leaves it unknown; a service"
    " approves nothing. That nobody approved is told only where records of approvals, of the act's"
    " own source or of one that recorded approvals of its acts, certainly begin `max_age` before"
    " the act, or before the act where any age will do; else it is unknown."
)
PARAMS = {
    "min": "how many different persons must have approved, from 1 to 10 (1)",
    "by": "only other_person: another person than the actor and than who asked",
    "not_in_chain_of": "only actor: neither manages the other, directly or through others, as the"
    " rosters of people tell of managers",
    "role": "roles in which the approver may act, as the record of the approval says",
    "covers": "target, or action and target (both)",
    "before": "only execute: the approval precedes the act, not its effect",
    "max_age": "how old an approval may be, as in 24h",
    "approver_phase_not": "phases of employment in which nobody may approve",
}
EXAMPLE = """require:
  - approval: {min: 1, by: other_person, role: [ts_lead], covers: [action, target], max_age: 24h}
"""
MISSES = (
    "An approval that was given without looking, and persons who approve for each other in turn.",
    "Approvals by word of mouth, or in a system whose log is not here or ends before the act.",
    "Without max_age, an approval older than all records of approvals.",
    "Whether the approver held the role at that time, beyond what the record says.",
    "An approval that expired by a rule of the console which no record tells.",
)
enforced = "asks"
begins_with = ("records", "acting", "watched", "met")

# The only allowed value of each word that says what the predicate does anyway.
_FIXED = {"by": "other_person", "before": "execute", "not_in_chain_of": "actor"}
_KEYS = tuple(PARAMS)
# Approvals older than this are not even mentioned, when the policy limits their age.
_MENTIONED = timedelta(days=7) // timedelta(microseconds=1)


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of the parameters, none of which is mandatory."""
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


def learns(params: Mapping[str, Any]) -> Learns:
    """Nothing, unless it matters where in the firm the approver was."""
    return "of_all" if {"approver_phase_not", "not_in_chain_of"} & set(params) else "nothing"


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when `min` other persons certainly approved; false when even possibly fewer did.

    A case in which no source records approvals at all leaves it unknown.
    """
    age = microseconds(params["max_age"]) if "max_age" in params else None
    folder = resources.files("forensics.policy").joinpath("predicates")
    texts = [folder.joinpath(f"{name}.sql") for name in ("approval_matching", "approval")]
    roles = [str(role).lower() for role in as_list(params["role"])] if "role" in params else None
    return statement(
        "".join(text.read_text(encoding="utf-8") for text in texts),
        {
            "min": params.get("min", 1),
            "roles": roles,
            "in_role": f" in role {' or '.join(roles)}" if roles else "",
            "cover_action": "action" in as_list(params.get("covers", ["action", "target"])),
            "chain": "not_in_chain_of" in params,
            "max_age": age,
            "since": f" {params['max_age']}" if age is not None else "",
            "lookback": None if age is None else max(age, _MENTIONED),
            "phases": as_list(params["approver_phase_not"])
            if "approver_phase_not" in params
            else None,
        },
    )
