"""The summaries of an account and of a target in the stories, against what is true."""

from __future__ import annotations

from typing import Any


def test_an_account_over_its_last_weeks(eleven_minutes: Any) -> None:
    shown = eleven_minutes.case.actor("contractor-7")
    truth = eleven_minutes.truth["act"]
    assert [one.phases for one in shown.employment] == [("employed",), ("notice",), ("last_day",)]
    assert shown.employment[1].since == truth["contract_end_recorded"]
    assert shown.employment[2].since.isoformat() == "2017-11-02T07:00:00+00:00"
    assert shown.hours.zone == truth["access_end_zone"]
    # The day shift of San Francisco, on the wall clock.
    worked = [hour for hour, count in enumerate(shown.hours.local) if count]
    assert worked == list(range(7, 17))
    assert (shown.peers.role, shown.peers.people) == ("moderator", 29)
    assert {one.address for one in shown.addresses} == {truth["ip"], "203.0.113.10"}
    assert sum(one.n for one in shown.operations) == shown.events


def test_a_target_and_who_acted_on_it(story: Any) -> None:
    shown, truth = story.case.target("@headofstate"), story.truth
    assert shown.tier == "vip"
    first = shown.actors[0]
    assert (first.account, first.destructive) == (truth["act"]["account"], 1)
    assert [one.number for one in shown.outages] == [1]
    acts = {one.event_uid for one in shown.acts}
    assert {story.uids[truth["act"]["id"]], story.uids[truth["restored"]["id"]]} <= acts
    granted = [one for one in shown.approvals if one.state == "granted"]
    assert len(granted) == truth["act"]["approvals_valid"]
    assert sum(one.acts for one in shown.cases) == bool(truth["act"]["case_id"])
    assert sum(one.n for one in shown.operations) == shown.events
