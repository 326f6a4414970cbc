"""What would have become of the incidents of a list, and which acts these are."""

from __future__ import annotations

from forensics import actions
from forensics.engine import Engine, Row
from forensics.errors import UsageError
from forensics.policy.backtest_labels import Labelled
from forensics.policy.backtest_model import IncidentTried, IncidentValue, Trial

_MOST_EVIDENCE = 20

_ENTRIES = (
    ("entry", "INTEGER"),
    ("label", "VARCHAR"),
    ("target", "VARCHAR"),
    ("actor", "VARCHAR"),
    ("since", "TIMESTAMPTZ"),
    ("until", "TIMESTAMPTZ"),
    ("harm", "TIMESTAMPTZ"),
)
_EVENTS = (("entry", "INTEGER"), ("beginning", "VARCHAR"), ("ending", "VARCHAR"))

# Harm was done by the first act that destroyed something, unless the list says when.
_MATCHES = """
WITH ranges AS (SELECT * FROM backtest_entries WHERE target IS NOT NULL),
found AS (
  SELECT n.entry, a.event_uid FROM backtest_named AS n
  JOIN acts AS a ON a.event_uid >= n.beginning AND a.event_uid < n.ending
  UNION SELECT r.entry, a.event_uid FROM ranges AS r JOIN acts AS a ON lower(a.target) = r.target
    WHERE a.time >= r.since AND a.time < r.until
      AND (r.actor IS NULL OR lower(a.actor) = r.actor)
  UNION SELECT r.entry, a.event_uid FROM ranges AS r JOIN acts AS a ON lower(a.target_id) = r.target
    WHERE a.time >= r.since AND a.time < r.until
      AND (r.actor IS NULL OR lower(a.actor) = r.actor)
), dated AS (
  SELECT f.entry, e.label, e.harm, a.event_uid, a.time, a.time_earliest, a.time_latest,
    ($since IS NULL OR a.time >= $since::TIMESTAMPTZ)
      AND ($until IS NULL OR a.time < $until::TIMESTAMPTZ) AS in_window,
    list_contains($destructive, a.action) AND coalesce(a.outcome, 'unknown') NOT IN
      ('failure', 'denied') AS harmful
  FROM found AS f JOIN acts AS a ON a.event_uid = f.event_uid
  JOIN backtest_entries AS e ON e.entry = f.entry
), done AS (
  SELECT entry, coalesce(min((time, event_uid)) FILTER (WHERE harmful), min((time, event_uid)))
    AS harm_act
  FROM dated GROUP BY entry
)
SELECT d.* EXCLUDE (harm, harmful),
  CASE WHEN d.harm IS NULL THEN (d.time, d.event_uid) <= o.harm_act
    WHEN d.time_latest <= d.harm THEN TRUE WHEN d.time_earliest > d.harm THEN FALSE END AS before
FROM dated AS d JOIN done AS o ON o.entry = d.entry
"""
_LABELS = """
SELECT event_uid, max(label) AS label FROM backtest_matches WHERE in_window GROUP BY event_uid
"""
_SEVERAL = """
SELECT n.beginning, count(*) AS acts FROM backtest_named AS n
JOIN acts AS a ON a.event_uid >= n.beginning AND a.event_uid < n.ending
GROUP BY n.beginning HAVING count(DISTINCT a.event_uid) > 1 ORDER BY n.beginning LIMIT 1
"""
_TRIED = """
WITH seen AS (
  SELECT m.entry, m.event_uid, m.time, m.in_window, m.before, t.outcome, t.asks, t.demands,
    coalesce(t.outcome = 'stopped' OR (t.outcome = 'delayed' AND t.asks IS NOT NULL), FALSE)
      AS held
  FROM backtest_matches AS m LEFT JOIN backtest_tried AS t ON t.event_uid = m.event_uid
)
SELECT entry, count(*) AS found, count(*) FILTER (WHERE in_window) AS acts,
  count(*) FILTER (WHERE outcome IS NOT NULL) AS covered, count(*) FILTER (WHERE held) AS held,
  count(*) FILTER (WHERE held AND before) AS held_before,
  count(*) FILTER (WHERE held AND before IS NULL) AS held_perhaps,
  count(*) FILTER (WHERE outcome = 'unknown' AND before IS NOT FALSE) AS unknown,
  count(*) FILTER (WHERE outcome = 'delayed' AND NOT held AND before IS NOT FALSE) AS slowed,
  count(*) FILTER (WHERE outcome = 'noticed') AS noticed,
  min_by({'uid': event_uid, 'outcome': outcome, 'demands': demands, 'time': epoch_us(time)},
    (time, event_uid)) FILTER (WHERE held AND before) AS first,
  list(event_uid ORDER BY time, event_uid) FILTER (WHERE in_window) AS evidence
FROM seen GROUP BY entry
"""

