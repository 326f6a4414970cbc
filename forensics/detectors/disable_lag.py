"""How long after the end of access were the accounts of people who left switched off?

Asks the roster and the records of account.deactivate, suspend and delete: an account that was
switched off more than a day after its worker's access ended is a finding about the organisation.
It can miss accounts that no list ties to a person, ends outside the records of the case, keys and
sessions that outlive the account, and accounts switched off where no log tells; of these, and of
people whose zone is not known, the scan says how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from forensics import people
from forensics.detectors import Answer
from forensics.detectors.facts import Facts, stable_id
from forensics.engine import Row
from forensics.findings.document import Count, Finding

SLA = timedelta(hours=24)
"""How long an account may outlive its worker's access."""

_RULE, _VERSION = "disable_lag", "1"
_COLUMNS = (
    ("person", "VARCHAR"),
    ("access_end_earliest", "TIMESTAMPTZ"),
    ("access_end_latest", "TIMESTAMPTZ"),
)
# The first time an account was switched off from a month before the end on, and its bounds. An
# account switched on again before the end counts from when it was switched off after that.
_LAGS = """
WITH whose AS (
  SELECT lower(a.account) AS name, min(a.account) AS account, lower(a.person) AS person
  FROM accounts AS a WHERE lower(a.kind) IN ('personal', 'admin') GROUP BY ALL
), switched AS (
  SELECT event_uid, action, time, time_earliest, time_latest, unnest(list_distinct(list_filter(
    [lower(target), lower(target_id)], lambda name: name IS NOT NULL))) AS name
  FROM timed_events
  WHERE action IN ('account.deactivate', 'account.suspend', 'account.delete', 'account.activate',
      'account.unsuspend', 'account.restore') AND outcome = 'success' AND time IS NOT NULL
), acted AS (
  SELECT DISTINCT lower(actor) AS name FROM events
), placed AS (
  SELECT l.person, w.account, w.name, l.access_end_earliest, l.access_end_latest,
    max(s.time) FILTER (WHERE s.action IN ('account.activate', 'account.unsuspend',
      'account.restore') AND s.time < l.access_end_earliest) AS back_on
  FROM (SELECT DISTINCT * FROM leaving) AS l JOIN whose AS w ON w.person = lower(l.person)
  LEFT JOIN switched AS s ON s.name = w.name
  WHERE w.name IN (SELECT name FROM acted) OR w.name IN (SELECT name FROM switched)
  GROUP BY ALL
)
SELECT p.person, p.account, p.access_end_earliest, p.access_end_latest,
  min_by(s.event_uid, (s.time, s.event_uid)) AS event_uid,
  min(s.time_earliest) AS earliest, min(s.time_latest) AS latest
FROM placed AS p LEFT JOIN switched AS s ON s.name = p.name
  AND s.action IN ('account.deactivate', 'account.suspend', 'account.delete')
  AND s.time >= p.access_end_earliest - INTERVAL 30 DAY
  AND s.time > coalesce(p.back_on, '-infinity')
GROUP BY p.person, p.account, p.access_end_earliest, p.access_end_latest
ORDER BY p.access_end_earliest, p.person, p.account
"""


class DisableLag:
    """Accounts of people who left, against the records of switching accounts off."""

    name = "disable_lag"
    question = "How long after the end of access were accounts switched off?"

    def find(self, facts: Facts) -> Answer:
        """A finding for each account that was switched off too late."""
        start, end = facts.span()
        known = facts.engine.relations()
        if start is None or end is None or not {"employment", "accounts"} <= set(known):
            lacking = "this case has no roster or no list of accounts"
            return Answer(not_evaluated=[f"{self.name}: {lacking}"])
        leaving = people.leavers(facts.engine, start, end)
        facts.engine.register_rows("leaving", _COLUMNS, [_end(row) for row in leaving])
        rows = facts.engine.rows(_LAGS)
        told = [row for row in rows if row["event_uid"]]
        late = [row for row in told if row["earliest"] - row["access_end_latest"] > SLA]
        prompt = sum(row["latest"] - row["access_end_earliest"] <= SLA for row in told)
        counted = (
            f"{len(rows)} accounts of people who left: {prompt} switched off within"
            f" {_hours(SLA)}, {len(late)} later, {len(told) - prompt - len(late)} not certain,"
            f" {len(rows) - len(told)} without a record of it"
        )
        return Answer(findings=_findings(facts, late), evaluated=[f"{self.name}: {counted}"])


def _end(row: Row) -> Row:
    """Between which moments access ended; where rosters dispute it, within all that they say."""
    return {
        "person": row["person"],
        "access_end_earliest": row["end_from"],
        "access_end_latest": row["end_to"],
    }


def _findings(facts: Facts, late: Sequence[Row]) -> list[Finding]:
    evidence = facts.evidence(row["event_uid"] for row in late)
    return [
        Finding(
            id=stable_id(_RULE, row["account"], row["person"], row["event_uid"]),
            detector=_RULE,
            rule=_RULE,
            rule_version=_VERSION,
            title="Account switched off late after its worker's access had ended",
            level="medium",
            verdict="violation",
            actor=None,
            person=row["person"],
            target=row["account"],
            first_time=row["access_end_latest"],
            last_time=evidence[row["event_uid"]].time,
            sentences=(_sentence(row),),
            missing=(),
            evidence=(evidence[row["event_uid"]],),
            counts=(Count(label="accounts in this finding", n=1, of=1),),
            innocent=(
                "The end may have been recorded or withdrawn late.",
                "Sign-in may have been barred earlier by other means: sessions, keys, the network.",
            ),
            refutes=("A record, of this or another system, that barred the account earlier.",),
            refs=("NIST PS-4", "NIST AC-2(3)", "ISO 27001 A.6.5", "SOC 2 CC6.2", "PCI 8.2.5"),
        )
        for row in late
    ]


def _sentence(row: Row) -> str:
    least, most = (
        row["earliest"] - row["access_end_latest"],
        row["latest"] - row["access_end_earliest"],
    )
    span = (
        _hours(least) if most - least < timedelta(hours=1) else f"{_hours(least)} to {_hours(most)}"
    )
    return (
        f"The account {row['account']} of {row['person']} was switched off {span} after access"
        f" ended at {row['access_end_latest']:%Y-%m-%d %H:%MZ}; at most {_hours(SLA)} is allowed."
    )


def _hours(length: timedelta) -> str:
    return f"{length // timedelta(hours=1)} h"


DETECTOR = DisableLag()
