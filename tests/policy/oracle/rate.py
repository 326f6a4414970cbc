"""Slow and obvious: how many acts of an account lie in the window that ends with each of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from histories import DAY, SECOND, History, bounds, cast

MINUTE = 60 * SECOND
Row = Mapping[str, Any]


def evaluate(histories: Sequence[History], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether the limit is exceeded; `met` tells which acts count."""
    found: dict[str, bool | None] = {}
    for story in histories:
        acts = [row for row in story.events if row["event_uid"] in story.acts]
        for act in acts:
            found[act["event_uid"]] = _exceeded(act, acts, params)
    return found


def met(row: Row, params: Mapping[str, Any]) -> bool | None:
    """The scope is success; `where` narrows it to one action."""
    if "where" in params and row["action"] not in params["where"]["action"]:
        return False
    if row["outcome"] in (None, "unknown"):
        return None
    return True


def _exceeded(act: Row, acts: Sequence[Row], params: Mapping[str, Any]) -> bool | None:
    counts = met(act, params)
    if counts is False:
        return False
    if act.get("actor") is None:
        return None
    window = int(params["window"][:-1]) * MINUTE
    group = [
        row for row in acts if row.get("actor") == act["actor"] and met(row, params) is not False
    ]
    single = len({row["source"] for row in group}) == 1
    grain = max(high - low for low, high in (bounds(row, own=single) for row in group))
    low = bounds(act, own=single)[0]
    inside, perhaps = [], []
    for row in group:
        other = bounds(row, own=single)[0]
        if row is act or (other <= low and other >= low + grain - window):
            inside.append(row)
        if other < low + grain and other + grain > low - window:
            perhaps.append(row)
    distinct = params.get("distinct") is not None
    fewest = _count(
        [row for row in inside if met(row, params)], group, params, distinct, least=True
    )
    if counts:
        fewest = max(fewest, 1)
    highest = _count(perhaps, group, params, distinct, least=False)
    if fewest > params["count"]:
        return counts
    return False if highest <= params["count"] else None


def _count(
    rows: Sequence[Row],
    group: Sequence[Row],
    params: Mapping[str, Any],
    distinct: bool,
    *,
    least: bool,
) -> int:
    firsts = [row for row in rows if _first(row, group, params)]
    if not distinct:
        return sum(_weight(row, least=least) for row in firsts)
    names = {row["target"].lower() for row in rows if row["target"]}
    if least:
        return max([len(names), *(_weight(row, least=True) for row in firsts)])
    nameless = sum(_weight(row, least=False) for row in firsts if not row["target"])
    return (
        len(names)
        + nameless
        + sum(_weight(row, least=False) - 1 for row in firsts if row["target"])
    )


def _weight(row: Row, *, least: bool) -> int:
    others = {name.lower() for name in row.get("targets") or []} - {(row["target"] or "").lower()}
    if len(others) <= 2:
        return 1
    return 1 + (len(others) // 2 if least else len(others))


def _first(row: Row, group: Sequence[Row], params: Mapping[str, Any]) -> bool:
    """Whether no other try of the same request counts instead."""
    if row.get("request_id") is None:
        return True
    tries = [
        one
        for one in group
        if one.get("request_id") == row["request_id"]
        and one["action"] == row["action"]
        and (one["target"] or "").lower() == (row["target"] or "").lower()
    ]
    return row is min(tries, key=lambda one: (not met(one, params), one["at"], one["event_uid"]))


def generate(draw: random.Random, count: int) -> list[History]:
    """Bursts around the limit: ties, edges of the window, retries, bulk acts, two clocks."""
    made = []
    for number in range(count):
        story = History(number, draw.choice([0, DAY]))
        accounts = cast(draw, story)
        actor = draw.choice(accounts)
        sources = draw.choice([["console"], ["console"], ["console", "portal"], ["idp", "console"]])
        grains = draw.choice([["ms"], ["s"], ["min"], ["ms", "s"], ["us", "day"]])
        for _ in range(draw.randint(1, 7)):
            target = draw.choice(["a", "a", "b", "c", "d", None])
            names = [f"n{n}" for n in range(draw.choice([3, 4, 7]))]
            story.event(
                draw.choice([0, 0, 1, 60, 299, 300, 301, 590, 599, 600, 600, 601, 660, 1200]),
                draw.choice(["account.suspend", "account.suspend", "account.deactivate"]),
                act=True,
                source=draw.choice(sources),
                time_precision=draw.choice(grains),
                outcome=draw.choice(["success"] * 9 + ["unknown", None]),
                actor=actor if draw.random() < 0.9 else draw.choice(accounts),
                target=story.own(target),
                targets=names if draw.random() < 0.1 else draw.choice([None, [], ["id"]]),
                request_id=story.own(draw.choice([None, None, None, "r1"])),
            )
        made.append(story)
    return made
