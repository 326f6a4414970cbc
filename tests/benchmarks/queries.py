"""What a question to a case costs in the engine, beside the same question in bare DuckDB.

Both are asked in turn in one process, over the same Parquet files, with the same columns in the
same order for an answer: the bare one is what somebody would write by hand who knows the files.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from forensics import api, event

COLUMNS = ", ".join(one.name for one in event.COLUMNS if one.name != "raw")
IN_ORDER = "ORDER BY time, source, sequence, record_no, event_no, event_uid"
TARGET = """(lower(target) = $name OR lower(target_id) = $name OR lower(target_name) = $name
OR list_contains(list_transform(targets, lambda one: lower(one)), $name))"""
HOUR = "time >= $since::TIMESTAMPTZ AND time < $until::TIMESTAMPTZ"
# Targets by how often they are acted on: the most, and one of a hundred times fewer events.
RANKED = """
SELECT lower(target) AS name, count(*) AS n FROM read_parquet($files)
WHERE target IS NOT NULL GROUP BY 1 ORDER BY n DESC, name
"""

Answer = Callable[[], Any]


def cost(answer: Answer) -> tuple[float, float, int]:
    """Wall and CPU seconds of an answer, and its rows."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = answer().num_rows
    return time.perf_counter() - wall, time.process_time() - cpu, rows


def compared(ours: Answer, bare: Answer, rounds: int) -> dict[str, Any]:
    """Both in turn: medians of wall and CPU time, and of the ratio of CPU time in each round."""
    ours(), bare()
    pairs = [(cost(ours), cost(bare)) for _ in range(rounds)]
    assert all(mine[2] == known[2] for mine, known in pairs)
    return {
        "rows": pairs[0][0][2],
        "wall": median(mine[0] for mine, _ in pairs),
        "known_wall": median(known[0] for _, known in pairs),
        "cpu": median(mine[1] for mine, _ in pairs),
        "known_cpu": median(known[1] for _, known in pairs),
        "ratios": [mine[1] / known[1] for mine, known in pairs],
        "ratio": median(mine[1] / known[1] for mine, known in pairs),
    }


def measure(folder: Path, rounds: int) -> dict[str, dict[str, Any]]:
    """A frequent target, a rare one, one of no event, and an hour of one target."""
    files = str(folder / "segments" / "events-*.parquet")
    connection = duckdb.connect(config={"threads": min(os.cpu_count() or 1, 8)})
    connection.execute("SET TimeZone = 'UTC'")

    def bare(condition: str, **asked: str) -> Answer:
        sql = " ".join(("SELECT", COLUMNS, "FROM read_parquet($files) WHERE", condition, IN_ORDER))
        return lambda: connection.sql(sql, params={"files": files, **asked}).to_arrow_table()

    ranked = connection.execute(RANKED, {"files": files}).fetchall()
    frequent, most = ranked[0]
    rare = next(name for name, n in ranked if n <= most / 100)
    [span] = connection.execute(
        "SELECT time_bucket(INTERVAL 1 hour, quantile_disc(time, 0.5))::VARCHAR,"
        " (time_bucket(INTERVAL 1 hour, quantile_disc(time, 0.5)) + INTERVAL 1 hour)::VARCHAR"
        " FROM read_parquet($files) WHERE lower(target) = $name",
        {"files": files, "name": frequent},
    ).fetchall()
    hour = dict(zip(("since", "until"), span, strict=True))
    with api.open_case(folder) as case:
        ask = case.questions.timeline
        found = {
            f"{what} target": compared(
                lambda name=name: ask(target=name), bare(TARGET, name=name), rounds
            )
            for what, name in (("frequent", frequent), ("rare", rare), ("absent", "no-such-name"))
        }
        found["an hour"] = compared(
            lambda: ask(target=frequent, **hour),
            bare(f"{TARGET} AND {HOUR}", name=frequent, **hour),
            rounds,
        )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="print a document, not a table")
    given = parser.parse_args()
    figures = measure(given.case, given.rounds)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{'':16}{'rows':>8}{'wall s':>8}{'bare':>8}{'CPU s':>8}{'bare':>8}{'ratio':>8}")
    for name, one in figures.items():
        print(
            f"{name:16}{one['rows']:8,}{one['wall']:8.3f}{one['known_wall']:8.3f}"
            f"{one['cpu']:8.3f}{one['known_cpu']:8.3f}{one['ratio']:8.2f}"
        )


if __name__ == "__main__":
    main()
