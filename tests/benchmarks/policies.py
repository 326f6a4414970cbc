"""What it costs to judge a case by thirty policies, beside one scan of the columns they use.

Both are asked in turn in one process, over the same Parquet files of generated events. Judging
begins with the events and ends with the verdicts; who was employed when is given, as it is the
people's room that finds that out.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from statistics import median
from typing import Any

from forensics import actions, event
from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import evaluate, narrowing, relations, terms

# A case of the moderation desk: mostly looking, then an approval and an act, by case one of these.
ACTING = ("account.suspend", "account.suspend", "account.deactivate", "account.delete",
          "credential.reset", "role.grant", "account.update", "account.update")  # fmt: skip
CASE = ("case.open", *["account.view"] * 9, "approval.request", "approval.grant", "acting",
        *["account.view"] * 4, "case.close", "session.start", "account.view")  # fmt: skip
GRANT = 12

EVENTS = """
WITH steps AS (
  SELECT i, i // len($case) AS one, 1 + i % len($case) AS step,
    $acting[1 + (hash(i // len($case), 3) % len($acting))::INTEGER] AS act
  FROM range($first, $last) AS r(i)
)
SELECT md5('record ' || i) AS event_uid, 'console-' || (one % 4) AS source,
  TIMESTAMPTZ '2017-01-01 00:00:00+00' + to_microseconds(i * $pace) AS time, 'ms' AS time_precision,
  'utc' AS time_basis,
  'agent-' || (hash(one, CASE WHEN step = $grant THEN 7 ELSE 1 END) % $people) AS actor,
  CASE WHEN hash(one, 2) % 50 = 0 THEN 'service' ELSE 'user' END AS actor_type,
  CASE WHEN $case[step] = 'acting' THEN act
    WHEN $case[step] = 'approval.grant' AND hash(one, 8) % 100 = 0 THEN 'account.view'
    ELSE $case[step] END AS action,
  'op' AS operation,
  CASE WHEN hash(i, 4) % 20 = 0 AND step <> $grant THEN 'failure' ELSE 'success' END AS outcome,
  '@user-' || (hash(one, 5) % 10000000) AS target,
  'acct-' || (hash(one, 5) % 10000000) AS target_id,
  'C-' || one AS case_id, 'spam' AS reason_code, 's-' || (one // 6) AS session_id,
  'd-' || (hash(one, 1) % $people) AS device_id,
  '10.' || (hash(one, 1) % 250) || '.' || (hash(i, 6) % 250) || '.7' AS src_ip, 'queue' AS tool,
  act AS approval_for, 'ts_lead' AS approval_by,
  'agent-' || (hash(one, 1) % $people) AS approval_requested_by, 'agent-1' AS assignee
FROM steps
"""
PEOPLE = """
SELECT a.event_uid, b.belief, a.actor AS account, replace(a.actor, 'agent', 'p') AS person,
  CASE WHEN hash(a.actor) % 1000 = 7 THEN 'break_glass' ELSE 'personal' END AS account_kind,
  [CASE WHEN b.belief = 'now' AND hash(a.actor) % 500 = 3 THEN 'ended'
    WHEN hash(a.actor) % 2000 = 0 THEN 'notice' WHEN hash(a.actor) % 5000 = 1 THEN 'ended'
    WHEN hash(a.actor) % 1000 = 2 THEN 'unknown' ELSE 'employed' END] AS phases,
  CAST(NULL AS DATE) AS last_working_day, CAST(NULL AS TIMESTAMPTZ) AS access_end_earliest,
  CAST(NULL AS TIMESTAMPTZ) AS access_end_latest, CAST(NULL AS TIMESTAMPTZ) AS recorded_at,
  CAST(NULL AS VARCHAR) AS source, CAST(NULL AS BIGINT) AS source_row,
  CAST(NULL AS VARCHAR) AS status,
  CAST(NULL AS STRUCT(source VARCHAR, source_row BIGINT, last_working_day DATE,
    access_end_latest TIMESTAMPTZ)[]) AS ends,
  b.belief = 'now' AND hash(a.actor) % 500 = 3 AS learned_later
FROM acts AS a CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
"""
ACCOUNTS = """
SELECT 'agent-' || i AS account, CAST(NULL AS VARCHAR) AS source, 'p-' || i AS person,
  CASE WHEN i % 1000 = 0 THEN 'break_glass' ELSE 'personal' END AS kind,
  CAST(NULL AS TIMESTAMPTZ) AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to
FROM range($people) AS r(i)
"""
TARGETS = """
SELECT '@user-' || (i * 97) AS target, CASE WHEN i % 2 = 0 THEN 'vip' ELSE 'protected' END AS tier,
  TIMESTAMPTZ '2017-01-01 00:00:00+00' AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to,
  'targets.csv' AS source, i AS source_row
FROM range(2000) AS r(i)
"""
ACTS = """
SELECT {columns}, sequence AS ordinal,
  time - INTERVAL 2 SECOND AS time_earliest, time + INTERVAL 2 SECOND AS time_latest
FROM events WHERE list_contains($verbs, action)
"""
# What is read of approvals beside the columns of acts.
OF_APPROVALS = ("approval_by", "approval_for", "approval_requested_by", "on_behalf_of")
# Every value is decoded, none is kept.
SCAN = "SELECT bit_xor(hash({columns})) AS whole FROM events"

SCOPES = (
    "{action_class: destructive, outcome: success}",
    "{action: 'account.*', actor.kind: human, outcome: success, action|re: '(spend|date|delete)$'}",
    "{action: [account.suspend, account.deactivate, account.delete], target.tier: [vip]}",
    "{action: role.grant, src_ip|cidr: 10.1.0.0/16}",
)
DEMANDS = (
    "forbid: [{employment: {phase: [ended]}}]",
    "forbid: [{employment: {phase: [notice, last_day], window: {before_last_day: 30d}}}]",
    "require: [{approval: {min: 1, role: ts_lead, max_age: 24h}}]",
    "require: [{approval: {min: 1, covers: target}}]\nforbid: [{employment: {phase: leave}}]",
)


def policies(number: int) -> list[terms.Policy]:
    """So many policies: every scope with every demand, in turn."""
    texts = []
    for place in range(number):
        scope = SCOPES[place % len(SCOPES)]
        demand = DEMANDS[place // len(SCOPES) % len(DEMANDS)]
        texts.append(
            f"id: B{place:02}\ntitle: one of many\nlevel: medium\nscope: {scope}\n{demand}\n"
            "on_unknown: report\n"
        )
    return [terms.parse(text.encode(), f"b{n}.yml") for n, text in enumerate(texts)]


def generate(folder: Path, events: int, people: int) -> Path:
    """Parquet files with that many events, made once, then kept."""
    found = folder / f"policy-events-{events}-{people}"
    found.mkdir(parents=True, exist_ok=True)
    engine = DuckDBEngine(memory_limit="2GiB")
    absent = [one for one in event.COLUMNS if f" AS {one.name}" not in EVENTS]
    nothing = ", ".join(f"CAST(NULL AS {one.type}) AS {one.name}" for one in absent)
    for first in range(0, events, 1_000_000):
        path = found / f"{first:09}.parquet"
        last = min(first + 1_000_000, events)
        if not path.exists():
            values: dict[str, Any] = {"first": first, "last": last, "people": people}
            values |= {"case": CASE, "acting": ACTING, "grant": GRANT}
            values["pace"] = 180 * 86_400_000_000 // events
            engine.keep("made", f"SELECT *, {nothing} FROM ({EVENTS})", values)
            engine.execute(f"COPY made TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    engine.close()
    return found


def measure(folder: Path, given: list[terms.Policy], people: int, rounds: int) -> dict[str, Any]:
    """CPU and wall seconds of judging and of scanning, in turn, and the peak of memory."""
    engine = DuckDBEngine(memory_limit="2GiB", spill_directory=folder)
    engine.define("events", f"SELECT * FROM read_parquet('{folder}/*.parquet')")
    engine.keep("accounts", ACCOUNTS, {"people": people})
    engine.keep("protected_targets", TARGETS)
    columns = ", ".join(name for name in narrowing.HELD if name in event.BY_NAME)
    used = [name for name in narrowing.RECORDED if name in event.BY_NAME]
    scanned = ", ".join([*used, *OF_APPROVALS])
    verbs = sorted(
        one.verb
        for one in actions.load().values()
        if one.destructive or one.privileged or one.state or one.verb.startswith("approval.")
    )
    engine.keep("acts", ACTS.format(columns=columns), {"verbs": verbs})
    engine.keep("act_people", PEOPLE)
    (acts,) = engine.rows("SELECT count(*) AS n FROM acts")
    rows = []
    for _ in range(rounds):
        scan = timed(lambda: engine.rows(SCAN.format(columns=scanned)))

        def judge() -> Any:
            engine.keep("acts", ACTS.format(columns=columns), {"verbs": verbs})
            relations.define(engine)
            return evaluate(engine, given)

        ours = timed(judge)
        rows.append((ours, scan))
    found = ours[2]
    return {
        "policies": len(given),
        "acts": acts["n"],
        "verdicts": len(found.verdicts),
        "unknown": sum(found.unknown.values()),
        "compliant": sum(found.compliant.values()),
        "wall": median(one[0] for one, _ in rows),
        "scan_wall": median(one[0] for _, one in rows),
        "cpu": median(one[1] for one, _ in rows),
        "scan_cpu": median(one[1] for _, one in rows),
        "ratio": median(one[1] / known[1] for one, known in rows),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def timed(answer: Any) -> tuple[float, float, Any]:
    """Wall and CPU seconds of an answer, and the answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = answer()
    return time.perf_counter() - wall, time.process_time() - cpu, found


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="a folder with 2 GiB to spare")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--policies", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = generate(given.scratch, given.events, given.people)
    figures = measure(folder, policies(given.policies), given.people, given.rounds)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
