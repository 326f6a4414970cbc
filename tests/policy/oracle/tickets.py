"""Slow and obvious: whether an act or its session rests on a ticket, of a type, opened in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import casebook
import cases
from casebook import Casebook, Row, Span
from histories import SECOND, bounds, every, some

MINUTE = 60 * SECOND


def evaluate(stories: Sequence[Casebook], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether some ticket is as asked."""

    def judged(story: Casebook, act: Row, case: str) -> bool | None:
        answers: list[bool | None] = []
        if "type" in params:
            types = casebook.facts(story, act, case, "type")
            fits = {one in params["type"] for one in types}
            answers.append(fits.pop() if len(fits) == 1 else None)
        if "state_in" in params:
            states = params["state_in"]
            early = "slack" in params and "open" in states
            answers.append(casebook.state_in(story, act, case, states, early=early))
        if "target_matches" in params and cases.names_of(story, act, case):
            answers.append(cases.about(story, act, case))
        if "opened_before" in params:
            answers.append(_opened(story, act, case, params))
        return every(*answers) if answers else True

    return casebook.of_case(stories, judged, session=True)


def _opened(story: Casebook, act: Row, case: str, params: Mapping[str, Any]) -> bool | None:
    own, true = bounds(act, own=True), bounds(act)
    if params["opened_before"] == "session_start":
        rows = [
            row
            for row in story.events
            if act.get("session_id")
            and row.get("session_id") == act["session_id"]
            and row["source"] == act["source"]
            and row.get("tenant") == act.get("tenant")
        ]
        if not rows:
            return None
        own, true = _first([bounds(row, own=True) for row in rows]), _first(list(map(bounds, rows)))
    slack = int(params.get("slack", "0m")[:-1]) * MINUTE
    opened = [one for one in casebook.steps(story, act) if one.case == case and one.opening]
    if not opened:
        return None
    answers = []
    for one in opened:
        low, high = own if one.clock == act["source"] else true
        first, last = one.own if one.clock == act["source"] else one.true
        early = True if last <= low + slack else False if first >= high + slack else None
        answers.append(every(one.certain, early))
    return some(answers)


def _first(spans: Sequence[Span]) -> Span:
    return min(low for low, _ in spans), min(high for _, high in spans)
