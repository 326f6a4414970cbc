from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from typing import Any

import pytest

from forensics.timeline import order
from forensics.timeline.clocks import register
from forensics.timeline.gaps import gaps
from forensics.timeline.model import Outage, TargetHistory
from forensics.timeline.outage import reconstruct

NAMES = ("eleven-minutes", "approved-enforcement", "stolen-session")


@pytest.fixture(params=NAMES)
def truth(request: pytest.FixtureRequest, stories: Any) -> dict[str, Any]:
    path = stories.folder / request.param / "truth.toml"
    return {"name": request.param, **tomllib.loads(path.read_text(encoding="utf-8"))}


@pytest.fixture
def history(truth: dict[str, Any], load: Any, stories: Any) -> TargetHistory:
    engine = load(stories.events(truth["name"]))
    return reconstruct(engine, "acct-1001", {"moderation_console": 5, "status_probe": 1})


def only_outage(history: TargetHistory) -> Outage:
    (outage,) = history.outages
    return outage


def test_the_outage_is_the_true_one(history: TargetHistory, truth: dict[str, Any]) -> None:
    outage, true = only_outage(history), truth["outage"]
    assert history.aliases == ("@headofstate", "acct-1001")
    assert outage.state == "deactivated"
    assert outage.started_by_uid == truth["act"]["id"]
    assert outage.ended_by_uid == truth["restored"]["id"]
    assert outage.duration.longest is not None
    assert outage.duration.shortest <= true["duration_seconds"] <= outage.duration.longest
    # Both ends are of one clock: what is left open is its drift within eleven minutes.
    drifted = 2 * true["duration_seconds"] * order.DRIFT_PPM / 1e6
    assert outage.duration.longest - outage.duration.shortest < drifted + 0.01
    assert outage.start_earliest <= true["start_true"] <= outage.start_latest
    assert outage.end_earliest is not None and outage.end_latest is not None
    assert outage.end_earliest <= true["end_true"] <= outage.end_latest
    assert [interval.state for interval in history.intervals] == ["active", "deactivated", "active"]
    assert not outage.inferred and history.limits == ()


def test_the_probe_confirms_it(history: TargetHistory, truth: dict[str, Any]) -> None:
    (reading,) = only_outage(history).probe
    true = truth["probe"]
    assert (reading.agrees, reading.down_checks) == ("confirms", true["not_found_rows"])
    assert reading.last_up_before == true["last_active_before"]
    assert reading.first_down == true["first_not_found"]
    assert reading.last_down == true["last_not_found"]
    assert reading.first_up_after == true["first_active_after"]
    assert len(reading.evidence) == 4


def test_the_clocks_are_measured(truth: dict[str, Any], load: Any, stories: Any) -> None:
    engine = load(stories.events(truth["name"]))
    readings = {(one.first, one.second): one for one in register(engine, {}).pairs}
    reading = readings["moderation_console", "okta_system"]
    ahead = truth["clocks"]["moderation_console_ahead_seconds"]
    assert reading.verdict == "consistent"
    assert reading.low_s is not None and reading.high_s is not None
    assert reading.low_s <= ahead <= reading.high_s
    assert reading.anchors == truth["totals"]["request_ids_shared_by_console_and_okta"]


def test_the_holes_are_the_true_ones(truth: dict[str, Any], load: Any, stories: Any) -> None:
    found = [
        gap.count for gap in gaps(load(stories.events(truth["name"]))) if gap.kind == "sequence"
    ]
    assert found == [hole["missing"] for hole in truth.get("sequence_gaps", [])]


@pytest.mark.parametrize("skew", [-90, 90])
def test_bounds_hold_however_wrong_a_clock_is_that_anchors_tell_of(
    truth: dict[str, Any], load: Any, stories: Any, skew: float
) -> None:
    rows = stories.events(truth["name"])
    for row in rows:
        if row["source"] == "moderation_console":
            row["time"] = datetime.fromisoformat(row["time"]) + timedelta(seconds=skew)
    outage = only_outage(reconstruct(load(rows), "@headofstate", {"status_probe": 1}))
    true = truth["outage"]
    assert outage.started_by_uid == truth["act"]["id"]
    assert outage.start_earliest <= true["start_true"] <= outage.start_latest
    assert outage.duration.longest is not None
    assert outage.duration.shortest <= true["duration_seconds"] <= outage.duration.longest
    assert [reading.agrees for reading in outage.probe] == ["confirms"]


def test_the_order_of_the_records_does_not_matter(
    history: TargetHistory, truth: dict[str, Any], load: Any, stories: Any
) -> None:
    rows = [{"record_no": 0, **row} for row in stories.events(truth["name"])]
    again = reconstruct(
        load(reversed(rows)), "acct-1001", {"moderation_console": 5, "status_probe": 1}
    )
    assert again == history
