"""Whether the reason code of the act is one that its case allows."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_cases import NEEDS, USES, of_cases
from forensics.policy.words import as_list, text_fault

needs = NEEDS
uses = USES
enforced = "costs"

MEANING = (
    "The code that the act gives as its reason is among those allowed, for the type of the case"
    " that it names where the policy lists codes by type. A type that the policy does not list, and"
    " a case whose type nobody tells, are unknown, unless the code is allowed for all types or for"
    " none. An act without a code breaches where its source had given codes on such acts before,"
    " else it is unknown."
)
PARAMS = {
    "allowed": "the codes allowed: a list, or lists by type of case",
    "in_allowed_for": "only case.type: says that the lists are by type of case",
    "needs_text": "codes that count only beside a reason in words, as other",
}
EXAMPLE = """\
require:
  - reason_code:
      in_allowed_for: case.type
      allowed: {user_report: [spam, abusive, other], appeal: [appeal_granted]}
      needs_text: [other]
"""
MISSES = (
    "A code that is allowed and untrue.",
    "Words that say nothing count as a reason.",
)

_KEYS = ("allowed", "in_allowed_for", "needs_text")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `allowed` (mandatory), `in_allowed_for` and `needs_text`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if "allowed" not in params:
        faults[""] = "the parameter 'allowed' is missing: codes, or lists of codes by case type."
    else:
        faults["allowed"] = _allowed_fault(params)
    if params.get("in_allowed_for", "case.type") != "case.type":
        faults["in_allowed_for"] = "in_allowed_for can only be case.type."
    if "needs_text" in params:
        faults["needs_text"] = text_fault(params["needs_text"], "needs_text")
    return {key: fault for key, fault in faults.items() if fault}


def _allowed_fault(params: Mapping[str, Any]) -> str | None:
    allowed = params["allowed"]
    if not isinstance(allowed, dict):
        if "in_allowed_for" in params:
            return "allowed must list codes by case type, as in {user_report: [spam]}."
        return text_fault(allowed, "allowed")
    if not allowed:
        return "allowed is empty; name a case type and its codes, as in {user_report: [spam]}."
    found = (text_fault(codes, f"allowed for {type}") for type, codes in allowed.items())
    return next((fault for fault in found if fault), None)


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when the code certainly is allowed; false when it certainly is not."""
    text = resources.files("forensics.policy").joinpath("predicates/reason_code.sql")
    allowed = params["allowed"]
    by_type = allowed if isinstance(allowed, dict) else {"": allowed}
    pairs = [
        (str(type).lower(), str(code).lower())
        for type, codes in by_type.items()
        for code in as_list(codes)
    ]
    return of_cases(
        text.read_text(encoding="utf-8"),
        {
            "of_type": isinstance(allowed, dict),
            "types": [type for type, _ in pairs],
            "codes": [code for _, code in pairs],
            "worded": [str(code).lower() for code in as_list(params.get("needs_text", []))],
        },
        tells=["types"],
    )
