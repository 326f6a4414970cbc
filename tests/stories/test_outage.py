"""The rebuilt outage of each story says what truth.toml says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forensics.findings.document import Evidence


def test_the_bounds_contain_the_true_start_and_end(story: Any) -> None:
    outage, truth = story.outage, story.truth["outage"]
    assert outage.start_earliest <= truth["start_true"] <= outage.start_latest
    assert outage.end_earliest <= truth["end_true"] <= outage.end_latest


def test_the_bounds_are_no_wider_than_the_clocks_explain(story: Any) -> None:
    widest = timedelta(seconds=30)
    assert story.outage.start_latest - story.outage.start_earliest < widest
    assert story.outage.end_latest - story.outage.end_earliest < widest


def test_the_duration_is_known_but_for_the_drift_of_one_clock(story: Any) -> None:
    duration, truth = story.outage.duration, story.truth["outage"]["duration_seconds"]
    assert duration.shortest <= truth <= duration.longest
    assert duration.longest - duration.shortest < 2 * truth * 500e-6 + 0.01


def test_the_console_clock_was_measured(story: Any) -> None:
    ahead = story.truth["clocks"]["moderation_console_ahead_seconds"]
    (reading,) = [
        one
        for one in story.case.facts.clock_readings
        if (one.first, one.second) == ("moderation_console", "okta_system")
    ]
    assert reading.low_s is not None
    assert reading.high_s is not None
    assert reading.low_s <= ahead <= reading.high_s
    assert f"between {reading.low_s:g} s and {reading.high_s:g} s ahead" in reading.sentence


@pytest.mark.parametrize("part", ["act", "restored"])
def test_who_did_what_where_is_as_recorded(story: Any, part: str) -> None:
    truth = story.truth[part]
    act: Evidence = story.outage.started_by if part == "act" else story.outage.ended_by
    assert act.event_uid == story.uids[truth["id"]]
    assert act.time == truth["time_logged"]
    assert act.earliest <= truth["time_true"] <= act.latest
    shown = (act.actor, act.operation, act.target, act.case_id or "", act.reason_code)
    assert shown == tuple(
        truth[key] for key in ("account", "operation", "target", "case_id", "reason_code")
    )
    where = (act.session_id, act.src_ip, act.device_id, act.tool)
    assert where == tuple(truth[key] for key in ("session", "ip", "device", "tool"))


def test_the_person_and_both_beliefs(story: Any) -> None:
    truth, person = story.truth["act"], story.outage.actor
    assert person.at_act.phases == (truth["phase_as_known_at_act"],)
    assert person.now.phases == (truth["phase"],)
    if truth["person_grade"] == "high":
        assert person.person == truth["person"]
        assert person.grade in {"A", "B"}
    else:
        assert person.grade == "E"
        assert "not established" in person.sentence


def test_the_last_day_is_judged_in_the_workers_zone(eleven_minutes: Any) -> None:
    truth, belief = eleven_minutes.truth["act"], eleven_minutes.outage.actor.at_act
    assert belief.zone == truth["access_end_zone"]
    assert belief.zone_basis == "worker"
    assert belief.access_end_earliest == belief.access_end_latest == truth["access_end"]
    assert belief.recorded_at == truth["contract_end_recorded"]
    assert "last working day" in belief.sentence
    assert f"judged in the worker's zone {truth['access_end_zone']}" in belief.sentence


def test_the_approval_path(story: Any) -> None:
    approval, truth = story.outage.approval, story.truth["act"]
    assert len(approval.requested) == truth["approvals_requested"]
    assert len(approval.granted) == truth["approvals_valid"]
    if not truth["approvals_requested"]:
        assert "Nobody asked" in approval.sentence
        assert "nobody granted" in approval.sentence


def test_the_approval_names_the_second_person(approved_enforcement: Any) -> None:
    (granted,) = approved_enforcement.outage.approval.granted
    assert approved_enforcement.truth["approval"]["account"] in granted


def test_the_restorer_is_another_person(story: Any) -> None:
    assert story.outage.restorer.person == story.truth["restored"]["account"]
    assert story.outage.restorer.person != story.outage.actor.person


def test_the_probe_confirms(story: Any) -> None:
    truth = story.truth["probe"]
    (probe,) = story.outage.probe
    assert probe.agrees == "confirms"
    assert probe.down_checks == truth["not_found_rows"]
    assert probe.last_up_before == truth["last_active_before"]
    assert probe.first_down == truth["first_not_found"]
    assert probe.last_down == truth["last_not_found"]
    assert probe.first_up_after == truth["first_active_after"]


def test_the_account_was_up_before_and_after(story: Any) -> None:
    assert [one.state for one in story.rebuilt.intervals] == ["active", "deactivated", "active"]


def _cited(story: Any) -> list[Evidence]:
    outage = story.outage
    ends = [one for one in (outage.started_by, outage.ended_by) if one]
    findings = [item for finding in story.scan.findings for item in finding.evidence]
    return [*ends, *outage.around, *outage.witnesses, *findings]


def test_every_cited_event_is_the_record_at_its_place_in_its_file(story: Any) -> None:
    cited = {item.event_uid: item for item in _cited(story)}
    rows = story.case.store.engine.rows(
        "SELECT event_uid, raw FROM events WHERE list_contains($uids, event_uid)",
        {"uids": sorted(cited)},
    )
    raws = {row["event_uid"]: row["raw"] for row in rows}
    assert raws.keys() == cited.keys()
    files = {one.file: one.sha256 for one in story.rebuilt.coverage.files}
    for uid, item in cited.items():
        line = story.lines(Path(item.file).name)[item.record_no]
        if not item.file.endswith(".csv"):
            assert line == raws[uid]
        assert files[item.file] == item.file_sha256


def test_every_uid_that_is_named_is_cited(story: Any) -> None:
    outage = story.outage
    known = {item.event_uid for item in _cited(story)}
    named = {uid for probe in outage.probe for uid in probe.evidence}
    named |= {uid for verdict in outage.verdicts for uid in verdict.evidence}
    assert named <= known


def test_the_six_explanations_are_always_all_there(story: Any) -> None:
    assert [one.id for one in story.outage.explanations] == ["H1", "H2", "H3", "H4", "H5", "H6"]
    assert all(one.would_decide for one in story.outage.explanations)
