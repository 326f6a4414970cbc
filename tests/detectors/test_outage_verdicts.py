"""What policies say of single acts behind an outage: what is told, and what is left out."""

from __future__ import annotations

from typing import Any

from forensics.detectors.outage_verdicts import verdicts


def _rule(name: str, on_unknown: str, more: str = "", phase: str = "ended") -> str:
    return f"""\
id: {name}
title: {name}
level: low
scope: {{action: account.suspend}}
forbid: [{{employment: {{phase: {phase}}}}}]
on_unknown: {on_unknown}
{more}
"""


def _told(small: Any, *names: str) -> list[tuple[str, str]]:
    case = small.case()
    uid = case.timeline_table("action:account.suspend").column("event_uid")[0].as_py()
    found, _ = verdicts(case.facts, {uid})
    return [(one.policy, one.value) for one in found if one.policy in names]


def test_what_a_policy_ignores_is_not_told(small: Any) -> None:
    small.files["a.yml"] = _rule("ignores", "ignore")
    small.files["b.yml"] = _rule("reports", "report")
    small.did(0, "account_suspended", login="stranger")
    assert _told(small, "ignores", "reports") == [("reports", "unknown")]


def test_todays_version_is_a_note_only_where_the_version_then_allowed_the_act(small: Any) -> None:
    small.employ("worker", "2017-11-01")
    for name, phase in (("allowed", "leave"), ("broken", "ended")):
        small.files[f"{name}1.yml"] = _rule(name, "report", phase=phase)
        small.files[f"{name}2.yml"] = _rule(name, "report", "effective: {from: 2018-01-01}")
    small.files["later.yml"] = _rule("later", "report", "effective: {from: 2018-01-01}")
    small.did(0, "account_suspended")
    assert _told(small, "allowed", "broken", "later") == [
        ("broken", "violation"),
        ("allowed", "compliant"),
        ("allowed", "not_applicable"),
        ("later", "not_applicable"),
    ]
