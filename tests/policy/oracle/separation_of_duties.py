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
    Party,
    at_most,
    before,
    bounds,
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
    first: dict[tuple[str, str, bool], int] = {}
    for story in histories:
        for row in story.events:
            for verb in {verb for verb, _ in _steps(story, row, params)}:
                for own in (True, False):
                    kind = (verb, row["source"], own)
                    first[kind] = min(
                        first.get(kind, bounds(row, own=own)[1]), bounds(row, own=own)[1]
                    )
    return {
        row["event_uid"]: _conflict(story, row, params, first)
        for story in histories
        for row in story.events
        if row["event_uid"] in story.acts
    }


def _steps(story: History, row: Row, params: Mapping[str, Any]) -> list[tuple[str, Party]]:
    """The steps that a record tells of, each with who did it."""
    verb = row["action"]
    found = [(verb, story.party(row))]
    if row.get("on_behalf_of"):
        found.append((verb, story.party({"actor": row["on_behalf_of"]})))
    if verb in STEPS[:2] and row.get("approval_requested_by"):
        found.append((STEPS[0], story.party({"actor": row["approval_requested_by"]})))
    if verb not in params["steps"]:
        return []
    return [(verb, party) for verb, party in found if verb in params["steps"]]


def _objects(row: Row, on: Sequence[str]) -> set[tuple[str, str]]:
    found = set()
    if "case" in on and row.get("case_id"):
        found.add(("case", row["case_id"].lower()))
    if "target" in on:
        found |= {("target", row[k].lower()) for k in ("target", "target_id") if row.get(k)}
    return found


def _conflict(
    story: History, act: Row, params: Mapping[str, Any], first: Mapping[tuple[str, str, bool], int]
) -> bool | None:
    mine = _objects(act, params["on"])
    if not mine:
        return None
    window = int(params["window"][:-1]) * DAY * SECOND
    steps = [
        (verb, party, every(_in_window(act, row, window), _of_it(act, row, params)))
        for row in story.events
        if (row is act or row["action"] != act["action"])
        and mine & _objects(row, params["on"])
        and len({one["tenant"] for one in (act, row) if one.get("tenant")}) < 2
        for verb, party in _steps(story, row, params)
        if not party.service
    ]
    answers = [
        every(one_in, two_in, same_person(one, two))
        for (verb, one, one_in), (other, two, two_in) in combinations(steps, 2)
        if verb != other
    ]
    answer = some(answers)
    before_it = {
        verb
        for (verb, source, own), at in first.items()
        if at <= bounds(act, own=own)[0] and (not own or source == act["source"])
    }
    recorded = before_it | {verb for verb, _ in _steps(story, act, params)}
    return answer if answer is not False or len(recorded) > 1 else None


def _of_it(act: Row, row: Row, params: Mapping[str, Any]) -> bool | None:
    """Whether a record is about what the act is about: its target, and what was asked for."""
    if row is act:
        return True
    asked = [_asked(one, params) for one in (act, row)]
    approval = any(one["action"].startswith("approval.") for one in (act, row))
    if approval and None not in asked and asked[0] != asked[1]:
        return False
    if "target" not in params["on"]:
        return True
    kinds = [
        {k: one[k].lower() for k in ("target", "target_id") if one.get(k)} for one in (act, row)
    ]
    if not all(kinds) or {*kinds[0].values()} & {*kinds[1].values()}:
        return True
    return False if kinds[0].keys() & kinds[1].keys() else None


def _asked(row: Row, params: Mapping[str, Any]) -> str | None:
    if row["action"].startswith("approval."):
        return row.get("approval_for")
    return row["action"] if row["action"] in params["steps"] else None


def _in_window(act: Row, row: Row, window: int) -> bool | None:
    if row is act:
        return succeeded(row)
    first, last = pair(row, act)
    return every(before(first, last), at_most(first, last, window), succeeded(row))


def generate(draw: random.Random, count: int) -> list[History]:
    """Requests, grants and acts on few objects by few people, around thirty days."""
    made = []
    for number in range(count):
        # In the first days nobody recorded approvals.
        early = draw.random() < 0.05
        story = History(number, -90 * DAY if early else 0)
        accounts = cast(draw, story)
        crowd = draw.sample(accounts, 2)
        for place in range(draw.randint(1, 4)):
            verb = draw.choice([*STEPS, "case.note"]) if place else "account.deactivate"
            verb = "account.deactivate" if early and verb in STEPS else verb
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
                case_id=story.own(draw.choice(["c", "c", "C", "d", None])),
                tenant=draw.choice([None, None, None, None, "T1", "T2"]),
                approval_for=draw.choice([None, None, "account.deactivate", "role.grant"]),
                approval_requested_by=draw.choice([None, None, None, *accounts]),
                on_behalf_of=draw.choice([None] * 9 + accounts[:4]),
            )
        made.append(story)
    return made
