"""Whether the case of the act was in the acting person's queue."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_cases import NEEDS, USES, of_cases
from forensics.policy.words import as_list, duration_fault, microseconds, word_fault

needs = NEEDS
uses = (*USES, "team_members")

MEANING = (
    "The case that the act names was, at the act, assigned to the acting person or to a team of"
    " theirs, or lay in a queue whose team they belonged to; all that is asked must hold. The last"
    " assignment before the act counts; two whose order the clocks leave open are unknown unless"
    " both fit. A case that is on record from its opening and was never assigned is nobody's,"
    " where its source records assignments. An act without a case breaches where its source had"
    " named cases on such acts before, else it is unknown."
)
PARAMS = {
    "assigned_to": "actor, actor.team, or both, of which one suffices",
    "actor_member_of": "only case.queue: the acting person belongs to the team of that name",
    "case": "only assigned_to_actor: the same as assigned_to: actor",
    "opened_before": "how long before the act the case must have been opened at least, as in 1m",
    "assigned_before": "how long before the act it must have been assigned so at least, as in 1m",
}
EXAMPLE = """\
raise:
  - if: {queue: {case: assigned_to_actor, opened_before: 1m}}
    level: medium
"""
MISSES = (
    "Who may take over a case of others, as a supervisor: an exception of the policy tells it.",
    "A case that the acting person assigned to themselves; the sentence names who assigned it.",
    "When a case was moved from one queue to another.",
)

_TO = ("actor", "actor.team")
_FIXED = {"actor_member_of": "case.queue", "case": "assigned_to_actor"}
_SPANS = ("opened_before", "assigned_before")
_KEYS = ("assigned_to", *_FIXED, *_SPANS)


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of the parameters; one that tells whose the case is, is needed."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if not {"assigned_to", *_FIXED} & set(params):
        faults[""] = "one of the parameters assigned_to, actor_member_of and case is needed."
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {only}."
    if "assigned_to" in params:
        faults["assigned_to"] = word_fault(params["assigned_to"], _TO, "assignee")
    for key in _SPANS:
        if key in params:
            faults[key] = duration_fault(params[key], key)
    if "assigned_before" in params and not {"assigned_to", "case"} & set(params):
        faults[""] = "assigned_before needs one of the parameters assigned_to and case."
    return {key: fault for key, fault in faults.items() if fault}


def grounds(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Teams too, where a queue is asked for; of an assignment to one there may be others."""
    return (*needs, "team_members") if "actor_member_of" in params else needs


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when the case certainly was theirs at the act; false when it certainly was not."""
    text = resources.files("forensics.policy").joinpath("predicates/queue.sql")
    to = as_list(params.get("assigned_to", []))
    age, since = (params.get(key) for key in _SPANS)
    return of_cases(
        text.read_text(encoding="utf-8"),
        {
            "to_actor": "actor" in to or "case" in params,
            "to_team": "actor.team" in to,
            "in_queue": "actor_member_of" in params,
            "least": microseconds(age) if age else None,
            "least_text": age,
            "since": microseconds(since) if since else None,
            "since_text": since,
        },
        tells=["queues"],
    )
