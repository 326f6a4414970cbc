"""Slow and obvious: what precedes or follows an act, over every record of its history."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from histories import (
    DAY,
    SECOND,
    TOLERANCE,
    History,
    Party,
    at_most,
    before,
    bounds,
    cast,
    every,
    other_person,
    pair,
    same_person,
    slots,
    some,
    succeeded,
)

HOUR = 3600
VERBS = ["access.read", "case.view"]
_FIELD = {"session.id": "session_id", "case": "case_id"}


def evaluate(
    histories: Sequence[History], params: Mapping[str, Any], *, preceding: bool
) -> dict[str, bool | None]:
    """By uid of the act whether a record as asked lies before, or after, it."""
    wanted = params["event"] if isinstance(params["event"], list) else [params["event"]]
    length = int(params["within"][:-1]) * HOUR * SECOND
    same = params.get("same", [])
    rows = [(story, row) for story in histories for row in story.events]
    records = [(story, row) for story, row in rows if row["action"] in wanted]
    sources = {row["source"] for _, row in records}
    begins = max((_span(rows, one)[0] for one in sources), default=0)
    ends = min((_span(rows, one)[1] for one in sources), default=0)
    found: dict[str, bool | None] = {}
    for story, act in rows:
        if act["event_uid"] not in story.acts:
            continue
        answers = [
            _answer(story, act, other, record, params, length, preceding)
            for other, record in records
            if record is not act
            and (other is story or (other.start == story.start and not _told(record, same)))
        ]
        low, high = bounds(act)
        covered = begins <= low - length if preceding else ends >= high + length
        named = _told(act, same) if same else act.get("actor")
        decided = named and (any(answers) or (sources and covered))
        found[act["event_uid"]] = some(answers) if decided else None
    return found


def _span(rows: Sequence[tuple[History, Mapping[str, Any]]], source: str) -> tuple[int, int]:
    spans = [bounds(row) for _, row in rows if row["source"] == source]
    return min(high for _, high in spans), max(low for low, _ in spans)


def _told(row: Mapping[str, Any], same: Sequence[str]) -> bool:
    """Whether a record names all that is asked to be in common, if anything is."""
    return bool(same) and all(_names(row, key) for key in same)


def _names(row: Mapping[str, Any], key: str) -> set[str]:
    values = (
        (row.get("target"), row.get("target_id")) if key == "target" else (row.get(_FIELD[key]),)
    )
    return {value.lower() for value in values if value}


def _answer(
    story: History,
    act: Mapping[str, Any],
    other: History,
    record: Mapping[str, Any],
    params: Mapping[str, Any],
    length: int,
    preceding: bool,
) -> bool | None:
    same = params.get("same", [])
    party, stranger = story.party(act), other.party(record)
    by = params.get("by", "anyone")
    if by == "anyone":
        person: bool | None = True
    elif by == "actor":
        person = same_person(party, stranger)
    else:
        person = other_person(party, stranger)
    if same and not _told(record, same):
        # It may concern any object and any person: only time and success can exclude it.
        first, last = (bounds(record), bounds(act)) if preceding else (bounds(act), bounds(record))
        answer = every(before(first, last), at_most(first, last, length), succeeded(record))
        return False if answer is False else None
    if same and any(not _names(act, key) & _names(record, key) for key in same):
        return False
    if same and len({one["tenant"] for one in (act, record) if one.get("tenant")}) > 1:
        return False
    if "session.id" in same and record["source"] != act["source"]:
        person = every(person, True if _tied(act, record, party, stranger) else None)
    paired = party.account is not None and party.account == stranger.account
    nameless = not same and person is None and not paired
    act_at, record_at = (bounds(act), bounds(record)) if nameless else pair(act, record)
    first, last = (record_at, act_at) if preceding else (act_at, record_at)
    return every(before(first, last), at_most(first, last, length), succeeded(record), person)


def _tied(act: Mapping[str, Any], record: Mapping[str, Any], one: Party, two: Party) -> bool:
    """Whether more than the id of a session ties two records of different sources."""
    person = one.person is not None and one.person == two.person
    targets = _names(act, "target") | {(act.get("actor") or "").lower()}
    return bool(
        (person and not one.service and not two.service)
        or _names(act, "case") & _names(record, "case")
        or targets & _names(record, "target")
    )


def generate(draw: random.Random, count: int) -> list[History]:
    """Histories with acts and records around them: ties, edges of the hour, gaps, strangers."""
    made = []
    for number, start in enumerate(slots(draw, count)):
        story = History(number, start)
        accounts = cast(draw, story)
        for _ in range(draw.randint(1, 2)):
            _event(draw, story, accounts, "account.deactivate", act=True)
        for _ in range(draw.choice([0, 1, 1, 2, 3])):
            _event(draw, story, accounts, draw.choice(VERBS), act=draw.random() < 0.1)
        made.append(story)
    # What the sources hold beside: their records begin and end a little before and after.
    edge = History(count)
    for source in TOLERANCE:
        edge.event(draw.choice([-2, 0, 1]) * HOUR, "session.start", source=source)
        end = 30.0 * DAY * count + draw.choice([-1, 0, 1, 3]) * HOUR
        edge.event(end, "session.start", source=source)
    return [*made, edge]


def _event(
    draw: random.Random, story: History, accounts: Sequence[str | None], verb: str, *, act: bool
) -> None:
    seconds = draw.choice([0, 0, 1, 4, 6, 60, HOUR - 3, HOUR - 1, HOUR, HOUR, HOUR + 2, 2 * HOUR])
    target = draw.choice(["x", "x", "X", "y", None] if draw.random() < 0.3 else ["x"])
    story.event(
        draw.choice([-1, 1]) * seconds + draw.choice([0, 0, 0.5]),
        verb,
        act=act,
        source=draw.choice(["console", "console", "console", "portal", "idp"]),
        time_precision=draw.choice(["us", "ms", "ms", "s", "min"]),
        outcome=draw.choice(["success"] * 6 + ["failure", "denied", "unknown", None]),
        actor=draw.choice(accounts),
        target=story.own(target),
        target_id=story.own("id-x") if draw.random() < 0.05 else None,
        session_id=story.own(draw.choice(["s"] * 8 + ["t", None])),
        case_id=story.own(draw.choice(["c"] * 7 + ["C", "d", None])),
        tenant=draw.choice([None] * 8 + ["T1", "T2"]),
    )
