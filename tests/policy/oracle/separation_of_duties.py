"""Slow and obvious: pairs of different steps on one object that one person may have done."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from histories import (
    DAY,
    SECOND,
    History,
    at_most,
    before,
    cast,
    every,
    pair,
    same_person,
    some,
    succeeded,
)

STEPS = ["approval.request", "approval.grant", "account.deactivate"]
Row = Mapping[str, Any]


def evaluate(histories: Sequence[History], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether one person did two different steps on its object."""
    recorded = {row["action"] for story in histories for row in story.events} & {*params["steps"]}
    return {
        row["event_uid"]: _conflict(story, row, params, len(recorded) > 1)
        for story in histories
        for row in story.events
        if row["event_uid"] in story.acts
    }


def _objects(row: Row, on: Sequence[str]) -> set[tuple[str, str]]:
    found = set()
    if "case" in on and row.get("case_id"):
        found.add(("case", row["case_id"]))
    if "target" in on:
        found |= {("target", row[k].lower()) for k in ("target", "target_id") if row.get(k)}
    return found


def _conflict(story: History, act: Row, params: Mapping[str, Any], recorded: bool) -> bool | None:
    mine = _objects(act, params["on"])
    if not mine:
        return None
    window = int(params["window"][:-1]) * DAY * SECOND
    steps = [
        (row, _in_window(act, row, window))
        for row in story.events
        if row["action"] in params["steps"]
        and (row is act or row["action"] != act["action"])
        and mine & _objects(row, params["on"])
        and not story.party(row).service
    ]
    answers = [
        every(one_in, two_in, same_person(story.party(one), story.party(two)))
        for (one, one_in), (two, two_in) in combinations(steps, 2)
        if one["action"] != two["action"]
    ]
    answer = some(answers)
    return answer if answer is not False or recorded else None


def _in_window(act: Row, row: Row, window: int) -> bool | None:
    if row is act:
        return succeeded(row)
    first, last = pair(row, act)
    return every(before(first, last), at_most(first, last, window), succeeded(row))


def generate(draw: random.Random, count: int) -> list[History]:
    """Requests, grants and acts on few objects by few people, around thirty days."""
    made = []
    for number in range(count):
        story = History(number, 0)
        accounts = cast(draw, story)
        crowd = draw.sample(accounts, 2)
        for place in range(draw.randint(1, 4)):
            verb = draw.choice([*STEPS, "case.note"]) if place else "account.deactivate"
            story.event(
                -draw.choice([0, 0, 1, 4, 6, 60, 30 * DAY - 3, 30 * DAY, 30 * DAY + 2, -5]),
                verb,
                act=place == 0 or draw.random() < 0.2,
                source=draw.choice(["console", "console", "portal", "idp"]),
                time_precision=draw.choice(["us", "ms", "s", "min"]),
                outcome=draw.choice(["success"] * 9 + ["failure", "unknown", None]),
                actor=draw.choice(crowd if draw.random() < 0.6 else accounts),
                target=story.own(draw.choice(["x", "x", "X", "y", None])),
                target_id=story.own(draw.choice([None] * 6 + ["id", "x"])),
                case_id=story.own(draw.choice(["c", "c", "d", None])),
            )
        made.append(story)
    return made
