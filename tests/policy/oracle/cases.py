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
            answers.append(about(story, act, case))
        if "state_in" in params:
            answers.append(casebook.state_in(story, act, case, params["state_in"]))
        if "opened_before" in params:
            length = int(params["opened_before"][:-1]) * MINUTE
            answers.append(casebook.old(story, act, case, length))
        if "opened_by_other" in params:
            answers.append(casebook.opened_by_other(story, act, case))
        return every(*answers) if answers else True

    return casebook.of_case(stories, judged)


def about(story: Casebook, act: Row, case: str) -> bool | None:
    """Whether a case is about the target of an act; unknown where either names none."""
    told, own = names_of(story, act, case), _names(act)
    return bool(told & own) if told and own else None


def names_of(story: Casebook, act: Row, case: str) -> set[str]:
    """What the opening of a case names, or else its other records."""
    records = [
        (row["action"] == "case.open", _names(row))
        for row in story.events
        if row["action"] in ("case.open", "case.assign", "case.close")
        and row["outcome"] not in ("failure", "denied")
        and key(row.get("case_id")) == case
        and casebook.one_tenant(act, row)
    ]
    records += [
        (True, {one.lower() for one in row["targets"]})
        for row in story.tickets
        if key(row["case_id"]) == case
    ]
    opening = [names for opens, names in records if opens and names]
    return set().union(*(opening or [names for _, names in records]))


def _names(row: Row) -> set[str]:
    return {row[name].lower() for name in ("target", "target_id") if row.get(name)}
