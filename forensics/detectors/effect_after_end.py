"""Did what somebody began before their access ended take effect after it?

Asks the roster, calls that were recorded as pending and requests for approval, and the records of
what was then executed under the same case or request, on the same object, by another account. It
is told of the system, never of who began it. It can miss effects that name neither case nor
request, and calls that no record shows as pending.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from forensics import actions, people
from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.engine import Row
from forensics.findings.document import Count, Evidence, Finding

LONGEST = timedelta(days=30)
"""How long a call may wait before it is executed."""

_RULE, _VERSION = "effect_after_end", "1"
_COLUMNS = (
    ("person", "VARCHAR"),
    ("access_end_earliest", "TIMESTAMPTZ"),
    ("access_end_latest", "TIMESTAMPTZ"),
)
# Whoever executes it under an account of the leaver acts after the end: no late effect, but an act.
_LATE = """
WITH told AS (
  SELECT *, lower(actor) AS actor_name, lower(case_id) AS case_key, list_filter(list_transform(
    list_concat([target, target_id], coalesce(targets, [])), lambda name: lower(name)),
    lambda name: name IS NOT NULL) AS names
  FROM timed_events WHERE time IS NOT NULL
), begun AS (
  SELECT t.*, w.person, l.access_end_earliest, l.access_end_latest,
    CASE WHEN t.action = 'approval.request' THEN t.approval_for ELSE t.action END AS verb
  FROM told AS t JOIN own_accounts AS w ON w.name = t.actor_name
    AND coalesce(w.source = lower(t.source), TRUE)
    AND coalesce(t.time >= w.valid_from, TRUE) AND coalesce(t.time < w.valid_to, TRUE)
  JOIN leaving AS l ON lower(l.person) = w.person
  WHERE ((t.outcome = 'pending' AND list_contains($verbs, t.action))
      OR (t.action = 'approval.request' AND list_contains($verbs, t.approval_for)
        AND coalesce(t.outcome, 'success') IN ('success', 'pending')))
    AND t.time_latest <= l.access_end_earliest
    AND t.time_earliest >= l.access_end_earliest - $longest
), decided AS (
  SELECT b.event_uid, u.action, u.time FROM begun AS b JOIN told AS u
    ON u.action IN ('approval.deny', 'approval.revoke', 'approval.grant')
    AND u.time_earliest >= b.time_latest AND coalesce(u.approval_for = b.verb, TRUE)
    AND (len(u.names) = 0 OR list_has_any(u.names, b.names))
    AND (u.case_key = b.case_key OR u.request_id = b.request_id)
), effects AS (
  -- What was refused or taken back before the effect, and not granted again, was begun anew.
  SELECT b.event_uid, e.event_uid AS effect, e.time, e.actor, e.actor_name
  FROM begun AS b JOIN told AS e ON e.action = b.verb AND e.outcome = 'success'
    AND list_has_any(e.names, b.names) AND e.time_earliest >= b.access_end_latest
    AND e.time_earliest < b.time + $longest
    AND (e.case_key = b.case_key OR e.request_id = b.request_id)
  WHERE coalesce((SELECT max_by(d.action, d.time) FROM decided AS d
    WHERE d.event_uid = b.event_uid AND d.time < e.time), 'approval.grant') = 'approval.grant'
)
SELECT b.event_uid AS begun, min_by(e.effect, (e.time, e.effect)) AS effect, b.person,
  b.access_end_earliest, b.access_end_latest, b.verb,
  min_by(coalesce(e.actor, 'an account that is not recorded'), (e.time, e.effect)) AS executor
FROM begun AS b JOIN effects AS e ON e.event_uid = b.event_uid
LEFT JOIN own_accounts AS own ON own.name = e.actor_name AND own.person = b.person
WHERE own.name IS NULL AND e.actor_name IS DISTINCT FROM b.actor_name
GROUP BY ALL ORDER BY b.access_end_earliest, b.person, b.event_uid
"""


class EffectAfterEnd:
    """What leavers began, against what was executed after their access had ended."""

    name = _RULE
    question = "What did leavers begin that took effect after their access had ended?"

    def find(self, facts: Facts) -> Answer:
        """A finding for each call or request that took effect after the end."""
        start, end = facts.span()
        known = facts.engine.relations()
        if start is None or end is None or not {"employment", "accounts"} <= set(known):
            lacking = "this case has no roster or no list of accounts"
            return Answer(not_evaluated=[f"{self.name}: {lacking}"])
        people.own_accounts(facts.engine)
        facts.engine.register_rows("leaving", _COLUMNS, _leaving(facts, start, end))
        verbs = sorted({*actions.destructive(), *actions.privileged()})
        rows = facts.engine.rows(_LATE, {"verbs": verbs, "longest": LONGEST})
        counted = f"{len(rows)} effects after access ended of what leavers had begun before"
        return Answer(findings=_findings(facts, rows), evaluated=[f"{self.name}: {counted}"])


def _leaving(facts: Facts, start: datetime, end: datetime) -> list[Row]:
    """Ends of access; where rosters differ on one, from the first to the last that they give."""
    found = people.leavers(facts.engine, start, end)
    ends = dict.fromkeys((row["person"], row["end_from"], row["end_to"]) for row in found)
    return [dict(zip((name for name, _ in _COLUMNS), one, strict=True)) for one in ends]


def _findings(facts: Facts, rows: Sequence[Row]) -> list[Finding]:
    evidence = facts.evidence(uid for row in rows for uid in (row["begun"], row["effect"]))
    found = []
    for row in rows:
        begun, effect = evidence[row["begun"]], evidence[row["effect"]]
        found.append(
            Finding(
                id=stable_id(_RULE, row["begun"], row["effect"]),
                detector=_RULE,
                rule=_RULE,
                rule_version=_VERSION,
                title="What was begun before access ended took effect after it",
                level="informational",
                verdict="match",
                actor=None,
                person=row["person"],
                target=effect.target,
                first_time=begun.time,
                last_time=effect.time,
                sentences=(_sentence(row, begun, effect),),
                missing=(),
                evidence=(begun, effect),
                counts=(Count(label="effects in this finding", n=1, of=1),),
                innocent=(
                    "Delays, queues and reviews carry work over the end of a day as a rule.",
                ),
                refutes=("A record that the call was taken back, or begun anew by somebody else.",),
                refs=("NIST PS-4", "NIST AC-2(3)"),
            )
        )
    return found


def _sentence(row: Row, begun: Evidence, effect: Evidence) -> str:
    return (
        f"{row['verb']} on {effect.target or 'an object'} was begun by {begun.actor} at"
        f" {begun.time:%Y-%m-%d %H:%M:%SZ}, before their access ended at"
        f" {row['access_end_latest']:%Y-%m-%d %H:%MZ}, and executed by {row['executor']} at"
        f" {effect.time:%Y-%m-%d %H:%M:%SZ}."
    )


DETECTOR = EffectAfterEnd()
