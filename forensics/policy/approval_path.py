"""The path of approval of one act, as recorded: asked, granted, denied."""

from __future__ import annotations

from forensics.engine import Engine, Row
from forensics.policy import relations
from forensics.policy.statement import statement
from forensics.policy.verdict import ApprovalReading

# Records of the same case, or of the same act on the same target in the day before it.
_RECORDS = """
WITH act AS (
  SELECT e.event_uid, e.time, e.source, e.action, lower(trim(e.case_id)) AS case_key,
    lower(e.actor) AS actor,
    lower(e.target) AS name_key, lower(e.target_id) AS id_key, lower(e.tenant) AS tenant,
    lower(p.person) AS person
  FROM events AS e
  LEFT JOIN act_people AS p ON p.event_uid = e.event_uid AND p.belief = 'now'
  WHERE e.event_uid = $uid
)
SELECT a.event_uid, a.time, a.state, a.approver, a.requested_by, a.role, a.for_action, a.target,
  a.time > s.time AS after_act, coalesce(lower(p.person), lower(a.approver)) AS giver,
  coalesce(lower(a.approver) = s.actor, FALSE) AS own_account,
  coalesce(lower(p.person) = s.person, FALSE) AS own_person,
  coalesce(lower(a.approver) = lower(a.requested_by), FALSE) AS asked_by_giver,
  a.source, lower(e.tenant) AS tenant, e.ordinal, e.time_low, e.time_high, e.time_earliest,
  e.time_latest
FROM approvals AS a
JOIN timed_events AS e ON e.event_uid = a.event_uid
JOIN act AS s ON coalesce(a.for_action, s.action) = s.action
  AND (lower(trim(a.case_id)) = s.case_key
    OR (a.time <= s.time AND a.time > s.time - INTERVAL 1 DAY))
  AND ((coalesce(lower(e.target) IN (s.name_key, s.id_key), FALSE)
        OR coalesce(lower(e.target_id) IN (s.name_key, s.id_key), FALSE))
      AND NOT coalesce(e.source = s.source AND lower(e.target_id) <> s.id_key, FALSE)
    OR coalesce(lower(e.target) IS DISTINCT FROM s.name_key AND list_contains(
      list_transform(e.targets, lambda one: lower(one)), s.name_key), FALSE))
  AND coalesce(lower(e.tenant) = s.tenant, TRUE)
LEFT JOIN act_people AS p ON p.event_uid = a.event_uid AND p.belief = 'now'
ORDER BY a.time, a.event_uid
"""

# A source tells that nothing was approved if it recorded approvals of such acts a day before.
_ACT = """
WITH act AS (SELECT * FROM events WHERE event_uid = $uid),
since AS (
  SELECT source, min(time) AS since FROM events
  WHERE starts_with(action, 'approval.') GROUP BY source
), others AS (
  SELECT DISTINCT a.source FROM approvals AS a
  JOIN (SELECT * FROM events WHERE source IN (SELECT source FROM act)
      AND action IN (SELECT for_action FROM approvals)) AS e
    ON a.source <> e.source AND a.for_action = e.action AND a.time <= e.time
    AND lower(a.target) IN (lower(e.target), lower(e.target_id))
)
SELECT s.action, s.source, coalesce(s.target, s.target_id, 'an unnamed target') AS target,
  strftime(s.time, '%Y-%m-%d %H:%M:%SZ') AS time, (SELECT count(*) FROM since) AS sources,
  r.since, coalesce(r.since <= s.time - INTERVAL 1 DAY, FALSE) AS recorded
FROM act AS s LEFT JOIN (
  SELECT min(since) AS since FROM since
  WHERE source IN (SELECT source FROM act) OR source IN (SELECT source FROM others)) AS r ON TRUE
"""


def approval_reading(engine: Engine, event_uid: str) -> ApprovalReading:
    """Who asked for, granted and denied the act, and what was missing before it.

    An event that does not exist, or a case without events, has no path.
    """
    present = engine.relations()
    if "approvals" not in present:
        return ApprovalReading((), (), (), "This case has no record of approvals.")
    acts = engine.rows(_ACT, {"uid": event_uid})
    if not acts:
        return ApprovalReading((), (), (), "The act is not in this case.")
    rows = _rows(engine, event_uid)
    return ApprovalReading(
        requested=_lines(rows, "requested"),
        granted=_lines(rows, "granted"),
        denied=_lines(rows, "denied") + _lines(rows, "revoked"),
        sentence=_sentence(acts[0], [row for row in rows if not row["after_act"]]),
        evidence=tuple(row["event_uid"] for row in rows),
    )


def refusals(engine: Engine, event_uid: str) -> dict[str, str]:
    """By uid of each grant for the act why it is no other person's that stood before it, if so.

    The text is empty where nothing says so.
    """
    if "approvals" not in engine.relations():
        return {}
    rows = _rows(engine, event_uid)
    before = [row for row in rows if not row["after_act"]]
    return {row["event_uid"]: _refusal(row, before) for row in rows if row["state"] == "granted"}


