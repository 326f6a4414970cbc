"""The phases of a person's employment one after another, as known now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from forensics.engine import Engine, Row
from forensics.people.beliefs import believe
from forensics.people.phases import judge_moment
from forensics.people.readings import belief_sentence

_TICK = timedelta(microseconds=1)
_STAMP = pa.timestamp("us", tz="UTC")

_TURNS = """
SELECT turn AS at FROM people_turns WHERE person_key = lower($person) AND belief = 'now'
"""
_SHOWN = "SELECT * FROM people_shown WHERE belief = 'now' ORDER BY event_uid"


def course(engine: Engine, person: str, since: datetime, until: datetime) -> list[Row]:
    """The phases a person was in within [since, until), in order, as known now.

    Each row has `since`, `until`, `phases` (all that the facts allow), a `sentence` and the `zone`
    of the dates with its `zone_basis`; someone of whom no roster speaks is `unknown` throughout.
    """
    believe(engine)
    turns = {row["at"] for row in engine.rows(_TURNS, {"person": person})}
    starts = sorted({since, *(turn for turn in turns if since < turn < until)})
    judge_moment(engine, _moments(person, starts))
    spans: list[Row] = []
    for start, row in zip(starts, engine.rows(_SHOWN), strict=True):
        if spans and spans[-1]["phases"] == row["phases"]:
            continue
        if spans:
            spans[-1]["until"] = start
        told = {name: row[name] for name in ("phases", "zone", "zone_basis")}
        sentence = belief_sentence(row)
        spans.append({"since": start, "until": until, "sentence": sentence, **told})
    return spans


def _moments(person: str, times: Sequence[datetime]) -> pa.Table:
    moments = [time.astimezone(UTC) for time in times]
    text = [None] * len(moments)
    columns = {
        "event_uid": pa.array([f"{place:06}" for place in range(len(moments))]),
        "account": pa.array(text, pa.string()),
        "person": pa.array([person] * len(moments)),
        "account_kind": pa.array(text, pa.string()),
        "matched_by": pa.array(text, pa.string()),
        "time": pa.array(moments, _STAMP),
        "time_earliest": pa.array(moments, _STAMP),
        "time_latest": pa.array([moment + _TICK for moment in moments], _STAMP),
        "known_at": pa.array(moments, _STAMP),
    }
    return pa.table(columns)
