"""Whether the same person weakened a control shortly before the act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics import actions
from forensics.located import unknown_word
from forensics.policy.relations_around import USES, neighbour, verb_fault
from forensics.policy.words import as_list, duration_fault

needs = ("events",)
uses = USES

MEANING = (
    "The person who acts took away or changed a control no longer than the time given before, and"
    " nobody had put it back by then. A control is what one of the verbs was done to; the verb"
    " that undoes it on the same target puts it back. The value is true where that is certain, so"
    " it stands under `forbid`."
)
PARAMS = {
    "controls": "verbs that weaken a control: logging.disable, policy.change, role.grant ...",
    "within": "how long before the act at most, as in 24h; half-open, [act - within, act)",
    "by": "only same_person: of two accounts of one person either will do",
}
EXAMPLE = """\
forbid:
  - control_weakening: {controls: [logging.disable, policy.disable], within: 24h, by: same_person}
"""
MISSES = (
    "A verb that nothing undoes (policy.change) counts for the whole time, weakening or not.",
    "A control that another person weakened on request.",
    "What is agreed, as a window of maintenance: write it as an exception.",
)

_KEYS = ("controls", "within", "by")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `controls` and `within` (mandatory) and `by`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    for key in ("controls", "within"):
        if key not in params:
            faults[""] = f"the parameter {key!r} is missing."
    if "controls" in params:
        faults["controls"] = verb_fault(params["controls"])
    if "within" in params:
        faults["within"] = duration_fault(params["within"], "within")
    if params.get("by", "same_person") != "same_person":
        faults["by"] = "by can only be same_person."
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when the same person certainly weakened a control that was not put back since."""
    verbs = [str(verb) for verb in as_list(params["controls"])]
    asked = {"event": verbs, "by": "actor", "within": params["within"]}
    known = actions.load()
    return neighbour(asked, before=True, undoing=[known[verb].inverse or "" for verb in verbs])