def _refusal(row: Row, before: list[Row]) -> str:
    if row["after_act"]:
        return "it came after the act"
    if whose := _whose(row):
        return f"it is by {whose}"
    if taken := _taken(row, before):
        by = taken["approver"] or "an unnamed account"
        how = f"{taken['state']} by {by} at {taken['time']:%Y-%m-%d %H:%M:%SZ}"
        return f"it was {how}" if _later(taken, row) else f"it was {how}, before it or after"
    return ""


def _rows(engine: Engine, event_uid: str) -> list[Row]:
    query = relations.with_absent(engine.relations(), ("act_people", "timed_events"))
    found = statement(_RECORDS, {"uid": event_uid})
    query = query.with_("found", as_=found).select("*").from_("found").order_by("time", "event_uid")
    return engine.rows(query.sql(dialect="duckdb"))


def _lines(rows: list[Row], state: str) -> tuple[str, ...]:
    return tuple(_line(row) for row in rows if row["state"] == state)


def _line(row: Row) -> str:
    asked = row["requested_by"] or "an unnamed account"
    what = f"{row['for_action'] or 'an unnamed action'} on {row['target'] or 'an unnamed target'}"
    when = f"{row['time']:%Y-%m-%d %H:%M:%SZ}{', after the act' if row['after_act'] else ''}"
    if row["state"] == "requested":
        return f"{asked} asked for {what} at {when}"
    role = f" ({row['role']})" if row["role"] else ""
    approver = f"{row['approver'] or 'an unnamed account'}{role}"
    own = f", {whose}" if (whose := _whose(row)) and row["state"] == "granted" else ""
    return f"{approver} {row['state']} {what} to {asked} at {when}{own}"


def _whose(row: Row) -> str:
    """Why a grant is not by another person; empty where nothing says so."""
    if row["own_account"]:
        return "the account that acted"
    if row["own_person"]:
        return "another account of the person who acted"
    return "the account that asked" if row["asked_by_giver"] else ""


def _sentence(act: Row, before: list[Row]) -> str:
    what = f"{act['action']} on {act['target']}"
    granted = [row for row in before if row["state"] == "granted"]
    takers = {row["event_uid"]: _taken(row, before) for row in granted}
    standing = [row for row in granted if not takers[row["event_uid"]]]
    if valid := [row for row in standing if not _whose(row)]:
        return f"Approval was granted before the act: {_line(valid[-1])}."
    if standing:
        return (
            f"Approval of {what} was granted before the act, by no other person:"
            f" {_line(standing[-1])}."
        )
    if taken := [(row, one) for row in reversed(granted) if (one := takers[row["event_uid"]])]:
        open_ = [one for row, one in taken if _later(one, row) is None]
        last = open_[0] if open_ else taken[0][1]
        how = f"was {last['state']} before the act"
        if open_:
            how = "was granted before the act, and whether before or after that"
            how += f" {last['state']} is not known"
        return f"Approval of {what} {how}: {_line(last)}."
    by_state = {row["state"]: row for row in before}
    for state, how in (("denied", "denied"), ("requested", "asked for and not granted")):
        if row := by_state.get(state):
            return f"Approval was {how} before the act: {_line(row)}."
    return _absence(act, what)


def _taken(grant: Row, before: list[Row]) -> Row | None:
    """What took a grant back, or may have: its giver, or the revocation of who granted nothing."""
    givers = {row["giver"] for row in before if row["state"] == "granted"}
    found = None
    for row in before:
        later = _later(row, grant)
        if row["state"] not in ("revoked", "denied") or later is False:
            continue
        stranger = row["state"] == "revoked" and row["giver"] not in givers
        if stranger or row["giver"] == grant["giver"]:
            if later:
                return row
            found = row
    return found


def _later(row: Row, grant: Row) -> bool | None:
    """Whether a record certainly came after a grant; None where their order is not known."""
    low, high = "time_earliest", "time_latest"
    if row["source"] == grant["source"]:
        numbers = row["ordinal"], grant["ordinal"]
        if row["tenant"] == grant["tenant"] and None not in numbers and numbers[0] != numbers[1]:
            return bool(numbers[0] > numbers[1])
        low, high = "time_low", "time_high"
    if grant[high] <= row[low]:
        return True
    return False if row[high] <= grant[low] else None


def _absence(act: Row, what: str) -> str:
    unknown = f"whether {what} was approved is not known."
    if not act["sources"]:
        return f"No source in this case records approvals; {unknown}"
    if act["since"] is None:
        return f"No source in this case records approvals of acts in {act['source']}; {unknown}"
    if not act["recorded"]:
        since = f"{act['since']:%Y-%m-%d %H:%M:%SZ}"
        return f"Approvals of acts in {act['source']} are recorded since {since}; {unknown}"
    return f"Nobody asked for, and nobody granted, approval of {what} before {act['time']}."
