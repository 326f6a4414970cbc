"""Rules that must occur in an order, as SQL: every hit that stands in some chain of all of them.

A chain takes one hit of each rule; each is later than the one before it. At equal times either
may be first, unless the records of one source and tenant number them the other way round. From
both ends, the narrowest chain to each hit is found; a hit takes part when the two together fit
into the timespan.
"""

from __future__ import annotations

from collections.abc import Sequence

from forensics.rules.correlate_conditions import Order
from forensics.rules.correlate_windows import Windows, among

# The last moment of the records matters only where something must not follow.
_LINE = """
line_{q} AS (
    SELECT hit, stage, event_uid, key, source, tenant, sequence, moment, true AS verdict
    FROM hits
),
"""
_LINE_AFTER = """
ends_{q} AS (
    SELECT source, epoch_us(max(time)) AS last_moment FROM events
    WHERE time IS NOT NULL GROUP BY source
),
onward_{q} AS (
    SELECT hits.*, {reach} AS reach, bool_or({unwanted}) OVER (
        PARTITION BY key ORDER BY moment RANGE BETWEEN CURRENT ROW AND $timespan FOLLOWING
    ) AS followed
    FROM hits JOIN ends_{q} AS ends USING (source)
),
line_{q} AS (
    SELECT hit, stage, event_uid, key, source, tenant, sequence, moment,
        CASE WHEN stage <> {last} THEN true WHEN followed THEN false
            WHEN moment + $timespan <= reach THEN true END AS verdict
    FROM onward_{q}
),
"""
_BACK = """
back_{q} AS (
    SELECT * REPLACE (-moment AS moment, -sequence AS sequence) FROM line_{q}
    WHERE stage <> {last} OR verdict
),
"""
_FIRST = """
{name} AS (
    SELECT hit, event_uid, key, source, tenant, sequence, moment, moment AS began
    FROM {line} WHERE stage = {stage} AND coalesce(verdict, true)
),
"""
_ALL = """
{name}_all AS (
    SELECT hit, event_uid, key, source, tenant, sequence, moment, began, 1 AS part FROM {former}
    UNION ALL
    SELECT hit, event_uid, key, source, tenant, sequence, moment, NULL, 2 FROM {line}
    WHERE stage = {stage} AND coalesce(verdict, true)
    {between}
),
"""
_BETWEEN = """
    UNION ALL
    SELECT hit, event_uid, key, source, tenant, sequence, moment, NULL, 0 FROM {line}
    WHERE {unwanted}
"""
# What must not come between cuts the line: a hit has as many cuts before it as the one it follows.
_UNCUT = "{name}_cut AS (SELECT *, 0 AS cuts, 0 AS cuts_before FROM {name}_all),"
_CUT = """
{name}_cut AS (
    SELECT *,
        count(*) FILTER (WHERE part = 0) OVER (
            PARTITION BY key ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS cuts,
        count(*) FILTER (WHERE part = 0) OVER (
            PARTITION BY key ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS cuts_before
    FROM {name}_all
),
"""
_NEXT = """
{name}_later AS (
    SELECT *, max(began) FILTER (WHERE part = 1 AND cuts = cuts_before) OVER (
        PARTITION BY key, cuts ORDER BY moment
        RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS began_before
    FROM {name}_cut
),
{name}_tied AS (
    SELECT one.hit, max(former.began) AS began_beside
    FROM {name}_cut AS one JOIN {former} AS former
        ON former.key = one.key AND former.moment = one.moment
        AND former.event_uid <> one.event_uid
        AND NOT coalesce(
            former.source = one.source AND former.tenant IS NOT DISTINCT FROM one.tenant
            AND former.sequence > one.sequence, false
        )
    WHERE one.part = 2 AND one.cuts = one.cuts_before
    GROUP BY one.hit
),
{name} AS (
    SELECT hit, event_uid, key, source, tenant, sequence, moment,
        greatest(began_before, began_beside) AS began
    FROM {name}_later LEFT JOIN {name}_tied USING (hit)
    WHERE part = 2 AND coalesce(began_before, began_beside) IS NOT NULL
),
"""
_PLACED = """
SELECT forward.hit, forward.key, forward.moment, forward.began, {place} AS place
FROM forward_{q}_{place} AS forward JOIN backward_{q}_{place} AS backward USING (hit)
WHERE -backward.began - forward.began <= $timespan
"""
_OPENED = """
placed_{q} AS ({placed}),
opened_{q} AS (
    SELECT hit, {count} AS reached, CASE WHEN place = {count} THEN {opened} END AS opened
    FROM placed_{q}
),
"""
_FIRST_OF_CHAIN = """
min(moment) FILTER (WHERE place = 1) OVER (
    PARTITION BY key ORDER BY moment RANGE BETWEEN $timespan PRECEDING AND CURRENT ROW
)
"""
_SPANS = """
chains AS (
    SELECT hit, min(opened) AS opened, max(reached) AS reached FROM ({opened}) GROUP BY hit
),
spans AS (SELECT hits.*, chains.opened, chains.reached FROM hits JOIN chains USING (hit))
"""
_EACH = "SELECT * FROM opened_{q}"
_STILL_OPEN = """
SELECT event_uid, forward.moment + $timespan AS until
FROM forward_{q}_{count} AS forward JOIN line_{q} AS line USING (hit, event_uid)
WHERE line.verdict IS NULL AND forward.moment - forward.began <= $timespan
"""


