"""Correlations in a scan: one finding for each group, and what the records end too early for."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from forensics import api
from forensics.detectors.facts import stable_id
from forensics.findings.document import Finding
from forensics.reports import html, terminal

NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)
RULES = """
title: Exported
name: exported
id: 6a9d4c3e-0000-4000-8000-000000000001
logsource: {category: admin_action}
detection: {it: {action: data.export}, condition: it}
---
title: Many Exports of One Person
id: 6a9d4c3e-0000-4000-8000-000000000002
description: At least three exports.
correlation:
  type: event_count
  rules: [exported]
  group-by: [actor]
  timespan: 10m
  condition: {gte: 3}
level: medium
---
title: Deactivated
name: deactivated
id: 6a9d4c3e-0000-4000-8000-000000000003
logsource: {category: admin_action}
detection: {it: {action: account.deactivate}, condition: it}
---
title: Activated
name: activated
id: 6a9d4c3e-0000-4000-8000-000000000004
logsource: {category: admin_action}
detection: {it: {action: account.activate}, condition: it}
---
title: Not Back
id: 6a9d4c3e-0000-4000-8000-000000000005
correlation:
  type: temporal
  rules: [deactivated, activated]
  group-by: [target]
  timespan: 1h
  condition: deactivated and not activated
level: low
---
title: Done by Several
id: 6a9d4c3e-0000-4000-8000-000000000006
correlation:
  type: value_count
  rules: [deactivated]
  group-by: [case_id]
  timespan: 1h
  condition: {gte: 2, field: actor}
level: high
---
title: Repository Deleted
name: repository_deleted
id: 6a9d4c3e-0000-4000-8000-000000000007
logsource: {product: github, service: audit}
detection: {it: {action: repo.destroy}, condition: it}
---
title: Deactivated and Then Deleted
id: 6a9d4c3e-0000-4000-8000-000000000008
correlation:
  type: temporal_ordered
  rules: [deactivated, repository_deleted]
  group-by: [who]
  aliases:
    who: {deactivated: actor, repository_deleted: actor}
  timespan: 10m
level: high
---
title: Deactivated and Then Exported
id: 6a9d4c3e-0000-4000-8000-000000000009
correlation:
  type: temporal_ordered
  rules: [deactivated, exported]
  group-by: [actor]
  timespan: 40m
level: high
"""


def deleted(seconds: float, by: str) -> str:
    """A record of GitHub, so long after the story begins."""
    told = {
        "@timestamp": int((NOON + timedelta(seconds=seconds)).timestamp() * 1000),
        "_document_id": f"d-{by}-{seconds}",
        "action": "repo.destroy",
        "actor": by,
        "repo": "org/repo",
        "org": "org",
    }
    return json.dumps(told)


@pytest.fixture(scope="module")
def scanned(lasting: Any) -> api.ScanReport:
    """Two runs of exports, of which one is two windows; accounts not back, and one open.

    GitHub tells of an act of the worker a second after one on the console, and of one of the lead
    minutes after; either clock may be off by seconds.
    """
    small = lasting
    for minutes in (0, 5, 9, 12, 16):
        small.did(minutes, "report_exported")
    small.did(30, "account_deactivated", on="@away")
    small.did(40, "account_deactivated", on="@away-too", login="lead")
    for minutes in (60, 61, 62):
        small.did(minutes, "report_exported")
    small.did(100, "account_deactivated", on="@open")
    small.did(120, "profile_viewed")
    lines = deleted(30 * 60 + 1, "worker"), deleted(44 * 60, "lead")
    small.files["github.jsonl"] = "\n".join(lines) + "\n"
    file = small.folder / "together.yml"
    file.write_text(RULES, encoding="utf-8")
    return small.case().scan([file])


def of(document: api.ScanReport, title: str) -> list[Finding]:
    return [one for one in document.findings if one.title == title]


TIED = """
title: Exported
name: exported
id: 21165417-8e99-4cae-a64e-ca0f0ab040a7
logsource: {category: admin_action}
detection: {it: {action: data.export}, condition: it}
---
title: Many Exports of One Person
id: 6a9d4c3e-0000-4000-8000-000000000002
correlation:
  {type: event_count, rules: [exported], group-by: [actor], timespan: 10m, condition: {gte: 3},
   generate: true}
