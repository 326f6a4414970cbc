"""Competing explanations of one act, each with what the records say for it and against it.

After the analysis of competing hypotheses (Heuer): what matters is what an explanation cannot
account for. Under each explanation the facts that tell most come first, an approval on file before
all; the explanations themselves are neither ordered nor weighed. Only a person may judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from forensics.detectors.facts import Facts
from forensics.engine import Row
from forensics.findings.document import ApprovalReading, Evidence, Explanation, PersonReading

_CASE = """
SELECT opened_by, opened_at, assigned_to, assigned_at FROM cases
WHERE case_id = $case_id AND opened_at <= $time
"""
_LOOKUPS = """
SELECT count(*) AS n FROM events
WHERE lower(actor) = lower($actor) AND time < $time AND case_id IS NULL
  AND list_contains(list_transform(targets, lambda one: lower(one)), lower($target))
"""
_SEEN = """
SELECT count(*) FILTER (WHERE device_id = $device) AS same, count(*) AS n FROM events
WHERE lower(actor) = lower($actor) AND device_id IS NOT NULL
  AND time < date_trunc('day', $time::TIMESTAMPTZ)
"""
_PEERS = """
SELECT count(*) AS reports, count(*) FILTER (WHERE acted) AS acted FROM (
  SELECT e.case_id, bool_or(a.event_uid IS NOT NULL) AS acted
  FROM events AS e LEFT JOIN acts AS a
    ON a.case_id = e.case_id AND a.time < $time AND a.action IN (SELECT unnest($destructive))
  WHERE e.action = 'case.open' AND lower(e.target) = lower($target) AND e.time < $time
    AND e.case_id IS DISTINCT FROM $case_id
  GROUP BY e.case_id)
"""

_TITLES = {
    "H1": "A mistake in ordinary queue work",
    "H2": "A deliberate act without authority",
    "H3": "Another person used the account",
    "H4": "Authorised enforcement",
    "H5": "A failure of the process: a second key missing or skipped",
}
_WOULD_DECIDE = {
    "H1": ("The console's screen record of the case.", "The account holder's own statement."),
    "H2": ("Earlier look-ups or messages about the target.", "The account holder's own statement."),
    "H3": ("Sign-in records and badge records of the same hour.", "Forensics of the device."),
    "H4": ("An instruction or approval on file outside these logs.",),
    "H5": ("The console's configuration of two-person approval at that time.",),
}


class _Ledger:
    """What speaks for and against each explanation."""

    def __init__(self) -> None:
        self.fits: dict[str, list[str]] = {key: [] for key in _TITLES}
        self.against: dict[str, list[str]] = {key: [] for key in _TITLES}

    def note(self, sentence: str, *, fits: str = "", against: str = "") -> None:
        for key in fits.split():
            self.fits[key].append(sentence)
        for key in against.split():
            self.against[key].append(sentence)


def explanations(
    facts: Facts,
    act: Evidence,
    actor: PersonReading | None,
    approval: ApprovalReading,
    around: Sequence[Evidence],
) -> tuple[Explanation, ...]:
    """The five explanations in a fixed order, with the evidence computed from the case."""
    ledger = _Ledger()
    _authority(approval, ledger)
    _account(facts, act, ledger)
    _undone(act, around, ledger)
    _case(facts, act, ledger)
    _route(act, ledger)
    _history(facts, act, ledger)
    if not approval.granted:
        # Most acts have no approval, so beside its absence whatever else fits tells more.
        ledger.note(approval.sentence, fits="H1 H2 H3")
    if actor and "last_day" in actor.now.phases:
        ledger.note(
            "It was the last working day, which says little: every leaver has one.", fits="H2"
        )
    return tuple(
        Explanation(
            id=key,
            title=_TITLES[key],
            consistent=tuple(ledger.fits[key]),
            inconsistent=tuple(ledger.against[key]),
            would_decide=_WOULD_DECIDE[key],
        )
        for key in _TITLES
    )


def _one(facts: Facts, sql: str, **parameters: object) -> Row:
    rows = facts.engine.rows(sql, parameters)
    return rows[0] if rows else {}


def _case(facts: Facts, act: Evidence, ledger: _Ledger) -> None:
    """E1: was the target reported and in this account's queue before the act?"""
    if act.case_id is None:
        ledger.note("The act names no case.", fits="H2 H3", against="H1 H4")
        return
    found = _one(facts, _CASE, case_id=act.case_id, time=act.time)
    if not found:
        ledger.note(f"Case {act.case_id} was not open before the act.", fits="H2", against="H1 H4")
        return
    mine = (found["assigned_to"] or "").lower() == (act.actor or "").lower()
    if mine:
        ledger.note(
            f"Case {act.case_id} on the target had been assigned to this account before the act.",
            fits="H1 H4", against="H3",
        )  # fmt: skip
    else:
        whom = found["assigned_to"] or "nobody"
        ledger.note(
            f"Case {act.case_id} was assigned to {whom}, not to this account.",
            fits="H2 H3", against="H1",
        )  # fmt: skip


