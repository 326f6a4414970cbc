"""A correlation about one event: the groups that it fell in, and what the nearest came to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

RULES = """
title: Exported
name: exported
id: 0b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c11
logsource: {category: admin_action}
detection: {selection: {action: data.export}, condition: selection}
---
title: Thrice
id: 1b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c12
correlation:
  {type: event_count, rules: [exported], group-by: [actor], timespan: 10m, condition: {gte: 3}}
---
title: Elsewhere
id: 2b1de4f8-41a5-4f3c-9d6a-2f4f2d8a7c13
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: StopLogging}, condition: selection}
---
title: Exported, but not by workers
logsource: {category: admin_action}
filter: {rules: [exported], workers: {actor: nobody}, condition: not workers}
"""


def test_the_groups_of_an_event_and_the_windows_around_it(small: Any, tmp_path: Path) -> None:
    for minutes in (0, 4, 8, 100, 105):
        small.did(minutes, "report_exported")
    small.did(50, "profile_viewed")
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES, encoding="utf-8")
    case = small.case()
    rows = case.facts.engine.rows(
        "SELECT event_uid, action FROM events WHERE actor = 'worker' ORDER BY time"
    )
    uids = [row["event_uid"] for row in rows]
    asked = [case.explain_rule("Thrice", uid, [rules]).answer for uid in (uids[1], *uids[3:5])]
    counted, other, late = asked
    assert (counted.status, counted.together.nearest) == ("matched", ())
    (group,) = counted.together.groups
    assert (group.keys, group.reached, group.events) == (("worker",), 3, 3)
    assert (group.last_time - group.first_time).total_seconds() == 480
    assert (other.status, other.together.nearest) == ("not_matched", ())
    assert [one.status for one in other.rules] == ["not_matched"]
    (window,) = late.together.nearest
    assert (late.status, window.keys, window.reached) == ("not_matched", ("worker",), 2)
    assert [(one.status, one.filters) for one in late.rules] == [
        ("matched", ("Exported, but not by workers",))
    ]
    absent = case.explain_rule("Elsewhere", uids[0], [rules]).answer
    assert absent.status == "not_applicable"
    assert absent.reason.endswith("the rule reads aws/cloudtrail")