"""


def test_events_of_one_moment_are_in_the_order_of_their_records(small: Any) -> None:
    for number in range(12):
        small.did(1, "report_exported", on=f"@{number}")
    small.did(2, "profile_viewed")
    file = small.folder / "tied.yml"
    file.write_text(TIED, encoding="utf-8")
    case = small.case()
    document = case.scan([file])
    (remark,) = document.remarks
    assert remark.startswith(f"{file} is asked in place of the tool's own admin_action/")
    for title, listed in (("Many Exports of One Person", 12), ("Exported", 8)):
        (told,) = of(document, title)
        assert [one.target for one in told.evidence] == [f"@{n}" for n in range(listed)]
    (told,) = of(document, "Many Exports of One Person")
    # The id is that of before, when events of one moment stood in the order of their ids.
    first = min(one.event_uid for one in told.evidence)
    assert told.id == stable_id("sigma_matches", told.rule, "worker", first)


def test_what_would_refute_a_match_is_told_of_it(scanned: api.ScanReport) -> None:
    first, _ = of(scanned, "Many Exports of One Person")
    asked, repeated = first.refutes
    assert asked == (
        "A ticket, change or approval of before 2017-11-02 12:00:00Z that asks for these acts by"
        " worker on @somebody."
    )
    assert "repeated request" in repeated
    away, _ = sorted(of(scanned, "Not Back"), key=lambda one: one.first_time)
    assert away.refutes[1] == "A record within 1h of what was not found: Activated."
    (ordered,) = of(scanned, "Deactivated and Then Exported")
    assert "another order" in ordered.refutes[1]


def test_a_rule_is_named_by_its_id(scanned: api.ScanReport) -> None:
    (told,) = of(scanned, "Done by Several")
    assert told.rule == "6a9d4c3e-0000-4000-8000-000000000006"


def test_each_stretch_of_windows_is_one_finding(scanned: api.ScanReport) -> None:
    first, second = of(scanned, "Many Exports of One Person")
    assert (first.actor, second.actor) == ("worker", "worker")
    assert first.id != second.id
    told = first.correlation
    assert told is not None
    assert [(one.field, one.value) for one in told.group] == [("actor", "worker")]
    assert (told.events, told.reached, told.counted) == (5, 3, "events")
    assert (told.condition, told.timespan) == ("at least 3 events within 10m", 600)
    assert [(one.rule, one.events) for one in told.parts] == [("exported", 5)]
    assert len(first.evidence) == 5
    assert told.first_earliest <= first.first_time <= told.first_latest
    assert told.last_earliest <= first.last_time <= told.last_latest
    assert (first.last_time - first.first_time).total_seconds() == 16 * 60
    assert second.correlation is not None
    assert second.correlation.events == 3


def test_rules_that_only_serve_find_nothing_of_their_own(scanned: api.ScanReport) -> None:
    assert of(scanned, "Many Exports of One Person")
    for served in ("Exported", "Deactivated", "Activated"):
        assert not of(scanned, served)


def test_what_did_not_follow_is_told_and_what_is_open_is_named(scanned: api.ScanReport) -> None:
    away, too = sorted(of(scanned, "Not Back"), key=lambda one: one.first_time)
    assert (away.target, too.target) == ("@away", "@away-too")
    (line,) = [
        one
        for one in scanned.coverage.not_evaluated
        if one.startswith("rule 'Not Back' (6a9d4c3e, version ")
    ]
    assert "1 event is not decided" in line
    assert "2017-11-02 14:40:00Z" in line
    assert not scanned.incomplete


def test_a_group_of_several_accounts_names_them(scanned: api.ScanReport) -> None:
    (told,) = of(scanned, "Done by Several")
    assert told.actor is None
    assert told.correlation is not None
    assert told.correlation.accounts == 2
    assert told.correlation.counted == "different values of actor"
    assert "By 2 accounts: lead, worker." in told.sentences


def test_an_order_that_clocks_leave_open_is_not_known(scanned: api.ScanReport) -> None:
    doubted = {one.actor: one.missing for one in of(scanned, "Deactivated and Then Deleted")}
    assert set(doubted) == {"worker", "lead"}
    assert doubted["lead"] == ()
    (why,) = doubted["worker"]
    assert why.startswith("the order of the events: the clocks of github_audit and ")
    (one_clock,) = of(scanned, "Deactivated and Then Exported")
    assert one_clock.missing == ()
    assert one_clock.correlation is not None
    assert [(one.title, one.events) for one in one_clock.correlation.parts] == [
        ("Deactivated", 1),
        ("Exported", 3),
    ]


def test_every_report_shows_the_group(scanned: api.ScanReport) -> None:
    console = Console(file=io.StringIO(), width=200)
    terminal.scan(scanned, console)
    assert isinstance(console.file, io.StringIO)
    for shown in (console.file.getvalue(), html.scan(scanned)):
        text = " ".join(shown.split())
        assert "Group: actor worker." in text
        assert "Asked: at least 3 events within 10m." in text
        assert "Found: 5 events, 3 events in one window." in text
        assert "Several windows of this group overlap and are told as one." in text
        assert "Built of: Exported (5)." in text
        assert "not decided" in text
        assert "several" in text