def _route(act: Evidence, ledger: _Ledger) -> None:
    """E2: from the queue, or by searching for the target?"""
    if act.tool == "queue":
        ledger.note("The act was reached from the queue.", fits="H1 H4")
    elif act.tool in {"search", "console"}:
        ledger.note(f"The act was not reached from the queue but from the {act.tool}.",
                    fits="H2 H3", against="H1")  # fmt: skip


def _history(facts: Facts, act: Evidence, ledger: _Ledger) -> None:
    """E5, E6: earlier look-ups without a case; what others decided on earlier reports."""
    from forensics import actions

    if act.actor and act.target:
        found = _one(facts, _LOOKUPS, actor=act.actor, time=act.time, target=act.target)
        if found["n"]:
            touched = _earlier(found["n"], "event") + " of this account touched the target"
            ledger.note(f"{touched} without a case.", fits="H2", against="H1")
        else:
            ledger.note("The account had not touched the target without a case before.", fits="H1")
    if act.target:
        found = _one(
            facts, _PEERS, time=act.time, target=act.target, case_id=act.case_id,
            destructive=list(actions.destructive()),
        )  # fmt: skip
        if found["reports"]:
            reports = _earlier(found["reports"], "report")
            ledger.note(
                f"{found['acted']} of {reports} on the target led to such an act.",
                fits="" if found["acted"] else "H2 H3",
                against="" if found["acted"] else "H4",
            )


def _account(facts: Facts, act: Evidence, ledger: _Ledger) -> None:
    """E13, E14: the account's usual device, or one never seen before?"""
    doubt = facts.doubts.get(act.event_uid)
    if doubt:
        ledger.note(doubt[0].upper() + doubt[1:] + ".", fits="H3", against="H1 H2")
        return
    if act.device_id is None or act.actor is None:
        return
    found = _one(facts, _SEEN, device=act.device_id, actor=act.actor, time=act.time)
    if found["n"] and found["same"]:
        seen = f"{found['same']} of {_earlier(found['n'], 'event')}"
        ledger.note(f"The device is the account's own: {seen}.", against="H3")


def _earlier(count: int, what: str) -> str:
    return f"{count} earlier {what}{'' if count == 1 else 's'}"


def _authority(approval: ApprovalReading, ledger: _Ledger) -> None:
    """E15, E17: an approval on file, or none asked for?"""
    if approval.granted:
        ledger.note(f"An approval is on file: {approval.granted[0]}.", fits="H4", against="H2 H5")
    else:
        ledger.note(approval.sentence, fits="H5", against="H4")
        ledger.note("The console carried the act out without a second person.", fits="H5")


def _undone(act: Evidence, around: Sequence[Evidence], ledger: _Ledger) -> None:
    """E12: did the account undo or report it within half an hour?"""
    after = [one for one in around if one.time > act.time and one.target == act.target]
    undone = [one for one in after if one.action in {"account.restore", "account.activate"}]
    if undone:
        ledger.note("The account undid the act itself.", fits="H1", against="H2 H3")
    elif around:
        ledger.note("The account did not undo or report the act within 30 minutes.", against="H1")
