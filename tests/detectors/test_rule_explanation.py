"""A correlation about one event: the groups that it fell in, and what the nearest came to."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from forensics.findings.document import CustodyHead
from forensics.findings.rules import RuleEvent, RuleExplanation
from forensics.reports.terminal import rule_explanation

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


def act(title: str, action: str) -> str:
    return (
        f"title: {title}\nname: {title.lower()}\nlogsource: {{category: admin_action}}\n"
        f"detection: {{s: {{action: {action}}}, condition: s}}\n---\n"
    )


def together(title: str, kind: str, rules: str, more: str) -> str:
    asked = f"type: {kind}, rules: [{rules}], {more}"
    return f"title: {title}\nname: {title.lower()}\ncorrelation: {{{asked}}}\n---\n"


KINDS = "".join(
    (
        act("Exported", "data.export"),
        act("Deactivated", "account.deactivate"),
        act("Activated", "account.activate"),
        together("Counted", "event_count", "exported", "group-by: [actor], timespan: 10m,"
                 " condition: {gte: 3}"),
        together("Values", "value_count", "deactivated", "group-by: [actor], timespan: 10m,"
                 " condition: {gte: 3, field: target}"),
        together("Both", "temporal", "deactivated, exported", "group-by: [actor], timespan: 10m"),
        together("Order", "temporal_ordered", "exported, deactivated",
                 "group-by: [actor], timespan: 10m"),
        together("Reversed", "temporal_ordered", "deactivated, exported",
                 "group-by: [actor], timespan: 10m"),
        together("Missing", "temporal", "deactivated, activated", "group-by: [target],"
                 " timespan: 1h, condition: deactivated and not activated"),
        together("New", "event_count", "deactivated", "group-by: [actor], timespan: 1h,"
                 " condition: {gte: 1}, new_terms: {warm_up: 1m, placeholders: [lead]}"),
        together("Cased", "event_count", "exported", "group-by: [case_id], timespan: 10m,"
                 " condition: {gte: 9}"),
        together("Twice", "event_count", "exported", "group-by: [actor], timespan: 3m,"
                 " condition: {gte: 2}"),
        together("Chained", "event_count", "twice", "group-by: [actor], timespan: 1d,"
                 " condition: {gte: 2}"),
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def explained(lasting: Any) -> Callable[[str, int], Any]:
    """What is said of a correlation and the event of a minute.

    Two runs of the worker; accounts switched off, on again, and one too late to tell.
    """
    done = [
        (0, "report_exported", {}),
        (2, "report_exported", {}),
        (4, "account_deactivated", {"on": "@one"}),
        (6, "account_deactivated", {"on": "@two"}),
        (30, "account_activated", {"on": "@one", "login": "lead"}),
        (50, "report_exported", {"case": None, "login": "lead"}),
        (52, "account_deactivated", {"on": "@three", "login": "lead"}),
        (90, "account_deactivated", {"on": "@four"}),
        (91, "profile_viewed", {}),
    ]
    for minute, action, fields in done:
        lasting.did(minute, action, **fields)
    rules = lasting.folder / "kinds.yml"
    rules.write_text(KINDS.removesuffix("---\n"), encoding="utf-8")
    case = lasting.case()
    rows = case.facts.engine.rows("SELECT event_uid FROM events ORDER BY time")
    uids = {minute: row["event_uid"] for (minute, _, _), row in zip(done, rows, strict=True)}
    return lambda rule, minute: case.explain_rule(rule, uids[minute], [rules]).answer


def lacking(answer: Any) -> list[str]:
    return [said for one in answer.together.nearest for said in one.lacking]


def at(minute: int) -> str:
    return f"2017-11-02 {12 + minute // 60}:{minute % 60:02}:00Z"


def test_a_count_says_which_window_came_nearest(explained: Any) -> None:
    assert lacking(explained("Counted", 0)) == [
        (
            f"the nearest window, from {at(0)} to {at(2)}, comes to 2 events;"
            " asked is at least 3 events within 10m"
        )
    ]
    assert lacking(explained("Values", 4)) == [
        (
            f"the nearest window, from {at(4)} to {at(6)}, comes to 2 different values of target"
            " (@one, @two), 2 events; asked is at least 3 different values of target within 10m"
        )
    ]


def test_rules_together_say_which_did_not_occur(explained: Any) -> None:
    answer = explained("Both", 90)
    assert (answer.status, lacking(answer)) == (
        "not_matched",
        ["within 10m before and after there was no: Exported"],
    )
    (window,) = answer.together.nearest
    deactivated, exported = window.occurrences
    assert (deactivated.events, exported.events, window.keys) == (1, 0, ("worker",))
    assert exported.nearest == datetime(2017, 11, 2, 12, 2, tzinfo=UTC)
    assert deactivated.first_time == datetime(2017, 11, 2, 13, 30, tzinfo=UTC)
    assert explained("Both", 52).status == "matched"


def test_an_order_says_in_which_order_they_were(explained: Any) -> None:
    assert explained("Order", 4).status == "matched"
    (told,) = lacking(explained("Reversed", 4))
    assert told == (
        "all are there, but not in this order within 10m:"
        f" Deactivated from {at(4)} to {at(6)}; Exported from {at(0)} to {at(2)}"
    )
    assert lacking(explained("Order", 90)) == ["within 10m before and after there was no: Exported"]


def test_an_absence_says_what_followed_or_how_long_it_is_open(explained: Any) -> None:
    answer = explained("Missing", 4)
    assert (answer.status, lacking(answer)) == (
        "not_matched",
        [f"what must not follow did: Activated at {at(30)}, 26m after"],
    )
    assert [one.asked for one in answer.together.nearest[0].occurrences] == [True, False]
    assert lacking(explained("Missing", 30))[-1] == (
        "the event is itself what must not occur: Activated"
    )
    open_ = explained("Missing", 90)
    assert (open_.status, open_.together.undecided) == ("undecided", True)
    assert open_.together.until == datetime(2017, 11, 2, 14, 30, tzinfo=UTC)
    assert explained("Missing", 6).status == "matched"


def test_what_is_not_new_says_when_it_was_before(explained: Any) -> None:
    assert lacking(explained("New", 6)) == [
        f"worker is not new: it was there at {at(4)}, 2m before"
    ]
    assert lacking(explained("New", 52)) == ["'lead' stands for no value, so it is never new"]
    assert explained("New", 90).status == "matched"


def test_an_event_in_no_group_says_why(explained: Any) -> None:
    assert explained("Cased", 50).together.outside == (
        "the record does not say case_id, by which events are grouped"
    )
    assert explained("Cased", 4).together.outside == (
        "none of the rules that it stands on matched the event"
    )
    assert explained("Cased", 0).together.outside is None


def test_a_chain_says_it_of_the_correlation_below(explained: Any) -> None:
    inside = explained("Chained", 0)
    assert [one.status for one in inside.rules] == ["matched"]
    (window,) = inside.together.nearest
    assert (window.reached, window.keys) == (1, ("worker",))
    assert lacking(inside) == [
        f"the nearest window, at {at(2)}, comes to 1 event; asked is at least 2 events within 1d"
    ]
    alone = explained("Chained", 50)
    assert alone.together.outside == "it counts only where it is part of a match of: Twice"
    (below,) = alone.rules
    assert lacking(below) == [
        f"the nearest window, at {at(50)}, comes to 1 event; asked is at least 2 events within 3m"
    ]


def test_a_terminal_shows_what_lacked(explained: Any) -> None:
    shown = []
    for rule, minute in (("Missing", 4), ("Missing", 90), ("Both", 90), ("Cased", 4)):
        console = Console(file=io.StringIO(), width=200)
        answer = explained(rule, minute)
        rule_explanation(
            RuleExplanation(
                schema=1,
                tool_version="0",
                event=EVENT,
                answer=answer,
                incomplete=(),
                custody=CustodyHead(entries=0, head=""),
            ),
            console,
        )
        assert isinstance(console.file, io.StringIO)
        shown.append(" ".join(console.file.getvalue().split()))
    followed, open_, absent, none = shown
    assert "what must not follow did: Activated" in followed
    assert "not to occur: Activated: 1 event at 2017-11-02 12:30:00" in followed
    assert "not decided" in open_
    assert "have to go on to 2017-11-02 14:30:00.000 UTC" in open_
    assert "Exported: none 10m before or after; the nearest at 2017-11-02 12:02:00" in absent
    assert "no group: none of the rules that it stands on matched the event" in none


EVENT = RuleEvent(
    event_uid="0" * 32,
    source="x",
    time=None,
    actor=None,
    action="other",
    operation=None,
    target=None,
)
