"""Whether a record of a given kind lies within a stretch of time before the act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics.policy.relations_around import USES, neighbour, neighbour_faults

needs = ("events",)
uses = USES

MEANING = (
    "A record of the event precedes the act by no more than the time given, has the named things"
    " in common with it and is of the right person. Required, it must be there; forbidden, it must"
    " be absent. Absent is only what a source would have shown: one that records the event, and"
    " whose records go back that far."
)
PARAMS = {
    "event": "one or several verbs, of which one suffices; only a record that succeeded counts",
    "same": "what both have in common: session.id, target, case; all of those named. A session is"
    " one source's own: of a record of another source the person, the case, or a target that is the"
    " target or the account of the act, must tie it as well. Records that name different tenants"
    " have nothing in common",
    "by": "anyone (default), actor (the same person) or other_person (certainly another)",
    "within": "how long before the act at most, as in 24h; half-open, [act - within, act)",
}
EXAMPLE = """\
require:
  - preceded_by: {event: case.view, same: [target], by: actor, within: 1h}
"""
MISSES = (
    "A record of the event that does not say what is to be in common leaves acts near it unknown.",
    "A gap within the records of a source is not told from silence.",
)


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `event` and `within` (mandatory), `same` and `by`."""
    return neighbour_faults(params)


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when such a record certainly precedes the act; false when none possibly does."""
    return neighbour(params, before=True)
