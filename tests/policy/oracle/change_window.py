"""Slow and obvious: whether a change that somebody else approved before covers an act."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from histories import DAY, bounds, every, no, some
from judged import BELIEFS, Judged, instant, micros

HOUR = 3600
Row = Mapping[str, Any]


def evaluate(made: Sequence[Judged]) -> dict[tuple[str, str], bool | None]:
    return {
        (row["event_uid"], belief): some(
            [_counts(story, row, belief, one) for one in story.of("change_windows")]
        )
        for story in made
        for row in story.events
        for belief in BELIEFS
    }


def _counts(story: Judged, act: Row, belief: str, change: Row) -> bool | None:
    low, high = bounds(act)
    begin, finish = micros(change["starts_at"]), micros(change["ends_latest"])
    if high <= begin or low >= finish:
        return False
    inside = micros(change["starts_latest"]) <= low and high <= micros(change["ends_at"])
    told = story.judgement(act["event_uid"], belief)
    person = told["person"] if told else None
    if told and told["account_kind"] == "shared":
        person = None
    own = _own(story, act["actor"], person, change["approved_by"])
    return every(True if inside else None, _concerns(act, change), _approved(act, change), no(own))


def _own(story: Judged, actor: str, person: str | None, approver: str | None) -> bool | None:
    """Whether who acts approved it, by whatever account; who is on no list may be anybody."""
    if approver is None:
        return False
    if approver.lower() in (actor, person):
        return True
    persons = {one["person"] for one in story.accounts if one["person"]}
    listed = {one["account"]: one["person"] for one in story.accounts} | {p: p for p in persons}
    known = listed.get(approver.lower())
    return None if known is None or person is None else known == person


def _concerns(act: Row, change: Row) -> bool | None:
    if change["target"] is None or (act["case_id"] or "").lower() == change["change"]:
        return True
    return None if act["target"] is None else act["target"].lower() == change["target"].lower()


def _approved(act: Row, change: Row) -> bool | None:
    low, high = bounds(act)
    if change["approved"] is False:
        return False
    if change["approved_at"] is None:
        return None
    if micros(change["approved_at"]) >= high:
        return False
    return change["approved"] if micros(change["approved_at"]) < low else None


def generate(draw: random.Random, count: int) -> list[Judged]:
    """Changes around acts: edges, unknown zones, approvals late, one's own, for other targets."""
    made = []
    for number in range(count):
        # What has no target would cover the acts of all.
        story = Judged(number, 3 * DAY * number)
        person = story.own("p-ann")
        story.account("boss", "p-boss", "personal")
        story.account("ann-admin", "p-ann", "admin")
        uid = story.event(
            0,
            "account.delete",
            act=True,
            source=draw.choice(["console", "idp"]),
            time_precision=draw.choice(["ms", "s", "min"]),
            actor="ann",
            target=draw.choice(["@one", "@one", "@two", None]),
            case_id=draw.choice([story.own("CHG-0"), None]),
        )
        story.person(
            uid,
            draw.choice([person, person, None]),
            account_kind=draw.choice(["personal", "personal", "shared"]),
        )
        for which in range(draw.randint(0, 3)):
            begin = draw.choice([-2 * HOUR, -HOUR, -60, -5, 0, 1, 60])
            end = begin + draw.choice([1, 60, HOUR, 2 * HOUR])
            loose = draw.choice([0, 0, 0, HOUR])
            approved = draw.choice([None, -DAY, -DAY, -DAY, -1, 0, HOUR])
            story.row(
                "change_windows",
                change=story.own(f"chg-{which}"),
                starts_at=instant(begin + story.start),
                starts_latest=instant(begin + loose + story.start),
                ends_at=instant(end + story.start),
                ends_latest=instant(end + loose + story.start),
                approved=draw.choice([True, True, True, False, None]),
                approved_at=None if approved is None else instant(approved + story.start),
                approved_latest=None if approved is None else instant(approved + story.start),
                approved_by=draw.choice(
                    [
                        None,
                        *[story.own("boss")] * 3,
                        story.own("p-boss"),
                        "ann",
                        person,
                        story.own("ANN-admin"),
                        "stranger",
                    ]
                ),
                target=draw.choice([None, "@ONE", "@one"]),
            )
        made.append(story)
    return made
