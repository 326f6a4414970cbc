"""Whether the act, or its session, rests on a ticket of a given type that was opened in time."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_cases import NEEDS, USES, of_cases
from forensics.policy.words import as_list, duration_fault, microseconds, text_fault, word_fault

needs = NEEDS
uses = USES
enforced = "costs"

MEANING = (
    "The record of the act, or else any record of its session, names a ticket that is on record,"
    " of one of the types, opened before the session or the act began, in one of the states at the"
    " act, and about its target. With `slack` it may also have been opened so much later; until"
    " then it is taken to be open. A session begins with its first record. An act without a ticket"
    " breaches where its source had named tickets on such acts before, else it is unknown."
)
PARAMS = {
    "linked": "only true: the act or its session names a ticket",
    "type": "the types allowed, as incident; read from records of the ticket or a list of tickets",
    "opened_before": "what it must precede: execute (the act) or session_start",
    "slack": "how much later it may have been opened, as in 15m (none)",
    "state_in": "the states allowed at the act, as open",
    "target_matches": "only true: the ticket names the target of the act, or no target at all",
}
EXAMPLE = """\
require:
  - ticket:
      {linked: true, type: incident, opened_before: session_start, slack: 15m,
       state_in: [open, escalated], target_matches: true}
"""
MISSES = (
    "A ticket that has nothing to do with the act, or was named for another act of the session.",
    "A session that began before the records of its source do.",
    "A ticket of no target in particular counts for every act.",
    "Two systems that number their tickets alike are not told apart.",
)

_ANCHORS = ("session_start", "execute")
_TRUE = ("linked", "target_matches")
_KEYS = (*_TRUE, "type", "opened_before", "slack", "state_in")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of the parameters, of which one at least is needed."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if not set(params) & set(_KEYS) - {"slack"}:
        faults[""] = "it asks for nothing; begin with linked: true."
    for key in _TRUE:
        if params.get(key, True) is not True:
            faults[key] = f"{key} can only be true, not {params[key]!r}."
    for key in ("type", "state_in"):
        if key in params:
            faults[key] = text_fault(params[key], key)
    if "opened_before" in params:
        faults["opened_before"] = word_fault([params["opened_before"]], _ANCHORS, "instant")
    if "slack" in params:
        faults["slack"] = duration_fault(params["slack"], "slack")
        if "opened_before" not in params:
            faults["slack"] = "slack goes with opened_before."
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when some ticket certainly is as asked; false when none possibly is."""
    text = resources.files("forensics.policy").joinpath("predicates/ticket.sql")
    slack, states = params.get("slack"), _words(params, "state_in")
    return of_cases(
        text.read_text(encoding="utf-8"),
        {
            "types": _words(params, "type"),
            "states": states,
            "later": slack is not None and "open" in (states or ()),
            "target": "target_matches" in params,
            "of_session": params.get("opened_before") == "session_start",
            "slack": microseconds(slack or "0s") if "opened_before" in params else None,
            "slack_text": f" and {slack} more" if slack else "",
        },
        tells=["types", "names"] if "target_matches" in params else ["types"],
        session=True,
    )


def _words(params: Mapping[str, Any], key: str) -> list[str] | None:
    return [str(word).lower() for word in as_list(params[key])] if key in params else None
