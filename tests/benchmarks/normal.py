"""What the statistics of nights say where nothing is unusual, and what they cost.

`null` draws counts of acts that are over-dispersed and nothing else (negative binomial, r = 3, two
hundred people, eight verbs) and counts the alerts of a night of five rules for counts, each asked
of the same history. `whole` asks everything of a case of a million such acts, with tools, reasons
and hours, and gives its CPU seconds beside those of one pass over the columns that it reads.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable
from typing import Any

from forensics.baselines import cells, chance, combine, count_burst
from forensics.engine.duckdb import DuckDBEngine

VERBS = (
    "account.deactivate", "account.suspend", "account.unsuspend", "content.delete", "case.close",
    "case.open", "credential.reset", "account.update",
)  # fmt: skip
COUNTS = (("who", "VARCHAR"), ("action", "VARCHAR"), ("day", "INTEGER"), ("n", "INTEGER"))

# One act in twenty thousand is on a protected target, one in two thousand has a rare reason, by
# numbers that depend on the act alone.
_EVENTS = """
SELECT md5(who || action || day::VARCHAR || i::VARCHAR) AS event_uid, 'console' AS source,
  who AS actor, 'user' AS actor_type, action, action AS operation,
  CASE WHEN dice % 20000 = 0 THEN '@vip' ELSE '@' || (dice % 9973)::VARCHAR END AS target,
  NULL::VARCHAR AS target_id,
  CASE WHEN dice % 2003 = 0 THEN 'legal' WHEN dice % 7 = 0 THEN 'abuse' ELSE 'spam' END
    AS reason_code,
  CASE WHEN dice % 11 = 0 THEN 'search' ELSE 'queue' END AS tool, NULL::VARCHAR AS src_asn,
  CASE WHEN dice % 13 > 0 THEN 'C-' || dice::VARCHAR END AS case_id,
  NULL::VARCHAR AS approval_requested_by,
  TIMESTAMPTZ '2017-01-02' + INTERVAL 1 DAY * day + INTERVAL 1 SECOND
    * (36000 + ((dice % 3607) + (dice % 7919) + (dice % 11903)))::INTEGER AS time
FROM (
  SELECT who, action, day, i, (hash(who, action, day, i) % 1000000007)::BIGINT AS dice
  FROM counts, range(n) AS every(i)
)
"""


def poisson(draw: random.Random, mean: float) -> int:
    """One Poisson count, by multiplying until e^-mean is reached."""
    limit, product, n = math.exp(-mean), draw.random(), 0
    while product > limit:
        product *= draw.random()
        n += 1
    return n


def organisation(seed: int, people: int, days: int, scale: float) -> DuckDBEngine:
    """Events of people who each do about as much of each verb every weekday, r = 3."""
    draw = random.Random(seed)
    rows = []
    for number in range(people):
        for verb in VERBS:
            mean = scale * math.exp(draw.gauss(0.3, 0.8))
            rows += [
                {"who": f"w{number}", "action": verb, "day": day, "n": n}
                for day in range(days)
                if day % 7 < 5 and (n := poisson(draw, draw.gammavariate(3, mean / 3)))
            ]
    engine = DuckDBEngine(threads=1)
    engine.register_rows("counts", COUNTS, rows)
    engine.keep("events", _EVENTS)
    work = [
        {"email": f"w{n}", "person": f"w{n}", "role": "moderator", "site": f"site-{n % 5}",
         "zone": ("Europe/Dublin", "America/Los_Angeles", "Asia/Manila")[n % 3], "fact_no": n}
        for n in range(people)
    ]  # fmt: skip
    columns = [("email", "VARCHAR"), ("person", "VARCHAR"), ("role", "VARCHAR")]
    columns += [("site", "VARCHAR"), ("zone", "VARCHAR"), ("fact_no", "BIGINT")]
    engine.register_rows("employment", columns, work)
    named = [("target", "VARCHAR"), ("tier", "VARCHAR")]
    named += [("valid_from", "TIMESTAMPTZ"), ("valid_to", "TIMESTAMPTZ")]
    engine.register_rows("protected_targets", named, [{"target": "@vip", "tier": "vip"}])
    return engine


def null(seed: int, people: int, days: int, scale: float) -> dict[str, float]:
    """Alerts a night of each rule for counts, over the nights with twenty before them."""
    engine = organisation(seed, people, days, scale)
    cells.register(engine)
    count_burst.register(engine)
    rows = engine.rows(
        "SELECT v.*, d.r FROM baseline_verbs AS v JOIN baseline_dispersion AS d USING (action, day)"
        " WHERE v.days_before >= 20 AND v.acts > 0 AND v.total > 0"
    )
    nights = len({row["day"] for row in rows})
    told = dict.fromkeys(
        ("z > 3", "Poisson p < 1e-3", "NB p < 1e-3", "NB p < 1e-4", "NB p < 1e-5"), 0
    )
    for row in rows:
        n, y = row["days_before"], row["n"]
        mean = (row["total"] + 0.5) / (n + 1)
        spread = math.sqrt(max((row["squares"] - row["total"] ** 2 / n) / (n - 1), 1e-9))
        told["z > 3"] += (y - row["total"] / n) / spread > 3
        if y >= 3 and y > mean + 2 * math.sqrt(mean):
            told["Poisson p < 1e-3"] += chance.burst(y, mean, math.inf) < 1e-3
            p = chance.burst(y, mean, row["r"])
            for limit in ("1e-3", "1e-4", "1e-5"):
                told[f"NB p < {limit}"] += p < float(limit)
    return {"cells": len(rows) / nights, **{name: n / nights for name, n in told.items()}}


def spent(task: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a task in this process, and its answer."""
    start = time.process_time()
    answer = task()
    return time.process_time() - start, answer


def whole(seed: int, people: int, days: int, scale: float) -> dict[str, float]:
    """CPU seconds of all statistics over all nights, and how many nights they tell."""
    engine = organisation(seed, people, days, scale)
    events = engine.rows("SELECT count(*) AS n FROM events")[0]["n"]
    columns = "actor, actor_type, action, target, target_id, reason_code, tool, src_asn, case_id"
    passed, _ = spent(lambda: engine.rows(f"SELECT max(hash({columns}, time)) AS h FROM events"))
    cpu, judged = spent(lambda: combine.judge(engine))
    return {
        "events": events,
        "CPU s": cpu,
        "CPU s of one pass": passed,
        "ratio": cpu / passed,
        "nights of people": judged.person_nights,
        "told a night": (len(judged.unusual) + judged.withheld) / judged.nights,
    }


def main() -> None:
    """Print both tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", choices=("null", "whole"))
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--days", type=int, default=140)
    asked.add_argument("--scale", type=float, default=4.0)
    asked.add_argument("--seeds", type=int, default=1)
    given = asked.parse_args()
    for seed in range(given.seeds):
        found = (null if given.what == "null" else whole)(
            seed, given.people, given.days, given.scale
        )
        print(f"seed {seed}: " + ", ".join(f"{name} {value:.3g}" for name, value in found.items()))


if __name__ == "__main__":
    main()
