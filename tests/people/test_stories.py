"""The people of the sample stories, against what the stories say is true."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forensics import people
from forensics.sources.context import KINDS, POLICY, ContextFile

STORIES = Path(__file__).parents[2] / "sample_logs"
WINDOW = (datetime(2017, 10, 16, tzinfo=UTC), datetime(2017, 11, 3, 8, tzinfo=UTC))


def load(world: Any, story: str) -> tuple[dict[str, Any], people.PeopleLoad]:
    folder = STORIES / story
    imported_at = datetime(2020, 1, 1, tzinfo=UTC)
    files = [
        ContextFile(kind, path.name, "", path.read_bytes(), imported_at)
        for kind in KINDS
        if kind != POLICY and (path := folder / f"{kind}.csv").exists()
    ]
    truth = tomllib.loads((folder / "truth.toml").read_text(encoding="utf-8"))
    return truth, people.register(world.engine, files)


@pytest.mark.parametrize("story", ["eleven-minutes", "stolen-session"])
def test_the_account_s_person_was_on_the_last_day(world: Any, story: str) -> None:
    truth, _ = load(world, story)
    act = truth["act"]
    at_act, now = world.judge(act["account"], act["time_logged"].isoformat())
    assert at_act["phases"] == [act["phase_as_known_at_act"]]
    assert now["phases"] == [act["phase"]]
    assert now["access_end_earliest"] == now["access_end_latest"] == act["access_end"]
    assert (now["zone"], now["zone_basis"]) == (act["zone"], "worker")


def test_the_leavers_of_the_window_and_nobody_else(world: Any) -> None:
    truth, _ = load(world, "eleven-minutes")
    left = [row["person"] for row in people.leavers(world.engine, *WINDOW)]
    assert sorted(left) == sorted(truth["people"]["left_in_window"])


def test_those_in_notice_are_in_notice_and_the_rescinded_is_employed(world: Any) -> None:
    truth, _ = load(world, "eleven-minutes")
    days = [(WINDOW[0] + timedelta(days=n)).isoformat() for n in range(19)]
    named = {
        person
        for group in ("in_notice_in_window", "rescinded", "left_before_window")
        for person in truth["people"][group]
    }
    acts = [(who, "moderation_console", day, day) for who in sorted(named) for day in days]
    world.acts(acts)
    people.judge(world.engine)
    rows = world.engine.rows(
        "SELECT person, time, phases FROM act_people JOIN acts USING (event_uid)"
        " WHERE belief = 'at_act'"
    )
    phases = {(row["person"], row["time"].isoformat()): row["phases"] for row in rows}
    assert len(phases) == len(acts)
    for person in truth["people"]["in_notice_in_window"]:
        assert ["notice"] in [phases[person, day] for day in days]
    for person in truth["people"]["rescinded"]:
        assert phases[person, days[-1]] == ["employed"]
    for person in truth["people"]["left_before_window"]:
        assert phases[person, days[0]] == ["ended"]


def test_the_only_problem_is_the_contract_without_an_end(world: Any) -> None:
    truth, load_ = load(world, "eleven-minutes")
    (unknown,) = truth["people"]["end_unknown"]
    (problem,) = load_.problems
    assert problem.message == f"No end is recorded for {unknown!r}; the phase stays unknown."


def test_a_zone_left_empty_is_taken_from_the_site(world: Any) -> None:
    load(world, "eleven-minutes")
    _, now = world.judge("contractor-9", "2017-10-27T15:59:59+00:00")
    assert (now["phases"], now["zone"], now["zone_basis"]) == (["last_day"], "Asia/Manila", "site")
    assert world.phases("contractor-9", "2017-10-27T16:00:00+00:00")[1] == {"ended"}
