"""Slow and obvious: how long the session of an act lasted, and whether its place changed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from histories import SECOND, TOLERANCE, History, bounds, every

HOUR = 3600 * SECOND
Row = Mapping[str, Any]


def evaluate(histories: Sequence[History], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether its session kept the limits."""
    ends = {
        source: max(
            bounds(row, own=True)[0]
            for story in histories
            for row in story.events
            if row["source"] == source
        )
        for source in TOLERANCE
    }
    return {
        row["event_uid"]: _kept(row, story, params, ends)
        for story in histories
        for row in story.events
        if row["event_uid"] in story.acts
    }


def _kept(
    act: Row, story: History, params: Mapping[str, Any], ends: Mapping[str, int]
) -> bool | None:
    if act.get("session_id") is None:
        return None
    rows = [
        row
        for row in story.events
        if row.get("session_id") == act["session_id"] and row["source"] == act["source"]
    ]
    answers: list[bool | None] = []
    if "max_duration" in params:
        answers.append(_short(rows, int(params["max_duration"][:-1]) * HOUR, ends[act["source"]]))
    for field in params.get("same", []):
        values = [row.get(field) for row in rows]
        told = set(values) - {None}
        answers.append(False if len(told) > 1 else None if None in values else True)
    return every(*answers)


def _short(rows: Sequence[Row], most: int, end: int) -> bool | None:
    spans = [bounds(row, own=True) for row in rows]
    begun = min(high for _, high in spans)
    if max(low for low, _ in spans) - begun >= most:
        return False
    if max(high for _, high in spans) - min(low for low, _ in spans) > most:
        return None
    ended = any(
        row["action"] == "session.end" and row["outcome"] not in ("failure", "denied")
        for row in rows
    )
    return True if ended or end >= begun + most else None


def generate(draw: random.Random, count: int) -> list[History]:
    """Sessions around two hours long, with and without an end, at the end of the records or not."""
    made = []
    for number in range(count):
        story = History(number, draw.choice([0, 0, 10_000_000]))
        source = draw.choice(["console", "console", "portal"])
        places: list[str | None] = draw.choice([["a"], ["a"], ["a", "b"], ["a", None]])
        for verb in ["session.start", "account.delete", "account.suspend", "session.end"]:
            if draw.random() < 0.25:
                continue
            story.event(
                draw.choice([0, 0, 60, 3600, 7140, 7199, 7199.5, 7200, 7200, 7201, 9000]),
                verb,
                act=verb.startswith("account"),
                source=source if draw.random() < 0.95 else "idp",
                time_precision=draw.choice(["us", "ms", "s", "min"]),
                outcome=draw.choice(["success"] * 5 + ["failure", None]),
                session_id=story.own(draw.choice(["s"] * 9 + [None])),
                src_ip=draw.choice(places),
                device_id=draw.choice(["d", "d", "d", "d", "d", "e", None]),
            )
        made.append(story)
    return made
