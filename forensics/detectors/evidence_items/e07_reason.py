"""Does the reason given fit the case, and what peers give?

A code that fits says nothing of whether the reason was true: it can miss a wrong judgement.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import Act, Item, Known, NotKnown
from forensics.findings.document import Count

_RARE, _USUAL = 0.01, 0.05
_ACT_REASON = "SELECT reason_code FROM events WHERE event_uid = $uid"
_REPORTED = """
SELECT reason_code, event_uid FROM item_target
WHERE action = 'case.open' AND case_id = $case_id AND moment <= $at
ORDER BY moment, event_uid LIMIT 1
"""
_PEERS = """
SELECT count(*) FILTER (WHERE lower(e.reason_code) = lower($reason)) AS n, count(*) AS n_all
FROM acts AS e JOIN peers AS p ON p.actor = lower(e.actor)
WHERE e.action = $action AND e.reason_code IS NOT NULL AND e.time < $at
  AND e.time >= $at - INTERVAL 90 DAY
"""


def _answer(act: Act) -> Known | NotKnown:
    code = act.evidence.reason_code
    if code is None:
        return NotKnown("a reason for the act")
    peers = act.peers
    used = act.row(_PEERS, reason=code)
    counts = (Count(label=f"peers' acts of this kind with {code}", n=used["n"], of=used["n_all"]),)
    by_peers = f"{used['n']} of {used['n_all']} acts of this kind by {peers.words} gave it"
    reported = act.rows(_REPORTED)
    told = reported[0]["reason_code"] if reported else None
    cited = tuple(row["event_uid"] for row in reported)
    share = used["n"] / used["n_all"] if used["n_all"] else None
    if told and told.lower() == code.lower():
        value = f"The reason {code} is that of the report; {by_peers}."
        return Known("fits", value, counts, cited)
    if told:
        outcome = "unfit" if share is not None and share < _USUAL else "between"
        return Known(
            outcome, f"The reason {code} is not that of the report, {told}; {by_peers}.",
            counts, cited,
        )  # fmt: skip
    if share is None:
        return NotKnown("a report, or peers' acts, to compare the reason with", counts)
    outcome = "unfit" if share < _RARE else "between"
    return Known(outcome, f"The reason is {code}, under no report; {by_peers}.", counts, cited)


ITEM = Item(
    id="E7",
    question="Does the reason given fit the case, and what peers give?",
    method="The reason code of the act against that of the report that opened its case, and the "
    "share of peers' acts of the same kind in 90 days with that code; under a report of another "
    "reason less than 5 %, without one less than 1 % is unfit.",
    outcomes=("fits", "between", "unfit"),
    settles=("The report itself, and the rule it was to be judged by.",),
    answer=_answer,
    query=lambda act: act.terms(
        f"(action:{act.evidence.action} OR (action:case.open AND {act.on_target}))"
    ),
)
