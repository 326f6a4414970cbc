"""Was the account in use from two places at once?

Sessions are known by their records: it can miss one that was open and idle.
"""

from __future__ import annotations

from datetime import timedelta

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown, clock, minutes

# Of one source, since another source's session of the same sitting has another name.
_SESSIONS = """
SELECT session_id, any_value(device_id) AS device, any_value(src_ip) AS ip, min(time) AS opened,
  max(time) AS closed, min(moment) AS since, max(moment) AS until,
  min_by(event_uid, moment) AS first_uid, max_by(event_uid, moment) AS last_uid
FROM item_own WHERE source = $source AND session_id IS NOT NULL AND lower(actor) = $own
GROUP BY session_id
HAVING min(moment) < $at + INTERVAL 1 SECOND AND max(moment) > $at - INTERVAL 1 DAY
ORDER BY since, session_id
"""
_TRAVEL = """
WITH seen AS (
  SELECT event_uid, moment, src_country, lag(src_country) OVER w AS other,
    lag(event_uid) OVER w AS other_uid, moment - lag(moment) OVER w AS gap
  FROM item_own WHERE src_country IS NOT NULL AND abs(epoch(moment - $at::TIMESTAMPTZ)) < 43200
  WINDOW w AS (ORDER BY moment, event_uid)
)
SELECT *, epoch(gap) AS apart FROM seen
WHERE other <> src_country AND gap < INTERVAL 1 HOUR ORDER BY moment, event_uid LIMIT 1
"""


def _answer(act: Act) -> Known | NotKnown:
    own = act.evidence
    if own.session_id is None:
        return NotKnown("sessions of the account in the source of the act")
    sessions = act.rows(_SESSIONS)
    parallel = [
        row
        for row in sessions
        if row["session_id"] != own.session_id
        and (row["device"], row["ip"]) != (own.device_id, own.src_ip)
        and row["since"] < act.at < row["until"]
    ]
    if parallel:
        one = parallel[0]
        where = f"device {one['device']}" if one["device"] else f"address {one['ip']}"
        value = (
            f"During the act another session of the account was open on {where}, in use from "
            f"{clock(one['opened'])} to {clock(one['closed'])}."
        )
        return Known("overlap", value, evidence=(one["first_uid"], one["last_uid"]))
    travel = act.rows(_TRAVEL)
    if travel:
        one = travel[0]
        value = (
            f"The account was used from {one['other']} and from {one['src_country']} within "
            f"{minutes(one['apart'])}."
        )
        return Known("travel", value, evidence=(one["other_uid"], one["event_uid"]))
    value = f"Of {len(sessions)} sessions of that day no other on another device spanned the act."
    return Known("none", value)


ITEM = Item(
    id="E14",
    question="Was the account in use from two places at once?",
    method="Sessions of the account in the same source, on another device or address, with records "
    "before and after the act; or records from two countries within an hour, half a day around.",
    outcomes=("overlap", "travel", "none"),
    settles=("Sign-in and badge records of the same hour.",),
    answer=_answer,
    query=lambda act: act.terms(
        act.by_account,
        before=timedelta(hours=24),
        after=timedelta(hours=12),
    ),
)
