"""Whether a record of a given kind follows the act within a stretch of time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics.policy.relations_around import USES, neighbour, neighbour_faults

needs = ("events",)
uses = USES
enforced = "afterwards"

MEANING = (
    "A record of the event follows the act in no more than the time given, has the named things"
    " in common with it and is of the right person. Until the records of every source that records"
    " the event reach the deadline, its absence is pending and so unknown."
)
PARAMS = {
    "event": "one or several verbs, of which one suffices; only a record that succeeded counts",
    "same": "what both have in common: session.id, target, case; all of those named. A session is"
    " one source's own: of a record of another source the person, the case, or a target that is the"
    " target or the account of the act, must tie it as well. Records that name different tenants"
    " have nothing in common",
    "by": "anyone (default), actor (the same person) or other_person (certainly another)",
    "within": "how long after the act at most, as in 24h",
}
EXAMPLE = """\
require:
  - followed_by: {event: access.review, same: [session.id], by: other_person, within: 24h}
"""
MISSES = (
    "Both beliefs judge by all records: what was to follow is never known at the act.",
    "A record of the event that does not say what is to be in common leaves acts near it unknown.",
    "A gap within the records of a source is not told from silence.",
)


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `event` and `within` (mandatory), `same` and `by`."""
    return neighbour_faults(params)


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when such a record certainly follows in time; unknown while it may still come."""
    return neighbour(params, before=False)
