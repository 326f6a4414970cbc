"""What lint says of a correlation, which a scan would not evaluate."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.rules.linting import lint
from forensics.rules.load import load

BASE = """title: Base
id: 3a3f6b39-5a0f-4d4c-8d0e-9f6f1f0f7a01
name: base
level: low
description: d
falsepositives: [f]
logsource: {category: admin_action}
detection: {s: {action: account.delete}, condition: s}
---
title: Counted
id: 3a3f6b39-5a0f-4d4c-8d0e-9f6f1f0f7a02
level: low
description: d
falsepositives: [f]
correlation: {type: event_count, rules: [base], group-by: [GROUP], timespan: 1h,
  condition: {gte: 2}}
"""


@pytest.mark.parametrize(("field", "why"), [("actor", None), ("actr", "There is no field 'actr'")])
def test_a_correlation_is_compiled_too(tmp_path: Path, field: str, why: str | None) -> None:
    (tmp_path / "a.yml").write_text(BASE.replace("GROUP", field), encoding="utf-8")
    found = [one.message for one in lint(load([tmp_path])) if one.severity == "fault"]
    assert [why in one for one in found if why] == ([True] if why else [])
    assert len(found) == (1 if why else 0)
