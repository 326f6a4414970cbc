"""Whether the act is an emergency that was declared, reasoned and reviewed by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.relations_around import USES, around, neighbour, verb_fault
from forensics.policy.statement import statement
from forensics.policy.words import as_list, duration_fault

needs = ("events",)
uses = USES

MEANING = (
    "The act was declared an emergency: its account is of the kind break_glass, or a"
    " policy.override by the same person precedes it in its session, in the source of the act. As"
    " asked, that session had not ended, a reason is given on the act or on that override, and"
    " another person reviewed the session in time. Until the deadline, and where no source records"
    " reviews, the review is pending and so unknown."
)
PARAMS = {
    "session": "only open: the session of the act had not ended",
    "reason": "only required: a reason or its code is on record",
    "review_within": "how long after the act a review by another person may take, as in 24h",
    "review": "the verbs that are a review (access.review)",
}
EXAMPLE = """\
exceptions:
  - break_glass: {session: open, reason: required, review_within: 24h}
"""
MISSES = (
    "Emergencies that are declared in a system whose log is not here.",
    "A reason that says nothing.",
)

_REVIEW = "access.review"
_FIXED = {"session": "open", "reason": "required"}
_KEYS = (*_FIXED, "review_within", "review")
_RECORDS = ("policy.override", "session.end")
# The review is asked only where the act itself was an emergency.
_UNREVIEWED = """
SELECT d.event_uid, b.belief, d.value, d.sentence,
  CASE WHEN d.value IS NULL THEN d.missing ELSE CAST([] AS VARCHAR[]) END AS missing, d.evidence
FROM declared AS d CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
"""
_REVIEWED = """
SELECT d.event_uid, r.belief, d.value AND r.value AS value,
  d.sentence || CASE WHEN d.value IS NOT FALSE THEN '; review: ' || r.sentence ELSE '' END
    AS sentence,
  CASE WHEN (d.value AND r.value) IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN r.value IS NULL THEN list_sort(list_distinct(list_concat(d.missing, r.missing)))
    ELSE d.missing END AS missing,
  list_sort(list_distinct(list_concat(d.evidence, r.evidence))) AS evidence
FROM declared AS d JOIN reviewed AS r ON r.event_uid = d.event_uid
"""


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `session`, `reason`, `review_within` and `review`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {only}."
    if "review_within" in params:
        faults["review_within"] = duration_fault(params["review_within"], "review_within")
    if "review" in params:
        faults["review"] = verb_fault(params["review"])
        if "review_within" not in params:
            faults["review"] = "review needs review_within, the time it may take."
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when all that is asked is on record; false when one part certainly is not."""
    text = resources.files("forensics.policy").joinpath("predicates/break_glass.sql")
    declared = around(
        text.read_text(encoding="utf-8"),
        _RECORDS,
        {"open": "session" in params, "reason": "reason" in params},
    )
    query = exp.select("*").with_("declared", as_=declared)
    if "review_within" not in params:
        return query.from_(statement(_UNREVIEWED).subquery("told"))
    asked = {
        "event": as_list(params.get("review", _REVIEW)),
        "same": ["session.id"],
        "by": "other_person",
        "within": params["review_within"],
    }
    query = query.with_("reviewed", as_=neighbour(asked, before=False))
    return query.from_(statement(_REVIEWED).subquery("told"))
