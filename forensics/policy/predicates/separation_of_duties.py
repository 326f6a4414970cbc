"""Whether one person did several steps on one object that different persons should do."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_around import USES, around, verb_fault
from forensics.policy.words import as_list, duration_fault, microseconds, word_fault

needs = ("events", "approvals")
uses = USES

MEANING = (
    "Of the act and the other steps done on its case or target in the window before it, the same"
    " person did two. A step that names another target, or an approval of another act, is of"
    " another matter. A request is also the step of whom its record, or the approval itself, names"
    " as having asked, and any step of those on whose behalf it was done. Two accounts of one"
    " person are one person; a service is nobody. That nobody did two is told only where two of the"
    " steps were recorded before the act. The value is true where it is certain, so it stands under"
    " `forbid`."
)
PARAMS = {
    "steps": "two or more verbs that different persons should do",
    "on": "what makes it one object: case, target; one in common suffices",
    "window": "how long before the act steps belong to it, as in 30d; half-open",
    "reciprocal": "from how many approvals each way, in the window, it is told for information that"
    " the acting person and another approve each other's requests (never: no such remark)",
}
EXAMPLE = """\
forbid:
  - separation_of_duties:
      {steps: [approval.request, approval.grant], on: [case, target], window: 30d}
  - separation_of_duties:
      {steps: [approval.grant, account.deactivate], on: [case, target], window: 30d}
"""
MISSES = (
    "Steps after the act, as a review of it: those acts need a policy of their own.",
    "Steps whose record names neither case nor target.",
    "Two persons who agree.",
)

_ON = ("case", "target")
_KEYS = ("steps", "on", "window", "reciprocal")
_MANDATORY = ("steps", "on", "window")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `steps`, `on` and `window` (mandatory), and of `reciprocal`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    for key in _MANDATORY:
        if key not in params:
            faults[""] = f"the parameter {key!r} is missing."
    if "steps" in params:
        steps = as_list(params["steps"])
        few = len(set(map(str, steps))) < 2
        faults["steps"] = "steps must name at least two verbs." if few else verb_fault(steps)
    if "on" in params:
        faults["on"] = word_fault(params["on"], _ON, "object")
    if "window" in params:
        faults["window"] = duration_fault(params["window"], "window")
    times = params.get("reciprocal", 1)
    if type(times) is not int or not 1 <= times <= 1000:
        faults["reciprocal"] = f"reciprocal must be a whole number from 1 to 1000, not {times!r}."
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when one person certainly did two steps; false when nobody possibly did."""
    text = resources.files("forensics.policy").joinpath("predicates/separation_of_duties.sql")
    steps = [str(step) for step in as_list(params["steps"])]
    on = as_list(params["on"])
    return around(
        text.read_text(encoding="utf-8"),
        steps,
        {
            "steps": steps,
            "steps_text": ", ".join(steps),
            "case_key": "case" in on,
            "target": "target" in on,
            "on_text": " or ".join(word for word in _ON if word in on),
            "window": microseconds(params["window"]),
            "window_text": params["window"],
            "reciprocal": params.get("reciprocal"),
        },
    )