def ordered(orders: Sequence[tuple[Order, str]]) -> Windows:
    """Windows from the first to the last hit of a chain, for each of several alternatives.

    Beside each order stands the SQL of the last moment that the records can tell of.
    """
    parts = [_chains(q, order, reach) for q, (order, reach) in enumerate(orders)]
    opened = [_EACH.format(q=q) for q in range(len(orders))]
    open_still = [
        _STILL_OPEN.format(q=q, count=len(order.stages))
        for q, (order, _) in enumerate(orders)
        if order.after
    ]
    return Windows(
        "".join([*parts, _SPANS.format(opened=" UNION ALL ".join(opened))]),
        undecided=" UNION ".join(open_still) or None,
    )


def _chains(q: int, order: Order, reach: str) -> str:
    count, last = len(order.stages), order.stages[-1]
    template = _LINE_AFTER if order.after else _LINE
    unwanted = among(order.after) if order.after else ""
    line = template.format(q=q, reach=reach, unwanted=unwanted, last=last)
    placed = [_PLACED.format(q=q, place=n + 1) for n in range(count)]
    forward_names = [f"forward_{q}_{n + 1}" for n in range(count)]
    backward_names = [f"backward_{q}_{count - n}" for n in range(count)]
    return "".join(
        (
            line,
            _BACK.format(q=q, last=last),
            _pass(f"line_{q}", forward_names, order.stages, order.gaps),
            _pass(f"back_{q}", backward_names, order.stages[::-1], order.gaps[::-1]),
            _OPENED.format(
                q=q,
                placed=" UNION ALL ".join(placed),
                count=count,
                opened=_FIRST_OF_CHAIN if count > 1 else "began",
            ),
        )
    )


def _pass(
    line: str, names: Sequence[str], stages: Sequence[int], gaps: Sequence[Sequence[int]]
) -> str:
    """From one end to the other: to each hit, where the narrowest chain up to it began."""
    steps = [_FIRST.format(name=names[0], line=line, stage=stages[0])]
    for former, name, stage, gap in zip(names, names[1:], stages[1:], gaps, strict=False):
        between = _BETWEEN.format(line=line, unwanted=among(gap)) if gap else ""
        steps.append(_ALL.format(name=name, former=former, line=line, stage=stage, between=between))
        steps.append((_CUT if gap else _UNCUT).format(name=name))
        steps.append(_NEXT.format(name=name, former=former))
    return "".join(steps)
