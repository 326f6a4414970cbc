"""Who is a peer: the same role where it is known, else every other human actor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forensics import api
from forensics.people.course import course
from forensics.people.peers import peers

STORY = Path(__file__).parents[2] / "sample_logs" / "stolen-session"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> api.Case:
    made = api.create_case(tmp_path_factory.mktemp("peers") / "case")
    made.ingest(STORY)
    return made


def test_peers_share_the_role_and_are_others(case: api.Case) -> None:
    own = ["contractor-7", "contractor-7@vendor.example"]
    found = peers(case.facts.engine, own)
    assert found.role == "moderator"
    rows = case.facts.engine.rows("SELECT actor, person FROM peers")
    assert found.people == len({row["person"] for row in rows}) > 10
    assert not {row["actor"] for row in rows} & set(own)
    people = {row["person"] for row in rows}
    assert "lead-sf-1" not in people
    assert "helpdesk-1" not in people
    assert re.fullmatch(r"\d+ peers in the role moderator", found.words)


def test_a_role_of_ones_own_leaves_all_other_humans(case: api.Case) -> None:
    found = peers(case.facts.engine, ["helpdesk-1", "helpdesk-1@platform.example"])
    assert found.role is None
    assert found.people > 20
    names = {row["actor"] for row in case.facts.engine.rows("SELECT actor FROM peers")}
    assert "intake" not in names


def test_someone_of_whom_no_roster_speaks_is_unknown_throughout(case: api.Case) -> None:
    start, end = case.facts.span()
    assert start is not None and end is not None
    (only,) = course(case.facts.engine, "nobody", start, end)
    assert (only["since"], only["until"]) == (start, end)
    assert only["phases"] == ["unknown"]
