"""Slow and obvious: whether an act rests on a case about its target, open, old, another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import casebook
from casebook import Casebook, Row, key
from histories import SECOND, every

MINUTE = 60 * SECOND


def evaluate(stories: Sequence[Casebook], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether some case is as asked."""

    def judged(story: Casebook, act: Row, case: str) -> bool | None:
        answers: list[bool | None] = []
        if "target_matches" in params:
            answers.append(_about(story, act, case))
        if "state_in" in params:
            answers.append(casebook.state_in(story, act, case, params["state_in"]))
        if "opened_before" in params:
            length = int(params["opened_before"][:-1]) * MINUTE
            answers.append(casebook.old(story, act, case, length))
        if "opened_by_other" in params:
            answers.append(casebook.opened_by_other(story, act, case))
        return every(*answers) if answers else True

    return casebook.of_case(stories, judged)


def _about(story: Casebook, act: Row, case: str) -> bool | None:
    records = [
        (row["action"] == "case.open", _names(row))
        for row in story.events
        if row["action"] in ("case.open", "case.assign", "case.close")
        and row["outcome"] not in ("failure", "denied")
        and key(row.get("case_id")) == case
    ]
    records += [
        (True, {one.lower() for one in row["targets"]})
        for row in story.tickets
        if key(row["case_id"]) == case
    ]
    opening = [names for opens, names in records if opens and names]
    told = set().union(*(opening or [names for _, names in records]))
    own = _names(act)
    return bool(told & own) if told and own else None


def _names(row: Row) -> set[str]:
    return {row[name].lower() for name in ("target", "target_id") if row.get(name)}
