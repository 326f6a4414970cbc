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
        (row, every(before(*pair(row, act)), succeeded(row), _of_session(story, row, act)))
        for row in story.events
        if row["action"] == verb
        and row is not act
        and all(row.get(k) == act.get(k) for k in ("session_id", "source", "tenant"))
    ]


def _of_session(story: History, row: Row, act: Row) -> bool | None:
    """Whether who acts made the record, or nobody in particular did."""
    if row["actor"] is None or row["actor"] == act["actor"]:
        return True
    mine, theirs = story.party(act), story.party(row)
    if theirs.service and row["action"] == "session.end":
        return True
    if mine.person is None or theirs.person is None:
        return None
    return mine.person == theirs.person


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
    told = [one for row, one in _earlier(story, act, "policy.override") if row.get("reason")]
    return some([*told, False if act["source"] in telling else None])


def generate(draw: random.Random, count: int) -> list[History]:
    """Acts in sessions with overrides, ends and reviews around them, some by emergency accounts."""
    made = []
    for number, start in enumerate(slots(draw, count)):
        story = History(number, start)
        accounts = cast(draw, story)
        story.account("glass", draw.choice([None, "ann"]), "break_glass")
        accounts += [story.own("glass")] * 3
        crowd = draw.sample(accounts, 2)
        source = draw.choice(["console", "portal", "idp"])
        verbs = ["account.delete", *draw.choices(["policy.override", "session.end", REVIEW], k=3)]
        for verb in verbs:
            act = verb == "account.delete"
            late = verb == REVIEW
            seconds = draw.choice([0, 1, 4, 6, 60, HOUR - 3, HOUR, HOUR + 2])
            story.event(
                0 if act else seconds if late or draw.random() < 0.3 else -seconds,
                verb,
                act=act,
                source=draw.choice([source, source, source, "console", "portal", "idp"]),
                tenant=draw.choice([None] * 9 + ["T1"]),
                time_precision=draw.choice(["us", "ms", "s", "min"]),
                outcome=draw.choice(["success"] * 12 + ["failure", None]),
                actor=draw.choice(accounts if late or draw.random() < 0.3 else crowd),
                target=story.own(draw.choice(["x", "x", None])),
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
