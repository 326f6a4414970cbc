"""Cases as records and lists of tickets tell of them: relations, and SQL that predicates share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources

from sqlglot import exp

from forensics.engine import Engine
from forensics.policy import relations, relations_around
from forensics.policy.statement import Value, statement

NEEDS = ("events", "case_states", "case_assignments", "case_facts")
"""The relations without which nothing can be said of cases."""

USES = relations_around.USES
"""The relations that `of_cases` reads beside those."""

# What has the shape of an id: letters and digits, which words of a sentence do not both have.
_ID = r"[a-z0-9_]+(?:-[a-z0-9_]+)*"
# Where a predicate's text wants what several cases say together; the file says what it reads.
_JUDGED = "/* judged by cases */"

# Steps of cases: openings, closings and other states (`state`), and assignments. Bounds are in
# microseconds, as `relations_around` has them. A list of tickets has a clock of its own, taken to
# be off by up to five seconds; what it does not date happened at some time after the opening, and
# a state also after the closing. A hundred thousand years either way stand for never and ever.
_STEPS = """
SELECT lower(trim(case_id)) AS case_key, trim(case_id) AS case_id, tenant,
  CASE action WHEN 'case.open' THEN 'open' WHEN 'case.close' THEN 'closed' END AS state,
  action = 'case.open' AS opening, assignee, coalesce(actor, actor_id) AS account,
  actor_type AS account_type, source,
  coalesce(source || '/' || CAST(clock_segment AS VARCHAR), event_uid) AS clock,
  epoch_us(time_low) AS low, greatest(epoch_us(time_high), epoch_us(time_low) + 1) AS high,
  epoch_us(time_earliest) AS earliest,
  greatest(epoch_us(time_latest), epoch_us(time_earliest) + 1) AS latest,
  time AS valid_from, CASE WHEN outcome = 'success' THEN TRUE END AS certain, event_uid
FROM timed_events
WHERE time IS NOT NULL AND trim(case_id) <> ''
  AND action IN ('case.open', 'case.assign', 'case.close')
  AND coalesce(outcome, 'unknown') NOT IN ('failure', 'denied')
UNION ALL SELECT lower(trim(case_id)), trim(case_id), NULL, state, opening, assignee, account,
  NULL, source, source, low, high, low - 5000000, high + 5000000,
  CASE WHEN low > -4000000000000000000 THEN make_timestamptz(low) END, TRUE, NULL
FROM (
  SELECT case_id, source, 'open' AS state, TRUE AS opening, CAST(NULL AS VARCHAR) AS assignee,
    opened_by AS account, epoch_us(opened_at) AS low, epoch_us(opened_latest) AS high
  FROM tickets WHERE opened_at IS NOT NULL
  UNION ALL SELECT case_id, source, 'closed', FALSE, NULL, NULL, epoch_us(closed_at),
    epoch_us(closed_latest)
  FROM tickets WHERE closed_at IS NOT NULL
  UNION ALL SELECT case_id, source, state, FALSE, NULL, NULL,
    coalesce(epoch_us(state_since), epoch_us(closed_at), epoch_us(opened_at),
      -4000000000000000000),
    coalesce(epoch_us(state_latest), 4000000000000000000)
  FROM tickets
  WHERE state IS NOT NULL AND (state_since IS NOT NULL
    OR CASE state WHEN 'open' THEN opened_at IS NULL OR closed_at IS NOT NULL
      WHEN 'closed' THEN closed_at IS NULL ELSE TRUE END)
  UNION ALL SELECT case_id, source, NULL, FALSE, assignee, NULL,
    coalesce(epoch_us(assigned_at), epoch_us(opened_at), -4000000000000000000),
    coalesce(epoch_us(assigned_latest), epoch_us(closed_latest), 4000000000000000000)
  FROM tickets WHERE assignee IS NOT NULL
)
"""
_STATES = "SELECT * EXCLUDE (assignee) FROM steps WHERE state IS NOT NULL"
_ASSIGNMENTS = "SELECT * EXCLUDE (state, opening) FROM steps WHERE state IS NULL"

# Of the record itself only what its source declares of cases is read.
_FACTS = """
SELECT lower(trim(case_id)) AS case_key, trim(case_id) AS case_id, tenant,
  lower(CASE WHEN json_valid(raw) THEN json_extract_string(raw,
    nullif(list_extract($types, list_position($sources, source)), '')) END) AS type,
  lower(CASE WHEN json_valid(raw) THEN json_extract_string(raw,
    nullif(list_extract($queues, list_position($sources, source)), '')) END) AS queue,
  list_distinct(list_filter(
    list_transform(list_concat([target, target_id], targets), lambda name: lower(name)),
    lambda name: name IS NOT NULL)) AS names,
  action = 'case.open' AS opening, source, time AS recorded_at, event_uid
