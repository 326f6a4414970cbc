"""All statistics of all nights together: which nights of which people are worth a look.

For each person and night p = min(1, k · min p) over the k statistics that could be asked; of the
people of one night those with p_(i) <= q i / m are kept (Benjamini and Hochberg, q = 0.10), so that
of what is kept one in ten is expected to be chance; then the budget keeps the few most unusual of
a night. What is a rule and no statistic comes first and needs no p. Haste and the like stand only
beside others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forensics.baselines import cells, count_burst, haste, peers, rare_nights, time_of_day
from forensics.baselines.reading import ENOUGH_DAYS, Reading
from forensics.baselines.reading import acts as number
from forensics.engine import Engine, Row

FALSE_SHARE = 0.10
BUDGET = 5
MOST_ACTS = 20
RULE = "unlike session"

Key = tuple[str, int]
"""A person, and the number of their day."""

_ASKED = """
WITH asked AS (
  SELECT who, day, 'first of its kind' AS statistic FROM baseline_first_nights
  UNION ALL SELECT who, day, 'more than usual' FROM baseline_burst_nights
  UNION ALL SELECT who, day, 'hour of the day' FROM baseline_hour_nights
  UNION ALL SELECT DISTINCT who, day, 'unlike peers' FROM baseline_peer_nights
)
SELECT who, day, count(*) AS k FROM asked SEMI JOIN baseline_long_enough USING (day)
GROUP BY ALL ORDER BY day, who
"""
_LONG_ENOUGH = "SELECT day FROM baseline_nights WHERE before >= $enough"
_DOUBTS = """
SELECT a.who, a.day, a.event_uid, d.sentence
FROM baseline_acts AS a JOIN act_doubts AS d USING (event_uid)
SEMI JOIN baseline_long_enough USING (day)
WHERE a.tier IS NOT NULL OR list_contains($verbs, a.action)
ORDER BY a.day, a.who, a.time, a.event_uid
"""
_WANTED = (
    ("reading", "INTEGER"), ("who", "VARCHAR"), ("day", "INTEGER"), ("kind", "VARCHAR"),
    ("value", "VARCHAR"),
)  # fmt: skip
_UIDS = """
WITH met AS (
  SELECT w.reading, a.event_uid, a.time
  FROM baseline_acts AS a JOIN baseline_wanted AS w ON w.who = a.who AND w.day = a.day
  WHERE CASE w.kind
    WHEN 'action' THEN a.action || coalesce(' on ' || a.tier, '') = w.value
    WHEN 'verb' THEN a.action = w.value
    WHEN 'reason_code' THEN a.reason_code = w.value
    WHEN 'tool' THEN a.tool = w.value
    WHEN 'src_asn' THEN a.src_asn = w.value
    WHEN 'half' THEN a.half::VARCHAR = w.value
    WHEN 'uid' THEN a.event_uid = w.value
    WHEN 'protected' THEN a.tier IS NOT NULL AND list_contains($verbs, a.action)
    WHEN 'caseless' THEN a.case_id IS NULL AND list_contains($verbs, a.action)
    WHEN 'searched' THEN a.tool = 'search' AND list_contains($verbs, a.action)
    WHEN 'sensitive' THEN list_contains($verbs, a.action)
    ELSE FALSE END
  UNION ALL SELECT w.reading, g.event_uid, g.time
  FROM baseline_grants AS g JOIN baseline_wanted AS w
    ON w.who = g.who AND w.day = g.day AND w.kind = 'approver' AND w.value = g.approver
)
SELECT reading, list(event_uid ORDER BY time, event_uid) AS uids FROM met GROUP BY reading
"""


@dataclass(frozen=True)
class UnusualNight:
    """One night of one person: all that is unusual about it, the least likely first.

    `p` is None where a rule speaks. `uids` are the acts meant, by time, at most `MOST_ACTS` of
    each reading, and `acts` how many there are.
    """

    who: str
    day: int
    p: float | None
    readings: tuple[Reading, ...]
    uids: tuple[str, ...]
    acts: int


@dataclass(frozen=True)
class Judged:
    """The unusual nights within the budget, and of how many nights of how many people.

    `short` nights of the case have too little before them; `withheld` unusual nights of people were
    beyond the budget of their night.
    """

    unusual: tuple[UnusualNight, ...]
    nights: int
    short: int
    person_nights: int
    people: int
    withheld: int


def judge(engine: Engine, *, zone: str | None = None, budget: int = BUDGET) -> Judged:
    """Judge every night of the case with twenty nights before it; `budget` is for each night.

    Reads `events`, and of `accounts`, `employment`, `protected_targets`, `cases` and `act_doubts`
    those that exist.
    """
    verbs = cells.sensitive()
    cells.register(engine, zone=zone)
    enough = {"enough": ENOUGH_DAYS}
    engine.keep("baseline_long_enough", _LONG_ENOUGH, enough)
    nights = len(engine.rows("SELECT day FROM baseline_long_enough"))
    short = engine.rows("SELECT count(*) AS n FROM baseline_nights")[0]["n"] - nights
    if not nights:
        return Judged((), 0, short, 0, 0, 0)
    rare_nights.register(engine)
    count_burst.register(engine)
    time_of_day.register(engine)
    peers.register(engine, verbs)
    found = [
        *rare_nights.readings(engine), *count_burst.readings(engine),
        *time_of_day.readings(engine), *peers.readings(engine),
    ]  # fmt: skip
    asked = {(row["who"], row["day"]): row["k"] for row in engine.rows(_ASKED)}
    ruled = _doubted(engine, verbs)
    unusual = kept(night_chances(found, asked), asked)
    unusual.update({(one.who, one.day): None for one in ruled})
    chosen = within(unusual, budget)
    beside = haste.readings(engine, chosen, verbs)
    told = [one for one in (*ruled, *found, *beside) if (one.who, one.day) in chosen]
    return Judged(
        unusual=_gathered(engine, chosen, told, verbs),
        nights=nights,
        short=short,
        person_nights=len(asked),
        people=len({who for who, _ in asked}),
        withheld=len(unusual) - len(chosen),
    )


def night_chances(readings: Iterable[Reading], asked: Mapping[Key, int]) -> dict[Key, float]:
    """min(1, k · min p) for each night of a person that has a reading with a chance."""
    least: dict[Key, float] = {}
    for one in readings:
        key = (one.who, one.day)
        if one.p is not None and key in asked:
            least[key] = min(one.p, least.get(key, 1.0))
    return {key: min(1.0, asked[key] * p) for key, p in least.items()}


def kept(chances: Mapping[Key, float], asked: Mapping[Key, int]) -> dict[Key, float | None]:
    """Those below the line of Benjamini and Hochberg, night by night, of all that were asked."""
    people = Counter(day for _, day in asked)
    by_night: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for (who, day), p in chances.items():
        by_night[day].append((p, who))
    found: dict[Key, float | None] = {}
    for day, one in by_night.items():
        ordered = sorted(one)
        below = [
            place
            for place, (p, _) in enumerate(ordered, start=1)
            if p <= FALSE_SHARE * place / people[day]
        ]
        found |= {(who, day): p for p, who in ordered[: max(below, default=0)]}
    return found


def within(unusual: Mapping[Key, float | None], budget: int) -> dict[Key, float | None]:
    """At most `budget` of each night: rules first, then the least likely."""
    ordered = sorted(unusual, key=lambda key: (key[1], unusual[key] or -1.0, key[0]))
    taken: Counter[int] = Counter()
    chosen: dict[Key, float | None] = {}
    for key in ordered:
        taken[key[1]] += 1
        if taken[key[1]] <= budget:
            chosen[key] = unusual[key]
    return chosen


def _doubted(engine: Engine, verbs: Sequence[str]) -> list[Reading]:
    """A reading for each sensitive act of which `session_novelty` doubts who did it."""
    if "act_doubts" not in engine.relations():
        return []
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in engine.rows(_DOUBTS, {"verbs": verbs}):
        found[row["who"], row["day"]].append(row)
    return [
        Reading(
            statistic=RULE,
            who=who,
            day=day,
            p=None,
            sentence=(
                f"{number(len(rows))} on a protected target, or destructive or privileged, came in"
                f" a session unlike the account's own: {rows[0]['sentence']}."
            ),
            counts=(),
            column="uid",
            values=tuple(row["event_uid"] for row in rows),
        )
        for (who, day), rows in found.items()
    ]


def _gathered(
    engine: Engine,
    chosen: Mapping[Key, float | None],
    readings: Sequence[Reading],
    verbs: Sequence[str],
) -> tuple[UnusualNight, ...]:
    """The chosen nights with their readings, what has no chance last, and the acts meant."""
    found: dict[Key, list[int]] = defaultdict(list)
    for place, one in enumerate(readings):
        found[one.who, one.day].append(place)
    uids = _uids(engine, readings, verbs)
    nights = []
    for who, day in sorted(chosen, key=lambda key: (key[1], key[0])):
        places = sorted(
            found[who, day], key=lambda i: (readings[i].statistic != RULE, _order(readings[i]))
        )
        meant = list(dict.fromkeys(uid for i in places for uid in uids.get(i, ())[:MOST_ACTS]))
        nights.append(
            UnusualNight(
                who=who,
                day=day,
                p=chosen[who, day],
                readings=tuple(readings[i] for i in places),
                uids=tuple(meant),
                acts=len({uid for i in places for uid in uids.get(i, ())}),
            )
        )
    return tuple(nights)


def _order(one: Reading) -> tuple[float, str, str]:
    return (2.0 if one.p is None else one.p, one.statistic, one.sentence)


def _uids(
    engine: Engine, readings: Sequence[Reading], verbs: Sequence[str]
) -> dict[int, list[str]]:
    """By place the acts that each reading means, in their order in time."""
    if not readings:
        return {}
    wanted = [
        {"reading": place, "who": one.who, "day": one.day, "kind": one.column, "value": value}
        for place, one in enumerate(readings)
        for value in one.values
    ]
    engine.register_rows("baseline_wanted", _WANTED, wanted)
    return {row["reading"]: row["uids"] for row in engine.rows(_UIDS, {"verbs": verbs})}