_WORDS: dict[IncidentValue, str] = {
    "unknown": "it cannot be told whether an act of it would have been held before harm",
    "delayed": "slowed down, but nobody else would have had to agree",
    "too_late": "an act of it would have been held, but only after harm was done",
    "noticed": "noticed afterwards; nothing would have been held",
    "not_prevented": "its acts satisfy the policy, and would have gone through",
    "not_covered": "none of its acts is in the scope of the policy",
    "outside": "it lies outside the window",
    "no_record": "no act of it is on record",
}


def keep(engine: Engine, trial: Trial) -> None:
    """Register `backtest_matches`, the acts of each entry, and `backtest_labels`, one an act.

    An act of an incident and of something benign counts as the incident's. Raises `UsageError`
    when what should begin one event's id begins that of several.
    """
    rows = [
        {
            "entry": number,
            "label": one.label,
            "target": one.target.lower() if one.target and not one.events else None,
            "actor": one.actor.lower() if one.actor else None,
            "since": one.since,
            "until": one.until,
            "harm": one.harm,
        }
        for number, one in enumerate(trial.labels)
    ]
    engine.register_rows("backtest_entries", _ENTRIES, rows)
    named = [
        {"entry": number, "beginning": uid, "ending": f"{uid}~"}
        for number, one in enumerate(trial.labels)
        for uid in one.events
    ]
    engine.register_rows("backtest_named", _EVENTS, named)
    for row in engine.rows(_SEVERAL):
        raise UsageError(
            f"The ids of {row['acts']} acts begin with {row['beginning']!r}.",
            remedy="Write more of the id in the list of incidents.",
        )
    bounds = {
        "since": trial.since.isoformat() if trial.since else None,
        "until": trial.until.isoformat() if trial.until else None,
    }
    engine.keep(
        "backtest_matches", _MATCHES, {**bounds, "destructive": sorted(actions.destructive())}
    )
    engine.keep("backtest_labels", _LABELS)


def tried(engine: Engine, trial: Trial) -> tuple[IncidentTried, ...]:
    """What `backtest_tried` means for each entry that is an incident, in the order of the list."""
    rows = {row["entry"]: row for row in engine.rows(_TRIED)}
    return tuple(
        _incident(one, rows.get(number), trial)
        for number, one in enumerate(trial.labels)
        if one.label == "incident"
    )


def _incident(one: Labelled, row: Row | None, trial: Trial) -> IncidentTried:
    value = _value(one, row, trial)
    acts = row["acts"] if row else 0
    return IncidentTried(
        id=one.id,
        value=value,
        acts=acts,
        covered=row["covered"] if row else 0,
        held=row["held"] if row else 0,
        sentence=_prevented(row["first"]) if row and value == "prevented" else _WORDS[value],
        evidence=tuple((row["evidence"] or ())[:_MOST_EVIDENCE]) if row else (),
    )


def _value(one: Labelled, row: Row | None, trial: Trial) -> IncidentValue:
    if row is None or not row["acts"]:
        beyond = row is not None or _beyond(one, trial)
        return "outside" if beyond else "no_record"
    chosen: tuple[tuple[IncidentValue, bool], ...] = (
        ("prevented", row["held_before"]),
        ("unknown", row["held_perhaps"] or row["unknown"]),
        ("delayed", row["slowed"]),
        ("too_late", row["held"]),
        ("noticed", row["noticed"]),
        ("not_covered", not row["covered"]),
    )
    return next((value for value, holds in chosen if holds), "not_prevented")


def _beyond(one: Labelled, trial: Trial) -> bool:
    """Whether the entry says of itself that it lies outside the window."""
    early = one.until is not None and trial.since is not None and one.until <= trial.since
    return early or (one.since is not None and trial.until is not None and one.since >= trial.until)


def _prevented(first: Row) -> str:
    demands = " and ".join(first["demands"])
    if first["outcome"] == "stopped":
        return f"stopped before harm by what the policy says of {demands}"
    return f"held before harm until another person agreed ({demands}); prevented if refused"
