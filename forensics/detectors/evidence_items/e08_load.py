"""How long had the account been at work, how fast, and how much was undone that day?

It counts what is logged: it can miss a day of meetings, or a second screen.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import ENOUGH, Act, Item, Known, NotKnown, n_of
from forensics.findings.document import Count

LONG_HOURS = 10.0
"""Hours since the working day began after which it is called long; the number is ours."""
_BUSY = 0.95
_LOAD = """
WITH own AS (
  SELECT moment, event_uid, action, target,
    moment - lag(moment) OVER (ORDER BY moment, event_uid) > INTERVAL 6 HOUR AS rested
  FROM item_own WHERE moment <= $at
), hours AS (
  SELECT floor(epoch($at::TIMESTAMPTZ - moment) / 3600)::BIGINT AS back, count(*) AS n
  FROM own GROUP BY 1
)
SELECT
  epoch($at::TIMESTAMPTZ - coalesce(max(moment) FILTER (WHERE rested), min(moment))) / 3600
    AS on_shift,
  count(*) FILTER (WHERE moment > $at - INTERVAL 1 HOUR) AS last_hour,
  (SELECT count(*) FROM hours WHERE back > 0) AS busy_hours,
  (SELECT count(*) FROM hours WHERE back > 0
     AND n >= (SELECT n FROM hours WHERE back = 0)) AS as_busy
FROM own
"""
_UNDONE = """
SELECT done.moment >= $day AS today, count(*) AS n, count(undo.uid) AS undone FROM (
  SELECT moment, target, action, event_uid FROM item_own
  WHERE list_contains($destructive, action) AND target IS NOT NULL AND moment < $at
) AS done LEFT JOIN (
  SELECT d.event_uid AS uid, min(u.event_uid) AS by_uid
  FROM item_own AS d JOIN timed_events AS u ON lower(u.target) = lower(d.target)
    AND u.time_earliest > d.moment AND u.time_earliest < d.moment + INTERVAL 24 HOUR
    AND list_contains($undoing, u.action)
  WHERE list_contains($destructive, d.action)
  GROUP BY d.event_uid
) AS undo ON undo.uid = done.event_uid
GROUP BY 1
"""
_UNDOING = ["account.restore", "account.activate", "account.unsuspend", "content.restore"]


def _answer(act: Act) -> Known | NotKnown:
    load = act.row(_LOAD)
    if load["busy_hours"] < ENOUGH:
        return NotKnown(f"enough hours of the account at work: {load['busy_hours']} of {ENOUGH}")
    undone = {row["today"]: row for row in act.rows(_UNDONE, undoing=_UNDOING)}
    empty = {"n": 0, "undone": 0}
    today, before = undone.get(True, empty), undone.get(False, empty)
    counts = (
        Count(
            label="own earlier hours at work as busy as the hour before the act",
            n=load["as_busy"],
            of=load["busy_hours"],
        ),
        Count(label="own destructive acts that day undone since", n=today["undone"], of=today["n"]),
        Count(label="own such acts before, undone in a day", n=before["undone"], of=before["n"]),
    )
    busy = load["as_busy"] / load["busy_hours"] <= 1 - _BUSY
    # Three times the usual share, and more than one, so that one slip is not a bad day.
    usual = (before["undone"] + 0.5) / (before["n"] + 1)
    worse = today["undone"] > 1 and today["undone"] / today["n"] > 3 * usual
    hours = f"{load['as_busy']} of {load['busy_hours']} own hours at work"
    value = (
        f"{load['on_shift']:.1f} h since the first record after a pause; "
        f"{n_of(load['last_hour'], 'record')} in the last hour, as many or more in {hours}; "
        f"{today['undone']} of {today['n']} own destructive acts that day were undone, "
        f"{before['undone']} of {before['n']} before."
    )
    heavy = load["on_shift"] >= LONG_HOURS or busy or worse
    return Known("heavy" if heavy else "usual", value, counts)


ITEM = Item(
    id="E8",
    question="How long had the account been at work, how fast, and how much was undone that day?",
    method="Hours since the first record after six hours without one; records in the hour before "
    "the act against own hours at work in 90 days; own destructive acts undone within a day, that "
    "day (UTC) against before. Heavy: 10 h or more, an hour busier than 95 %, or thrice undone.",
    outcomes=("heavy", "usual"),
    settles=("The roster of the shift, and what else was asked of it.",),
    answer=_answer,
    query=lambda act: act.terms(act.by_account),
)
