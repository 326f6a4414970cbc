"""Slow and obvious: emergencies declared, reasoned and reviewed, over each history's records."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from histories import DAY, TOLERANCE, History, before, cast, every, pair, slots, some, succeeded
from neighbours import evaluate as followed

HOUR = 3600
REVIEW = "case.decide"
Row = Mapping[str, Any]


def evaluate(histories: Sequence[History], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether it was an emergency as the parameters demand."""
    asked = {"event": [REVIEW], "same": ["session.id"], "by": "other_person", "within": "1h"}
    reviewed = followed(histories, asked, preceding=False)
    telling = {
        row["source"]
        for story in histories
        for row in story.events
        if row.get("reason") or row.get("reason_code")
    }
    found = {}
    for story in histories:
        for act in story.events:
            if act["event_uid"] in story.acts:
                parts = [_declared(story, act)]
                parts += [_open(story, act)] if "session" in params else []
                parts += [_reasoned(story, act, telling)] if "reason" in params else []
                parts += [reviewed[act["event_uid"]]] if "review_within" in params else []
                found[act["event_uid"]] = every(*parts)
    return found


def _earlier(story: History, act: Row, verb: str) -> list[tuple[Row, bool | None]]:
    return [
        (row, every(before(*pair(row, act)), succeeded(row)))
        for row in story.events
        if row["action"] == verb and row.get("session_id") == act["session_id"] and row is not act
    ]


def _declared(story: History, act: Row) -> bool | None:
    kind = story.party(act).kind
    if kind == "break_glass":
        return True
    if act.get("session_id") is None:
        return None
    # Every case lists some account of the kind, so that another account is none.
    return some([one for _, one in _earlier(story, act, "policy.override")])


def _open(story: History, act: Row) -> bool | None:
    if act.get("session_id") is None:
        return None
    ended = some([one for _, one in _earlier(story, act, "session.end")])
    return None if ended is None else not ended


def _reasoned(story: History, act: Row, telling: set[str]) -> bool | None:
    if act.get("reason") or act.get("reason_code"):
        return True
    if act.get("session_id") is None:
        return None
    if any(one and row.get("reason") for row, one in _earlier(story, act, "policy.override")):
        return True
    return False if act["source"] in telling else None


def generate(draw: random.Random, count: int) -> list[History]:
    """Acts in sessions with overrides, ends and reviews around them, some by emergency accounts."""
    made = []
    for number, start in enumerate(slots(draw, count)):
        story = History(number, start)
        accounts = cast(draw, story)
        story.account("glass", None, "break_glass")
        accounts += [story.own("glass")] * 3
        verbs = ["account.delete", *draw.choices(["policy.override", "session.end", REVIEW], k=3)]
        for verb in verbs:
            act = verb == "account.delete"
            late = verb == REVIEW
            seconds = draw.choice([0, 1, 4, 6, 60, HOUR - 3, HOUR, HOUR + 2])
            story.event(
                0 if act else seconds if late or draw.random() < 0.3 else -seconds,
                verb,
                act=act,
                source=draw.choice(["console", "console", "portal", "idp"]),
                time_precision=draw.choice(["us", "ms", "s", "min"]),
                outcome=draw.choice(["success"] * 12 + ["failure", None]),
                actor=draw.choice(accounts),
                session_id=story.own(draw.choice(["s"] * 14 + ["t", None])),
                reason=draw.choice(["fire", "fire", None, None]) if verb != REVIEW else None,
            )
            if act and story.events[-1]["source"] == "idp":
                story.events[-1]["reason"] = None
        made.append(story)
    edge = History(count)
    for source in TOLERANCE:
        edge.event(0, "session.start", source=source)
        edge.event(30.0 * DAY * count + draw.choice([-1, 0, 3]) * HOUR, "other", source=source)
    return [*made, edge]