FROM timed_events
WHERE trim(case_id) <> '' AND action IN ('case.open', 'case.assign', 'case.close')
  AND coalesce(outcome, 'unknown') NOT IN ('failure', 'denied')
UNION ALL SELECT lower(trim(case_id)), trim(case_id), NULL, lower(type), lower(queue),
  list_transform(targets, lambda name: lower(name)), TRUE, source, opened_at, NULL
FROM tickets
"""


def define(engine: Engine, paths: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Define `case_states`, `case_assignments` and `case_facts` over events and tickets.

    `paths` are by source the JSON paths of `type` and `queue` in its records of cases. Nothing is
    defined when there are no events.
    """
    present = engine.relations()
    if "events" not in present:
        return
    told = tuple(
        (source, one.get("type", ""), one.get("queue", ""))
        for source, one in sorted((paths or {}).items())
    )
    absent = tuple(sorted({"tickets", "timed_events"} - set(present)))
    for name, sql in _views(absent, told):
        engine.define(name, sql)


@cache
def _views(
    absent: tuple[str, ...], told: tuple[tuple[str, str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """The relations as SQL; the same for most cases, and slow to write."""
    columns = zip(*told, strict=True) if told else ((), (), ())
    values: dict[str, Value] = {
        name: list(column)
        for name, column in zip(("sources", "types", "queues"), columns, strict=True)
    }
    found = []
    for name, text in (
        ("case_states", _STATES),
        ("case_assignments", _ASSIGNMENTS),
        ("case_facts", _FACTS),
    ):
        query = relations.with_absent((), absent)
        query = query.with_("steps", as_=statement(_STEPS), materialized=False, copy=False)
        query = query.with_("told", as_=statement(text, values), copy=False)
        found.append((name, query.select("*").from_("told").sql(dialect="duckdb")))
    return tuple(found)


def of_cases(
    text: str,
    values: Mapping[str, Value],
    *,
    tells: Collection[str] = (),
    verbs: Sequence[str] = (),
    session: bool = False,
) -> exp.Query:
    """A query over `links` (acts and the cases they rest on) and what is known of those cases.

    `text` begins with a comma and goes on with CTEs; `relations_cases.sql` and, for `acting` and
    `others` (records of `verbs`), `relations_around.sql` say what it may read. Of `facts`, `types`,
    `queues` and `names` are read only where `tells` names them. With `session`, an act that names
    no case rests on those that its session names. Values may have `least`: how long before the act
    a case must have been opened, in microseconds.
    """
    judged = text.replace(_JUDGED, _text("relations_cases_judged.sql"))
    whole = _text("relations_cases.sql") + judged
    told = {f"tell_{name}": name in tells for name in ("types", "queues", "names")}
    given = {"least": None, **values, **told, "by_session": session, "id": _ID}
    return relations_around.around(whole, verbs, given)


def _text(name: str) -> str:
    return resources.files("forensics.policy").joinpath(name).read_text(encoding="utf-8")
