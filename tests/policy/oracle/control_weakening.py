"""Slow and obvious: controls that the acting person weakened and nobody put back."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from histories import (
    DAY,
    SECOND,
    TOLERANCE,
    History,
    at_most,
    before,
    bounds,
    cast,
    every,
    no,
    pair,
    same_person,
    slots,
    some,
    succeeded,
)

HOUR = 3600
BACK = {"logging.disable": "logging.enable", "policy.disable": "policy.enable"}
Row = Mapping[str, Any]


def evaluate(histories: Sequence[History], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether a control was weakened within the hours before."""
    length = int(params["within"][:-1]) * HOUR * SECOND
    rows = [(story, row) for story in histories for row in story.events]
    controls = [(story, row) for story, row in rows if row["action"] in params["controls"]]
    sources = {row["source"] for _, row in controls}
    begins = max(
        (min(bounds(row)[1] for _, row in rows if row["source"] == one) for one in sources),
        default=0,
    )
    undos: dict[float, list[Row]] = defaultdict(list)
    for story, row in rows:
        if row["action"] in BACK.values():
            undos[story.start].append(row)
    found: dict[str, bool | None] = {}
    for story, act in rows:
        if act["event_uid"] not in story.acts:
            continue
        answers = [
            _weakened(story, act, other, control, length, undos[story.start])
            for other, control in controls
            if control is not act
            and other.start == story.start
            # Of another history, only who nobody can name may be the one that acts.
            and (other is story or same_person(story.party(act), other.party(control)) is None)
        ]
        covered = bool(sources) and begins <= bounds(act)[0] - length
        if act.get("actor") is None or not (any(answers) or covered):
            found[act["event_uid"]] = None
        else:
            found[act["event_uid"]] = some(answers)
    return found


def _weakened(
    story: History, act: Row, other: History, control: Row, length: int, undos: Sequence[Row]
) -> bool | None:
    mine, theirs = story.party(act), other.party(control)
    person = same_person(mine, theirs)
    paired = mine.account is not None and mine.account == theirs.account
    if person is None and not paired:
        act_at, control_at = bounds(act), bounds(control)
    else:
        control_at, act_at = pair(control, act)
    shortly = every(before(control_at, act_at), at_most(control_at, act_at, length), person)
    shortly = every(shortly, succeeded(control))
    if shortly is False:
        return False
    back = [
        _put_back(control, row, act, loose=person is None and not paired)
        for row in undos
        if row["action"] == BACK.get(control["action"])
        and (row in other.events or not (_names(control) and _names(row)))
    ]
    return every(shortly, no(some(back)))


def _names(row: Row) -> set[str]:
    return {value.lower() for value in (row.get("target"), row.get("target_id")) if value}


def _put_back(control: Row, row: Row, act: Row, *, loose: bool) -> bool | None:
    names = [_names(control), _names(row)]
    same: bool | None = bool(names[0] & names[1]) if all(names) else None
    row_at, act_at = (bounds(row), bounds(act)) if loose else pair(row, act)
    return every(same, succeeded(row), before(*pair(control, row)), before(row_at, act_at))


def generate(draw: random.Random, count: int) -> list[History]:
    """Controls taken away and put back around an act, by one person, by others, by strangers."""
    made = []
    for number, start in enumerate(slots(draw, count, crowd=0.05)):
        story = History(number, start)
        accounts = cast(draw, story)
        me = draw.choice(accounts)
        verbs = ["account.delete", *draw.choices([*BACK, *BACK.values(), "policy.change"], k=3)]
        for verb in verbs:
            seconds = draw.choice([0, 0, 1, 4, 6, 60, 600, HOUR - 3, HOUR, HOUR + 2, 2 * HOUR])
            story.event(
                0 if verb == "account.delete" else draw.choice([-1, -1, -1, 1]) * seconds,
                verb,
                act=verb == "account.delete" or draw.random() < 0.2,
                source=draw.choice(["console", "console", "portal", "idp"]),
                time_precision=draw.choice(["us", "ms", "s", "min"]),
                outcome=draw.choice(["success"] * 9 + ["failure", None]),
                actor=me if draw.random() < 0.7 else draw.choice(accounts),
                target=story.own(draw.choice(["log"] * 7 + ["other", None])),
                target_id=story.own(draw.choice([None, None, None, "id"])),
            )
        made.append(story)
    edge = History(count)
    for source in TOLERANCE:
        edge.event(draw.choice([-2, 0, 1]) * HOUR, "session.start", source=source)
        edge.event(30.0 * DAY * count + HOUR, "session.start", source=source)
    return [*made, edge]
