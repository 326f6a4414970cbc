"""Slow and obvious: how long before an act its person first looked at the case or the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import casebook
import histories
from casebook import Casebook, Row, key, longer
from histories import SECOND, bounds, every, same_person, some, succeeded


def evaluate(stories: Sequence[Casebook], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether at least so much time passed."""
    length = int(params["at_least"][:-1]) * SECOND
    rows = [row for story in stories for row in story.events]
    views = [row for row in rows if row["action"] == "case.view"]
    begins = {
        (source, own): min(bounds(row, own=own)[1] for row in views if row["source"] == source)
        for source in {row["source"] for row in views}
        for own in (True, False)
    }
    found = {}
    for story in stories:
        for act in casebook.act_rows(story):
            answer = some(
                [
                    _enough(story, act, row, length)
                    for row in story.events
                    if row["action"] in ("case.view", "case.open") and _looks_at(story, act, row)
                ]
            )
            covered = (act["source"], True) in begins and _covered(story, act, begins)
            found[act["event_uid"]] = None if answer is False and not covered else answer
    return found


def _looks_at(story: Casebook, act: Row, row: Row) -> bool:
    if not casebook.one_tenant(act, row):
        return False
    if key(row.get("case_id")):
        return key(row["case_id"]) in casebook.links(story, act)
    names = [{one.get(k, "") for k in ("target", "target_id")} - {None, ""} for one in (act, row)]
    return bool({name.lower() for name in names[0]} & {name.lower() for name in names[1]})


def _enough(story: Casebook, act: Row, row: Row, length: int) -> bool | None:
    first, last = histories.pair(row, act)
    span = (last[0] - first[1], last[1] - first[0])
    same = same_person(story.party(act), story.party(row))
    return every(longer(span, length), succeeded(row), same)


def _covered(story: Casebook, act: Row, begins: Mapping[tuple[str, bool], int]) -> bool:
    rests = casebook.links(story, act)
    told = []
    for case in rests:
        those = [
            one for one in casebook.steps(story, act) if one.case == case and one.state is not None
        ]
        told.append(
            bool(casebook.begins_by_opening(those))
            and any(
                begins[act["source"], False] <= one.true[0]
                or (one.clock == act["source"] and begins[act["source"], True] <= one.own[0])
                for one in those
                if one.opening
            )
        )
    return bool(told) and all(told)
