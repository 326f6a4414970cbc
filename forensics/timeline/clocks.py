"""How far the clocks of two sources differ, measured on requests that both recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from forensics.engine import Engine, Row
from forensics.timeline import order

REQUEST_SPREAD_S = 2.0
"""How long, in seconds, the records of one request may truly lie apart."""

# Within a source the earliest record of a request stands for it.
_ANCHORS = """
WITH recorded AS (
    SELECT request_id, source, min(time_low) AS low, min(time_high) AS high,
           min_by(event_uid, (time, event_uid)) AS event_uid
    FROM timed_events
    WHERE $shared AND request_id IS NOT NULL AND time IS NOT NULL
    GROUP BY request_id, source
),
differences AS (
    SELECT a.source AS first, b.source AS second, a.event_uid AS first_uid,
           b.event_uid AS second_uid, epoch_us(a.low) - epoch_us(b.high) AS low_us,
           epoch_us(a.high) - epoch_us(b.low) AS high_us
    FROM recorded AS a JOIN recorded AS b ON a.request_id = b.request_id AND a.source < b.source
),
measured AS (
    SELECT first, second, count(*) AS anchors,
           max(low_us) / 1e6 - $spread AS low_s, min(high_us) / 1e6 + $spread AS high_s,
           min(low_us) / 1e6 - $spread AS least_s, max(high_us) / 1e6 + $spread AS most_s,
           [max_by(first_uid, (low_us, first_uid)), max_by(second_uid, (low_us, second_uid)),
            min_by(first_uid, (high_us, first_uid)), min_by(second_uid, (high_us, second_uid))]
               AS evidence
    FROM differences GROUP BY first, second
),
sources AS (SELECT DISTINCT source FROM events)
SELECT a.source AS first, b.source AS second, coalesce(m.anchors, 0) AS anchors,
       round(m.low_s, 6) AS low_s, round(m.high_s, 6) AS high_s,
       round(m.least_s, 6) AS least_s, round(m.most_s, 6) AS most_s, m.evidence
FROM sources AS a JOIN sources AS b ON a.source < b.source
LEFT JOIN measured AS m ON m.first = a.source AND m.second = b.source
ORDER BY first, second
"""

_RECORDING = "SELECT count(DISTINCT source) AS sources FROM events WHERE request_id IS NOT NULL"

_CLOCKS = pa.schema(
    [
        ("source", pa.string()),
        ("offset_low_s", pa.float64()),
        ("offset_high_s", pa.float64()),
        ("basis", pa.string()),
    ]
)


@dataclass(frozen=True)
class ClockReading:
    """By how many seconds the clock of `first` is ahead of that of `second`: within [low, high].

    `refuted`: no constant difference fits all anchors; the bounds then span all of them.
    `evidence` are uids of the records that set the bounds.
    """

    first: str
    second: str
    anchors: int
    low_s: float | None
    high_s: float | None
    verdict: Literal["consistent", "refuted", "no anchors"]
    sentence: str
    evidence: tuple[str, ...] = ()


def register(engine: Engine, tolerances: Mapping[str, float]) -> list[ClockReading]:
    """Derive `clocks` and `timed_events` (see `order.register`), heeding what anchors measure.

    Where two clocks certainly differ, either may be the one that is wrong: each is then taken to
    be off by its own tolerance, or by the other's and the difference, on the basis `measured`.
    """
    order.register(engine, tolerances)
    found = measure(engine)
    rows = engine.rows("SELECT * FROM clocks ORDER BY source")
    widened = [_widened(row, rows, found) for row in rows]
    engine.register("clocks", pa.Table.from_pylist(widened, schema=_CLOCKS))
    return found


def _widened(row: Row, rows: Sequence[Row], found: Sequence[ClockReading]) -> Row:
    limits = {one["source"]: (one["offset_low_s"], one["offset_high_s"]) for one in rows}
    low, high = limits[row["source"]]
    basis = row["basis"]
    for reading in found:
        if reading.low_s is None or reading.high_s is None:
            continue
        if reading.verdict == "consistent" and reading.low_s <= 0 <= reading.high_s:
            continue
        if reading.first == row["source"]:
            other_low, other_high = limits[reading.second]
            implied = other_low + reading.low_s, other_high + reading.high_s
        elif reading.second == row["source"]:
            other_low, other_high = limits[reading.first]
            implied = other_low - reading.high_s, other_high - reading.low_s
        else:
            continue
        low, high, basis = min(low, implied[0]), max(high, implied[1]), "measured"
    return {"source": row["source"], "offset_low_s": low, "offset_high_s": high, "basis": basis}


def measure(engine: Engine, spread_s: float = REQUEST_SPREAD_S) -> list[ClockReading]:
    """The difference of clocks for every pair of sources, in order of their names.

    An anchor is a request id that both recorded; its two records lie at most `spread_s` seconds
    apart in truth. Reads `timed_events` (see `order.register`).
    """
    recording = engine.rows(_RECORDING)[0]["sources"]
    parameters: dict[str, Any] = {"spread": float(spread_s), "shared": recording > 1}
    return [_reading(row) for row in engine.rows(_ANCHORS, parameters)]


def _reading(row: Row) -> ClockReading:
    first, second, anchors = row["first"], row["second"], row["anchors"]
    low, high = row["low_s"], row["high_s"]
    verdict: Literal["consistent", "refuted", "no anchors"]
    counted = "1 request" if anchors == 1 else f"{anchors} requests"
    if not anchors:
        verdict = "no anchors"
        sentence = f"{first} and {second} recorded no request in common: clocks not measured."
    elif low > high:
        verdict = "refuted"
        low, high = row["least_s"], row["most_s"]
        sentence = (
            f"No constant difference of the clocks of {first} and {second} fits the {counted} "
            f"both recorded: the first is between {low:+.3f} s and {high:+.3f} s ahead."
        )
    else:
        verdict = "consistent"
        sentence = (
            f"The clock of {first} is between {low:+.3f} s and {high:+.3f} s ahead of that of "
            f"{second}, by {counted} both recorded."
        )
    evidence = tuple(dict.fromkeys(row["evidence"] or ()))
    return ClockReading(first, second, anchors, low, high, verdict, sentence, evidence)
