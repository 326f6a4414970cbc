"""Sliding windows as SQL: which hits of a correlation take part, and in which window.

Every text here begins with the relation `hits` and ends with `spans`: the hits that can take
part, with `opened` (the moment of the window's first hit) where a window that fulfils the
condition closes at that hit, and `reached`, the number told of that window. Moments are
microseconds since 1970. A window holds both of its ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from forensics.rules.correlate_conditions import Bounds, Expression


@dataclass(frozen=True)
class Windows:
    """Common table expressions up to `spans`, and perhaps those whose verdict is still open."""

    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
    undecided: str | None = None


_COUNTED = """
closing AS (
    SELECT *, {number} OVER behind AS reached, min(moment) OVER behind AS began_here
    FROM {hits}
    WINDOW behind AS (
        PARTITION BY key ORDER BY moment RANGE BETWEEN $timespan PRECEDING AND CURRENT ROW
    )
),
spans AS (
    SELECT * EXCLUDE (began_here), CASE WHEN {test} THEN began_here END AS opened FROM closing
)
"""
_SAID = """
texts AS (SELECT * EXCLUDE ("values"), lower(unnest("values")) AS value FROM hits),
said AS (SELECT * FROM texts WHERE value IS NOT NULL),
"""
_MEASURED = """
texts AS (SELECT * EXCLUDE ("values"), TRY_CAST(unnest("values") AS DOUBLE) AS value FROM hits),
said AS (SELECT * FROM texts WHERE isfinite(value)),
"""
_OCCURRING = """
closing AS (
    SELECT *, count(DISTINCT stage) OVER behind AS reached, min(moment) OVER behind AS began_here,
        {presence}
    FROM hits
    WINDOW behind AS (
        PARTITION BY key ORDER BY moment RANGE BETWEEN $timespan PRECEDING AND CURRENT ROW
    )
),
spans AS (
    SELECT * EXCLUDE (began_here), CASE WHEN {test} THEN began_here END AS opened FROM closing
)
"""
_ABSENT = """
ends AS (
    SELECT source, epoch_us(max(time)) AS last_moment FROM events
    WHERE time IS NOT NULL GROUP BY source
),
ahead AS (
    SELECT hits.*, {reach} AS reach,
        count(DISTINCT stage) OVER onward AS occurred,
        max(moment) FILTER (WHERE {wanted}) OVER onward AS closes,
        {presence}
    FROM hits JOIN ends USING (source)
    WINDOW onward AS (
        PARTITION BY key ORDER BY moment RANGE BETWEEN CURRENT ROW AND $timespan FOLLOWING
    )
),
judged AS (SELECT *, {verdict} AS verdict FROM ahead WHERE {wanted}),
closing AS (
    SELECT key, closes AS moment, min(moment) AS opened, max(occurred) AS reached
    FROM judged WHERE verdict GROUP BY key, closes
),
spans AS (
    SELECT hits.*, closing.opened, closing.reached
    FROM hits LEFT JOIN closing USING (key, moment) WHERE {wanted}
)
"""
_STILL_OPEN = """
SELECT DISTINCT event_uid, moment + $timespan AS until FROM judged WHERE verdict IS NULL
"""
_NEW = """
ends AS (
    SELECT source, epoch_us(min(time)) AS first_moment FROM events
    WHERE time IS NOT NULL GROUP BY source
),
named AS (
    SELECT hits.*, ends.first_moment + $warm_up <= moment AS warm,
        count(*) OVER (
            PARTITION BY key ORDER BY moment RANGE BETWEEN $timespan PRECEDING AND 1 PRECEDING
        ) = 0 AS fresh
    FROM hits JOIN ends USING (source)
    WHERE NOT list_has_any(list_transform(key, lambda part: trim(part)), $placeholders)
),
spans AS (SELECT *, moment AS opened, 1 AS reached FROM named WHERE fresh AND warm)
"""
_TOO_EARLY = "SELECT DISTINCT event_uid, NULL::BIGINT AS until FROM named WHERE fresh AND NOT warm"

_STATISTICS = {
    "value_sum": "sum(value)",
    "value_avg": "avg(value)",
    "value_median": "median(value)",
    "value_percentile": "quantile_cont(value, $fraction)",
}


def event_count(bounds: Bounds) -> Windows:
    """Windows with so many events."""
    sql = _COUNTED.format(number="count(*)", hits="hits", test=bounds.sql("reached"))
    return Windows(sql, bounds.parameters())


def value_count(bounds: Bounds) -> Windows:
    """Windows with so many different values, without regard to case."""
    sql = _COUNTED.format(number="count(DISTINCT value)", hits="said", test=bounds.sql("reached"))
    return Windows(_SAID + sql, bounds.parameters())


def statistic(kind: str, bounds: Bounds, percentile: int | None) -> Windows:
    """Windows whose numbers have such a sum, average, median or percentile.

    A percentile between two numbers is interpolated linearly.
    """
    sql = _COUNTED.format(number=_STATISTICS[kind], hits="said", test=bounds.sql("reached"))
    parameters = bounds.parameters()
    if percentile is not None and kind == "value_percentile":
        parameters["fraction"] = percentile / 100
    return Windows(_MEASURED + sql, parameters)


def occurring(bounds: Bounds) -> Windows:
    """Windows in which so many of the rules occur."""
    sql = _OCCURRING.format(presence="NULL AS nothing", test=bounds.sql("reached"))
    return Windows(sql, bounds.parameters())


def present(expression: Expression) -> Windows:
    """Windows in which the rules that occur fulfil the condition, where it has no `not`."""
    stages = sorted(expression.signs()[0])
    columns = [f"bool_or(stage = {n}) OVER behind AS present_{n}" for n in stages]
    test = expression.sql({n: f"present_{n}" for n in stages})
    return Windows(_OCCURRING.format(presence=", ".join(columns), test=test))


def absent(expression: Expression, reach: str) -> Windows:
    """Windows onward from a rule that must occur, in which those that must not do not.

    `reach` is the SQL of the last moment that the records can tell of.
    """
    wanted, unwanted = expression.signs()
    stages = sorted(wanted | unwanted)
    told = "CASE WHEN present_{0} THEN true WHEN moment + $timespan <= reach THEN false END"
    sql = _ABSENT.format(
        reach=reach,
        wanted=among(sorted(wanted)),
        presence=", ".join(f"bool_or(stage = {n}) OVER onward AS present_{n}" for n in stages),
        verdict=expression.sql({n: told.format(n) for n in stages}),
    )
    return Windows(sql, undecided=_STILL_OPEN)


def new_terms(warm_up: int, placeholders: Sequence[str]) -> Windows:
    """Hits whose key was not seen in the timespan before them.

    `warm_up`, in microseconds, is how far back the records of the hit's source must go.
    """
    parameters = {"warm_up": warm_up, "placeholders": list(placeholders)}
    return Windows(_NEW, parameters, undecided=_TOO_EARLY)


def among(stages: Sequence[int]) -> str:
    """Whether a hit is of one of these rules."""
    numbers = [exp.Literal.number(stage) for stage in stages]
    return exp.column("stage").isin(*numbers).sql(dialect="duckdb")
