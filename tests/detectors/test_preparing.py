"""What questions of policy stand on, as the logs of a case tell it."""

from __future__ import annotations

from typing import Any

from forensics import policy


def test_blanks_around_a_name_hide_no_target(small: Any) -> None:
    small.approval(-60 * 24 * 9, on="@someone")
    small.approval(-10, on=" @Protected")
    for minutes, name in enumerate(("\t@protected ", "@protected\u00a0", "@other ")):
        small.did(minutes, "account_deactivated", on=name)
    for record in small.records:
        record["target"]["id"] = None
    small.files["protected_targets.csv"] += "@other,vip,2017-01-01T00:00:00Z,\n"
    facts = small.case().facts
    asked = [one for one in facts.policies.policies if one.id == "P1-vip-two-person"]
    found = policy.evaluate(facts.engine, asked).verdicts
    assert [one.value for one in found] == ["compliant", "compliant", "violation"]
