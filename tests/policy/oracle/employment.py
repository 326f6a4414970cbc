"""Slow and obvious: in which phase of employment the person behind an act was."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from histories import DAY, SECOND, bounds, every
from judged import BELIEFS, Judged, instant, micros

PHASES = ("employed", "notice", "last_day", "ended", "leave", "unknown")
UNITS = {"m": 60, "h": 3600, "d": DAY}
Row = Mapping[str, Any]


def evaluate(
    made: Sequence[Judged], params: Mapping[str, Any]
) -> dict[tuple[str, str], bool | None]:
    return {
        (row["event_uid"], belief): _value(story, row, belief, params)
        for story in made
        for row in story.events
        for belief in BELIEFS
    }


def _value(story: Judged, act: Row, belief: str, params: Mapping[str, Any]) -> bool | None:
    told: Row = story.judgement(act["event_uid"], belief) or {}
    person, kind = told.get("person"), told.get("account_kind")
    if act["actor_type"] in ("service", "system") and person is None:
        return False
    if kind == "service" and (person is None or act["actor_type"] in ("service", "system")):
        return False
    doubted = any(one["event_uid"] == act["event_uid"] for one in story.of("act_doubts"))
    wanted = set(params["phase"])
    phases = of_leave(told.get("phases"), told.get("status"), wanted)
    if person is None or kind in ("service", "shared") or doubted:
        return None
    in_phase = True if phases <= wanted else None if phases & wanted else False
    if not phases or "unknown" in phases:
        in_phase = None
    ends = told["access_end_earliest"], told["access_end_latest"]
    parts = [in_phase]
    if "window" in params:
        ((which, length),) = params["window"].items()
        ahead = _length(length) + (DAY * SECOND if which == "before_last_day" else 0)
        parts.append(_since(act, ends, -ahead))
    if "grace" in params and params["grace"] != "0m":
        parts.append(_since(act, ends, _length(params["grace"])))
    return every(*parts)


def of_leave(phases: Sequence[str] | None, status: str | None, wanted: set[str]) -> set[str]:
    """The phases, garden leave told apart from leave unless all leave is asked for."""
    if status == "garden_leave" and "leave" not in wanted:
        return {"garden_leave" if one == "leave" else one for one in phases or []}
    return set(phases or [])


def _since(act: Row, ends: tuple[Any, Any], offset: int) -> bool | None:
    """Whether the act lies at or after the end of access, moved by so much."""
    if ends[0] is None:
        return None
    low, high = bounds(act)
    if low >= micros(ends[1]) + offset:
        return True
    return False if high <= micros(ends[0]) + offset else None


def _length(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]] * SECOND


def generate(draw: random.Random, count: int) -> list[Judged]:
    """Phases one and several, ends near the act and its windows, all kinds of accounts, doubts."""
    made = []
    for number in range(count):
        story = Judged(number)
        uid = story.event(
            0,
            "account.delete",
            act=True,
            source=draw.choice(["console", "idp"]),
            time_precision=draw.choice(["ms", "s", "min"]),
            actor=draw.choice(["ann", "ann", None]),
            actor_type=draw.choice(["user", "user", "user", "service", "system", None]),
        )
        if draw.random() < 0.05:
            story.row("act_doubts", event_uid=uid, sentence="a new device", evidence=["e"])
        for belief in BELIEFS:
            if draw.random() < 0.05:
                continue
            from_act = draw.choice([-DAY, -3600, -60, -1, 0, 1, 3600, 30 * DAY, 31 * DAY, 32 * DAY])
            end = draw.choice([None, from_act + draw.choice([0, -1, 1, 5])])
            loose = draw.choice([0, 0, 0, 1, DAY])
            story.person(
                uid,
                draw.choice([story.own("ann")] * 6 + [None]),
                belief=belief,
                status=draw.choice(["active", "leave", "garden_leave", "garden_leave", None]),
                account_kind=draw.choice(["personal"] * 6 + ["admin", "shared", "service", None]),
                phases=draw.choice([None, [], *([one] for one in PHASES)])
                if draw.random() < 0.5
                else draw.sample(PHASES[:5], draw.choice([1, 1, 2, 3])),
                access_end_earliest=instant(end),
                access_end_latest=instant(None if end is None else end + loose),
            )
        made.append(story)
    return made
