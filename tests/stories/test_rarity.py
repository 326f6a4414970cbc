"""How rare the act was is counted over people, as the roster names them."""

from __future__ import annotations

import csv
from typing import Any

from forensics.baselines.rare_combination import profile
from forensics.reports import reading


def _moderators(story: Any) -> set[str]:
    """The people whose last row in a roster gives them the role moderator."""
    roles: dict[str, str] = {}
    for name, person in (("employees.csv", "PersonId"), ("contractors.csv", "Worker")):
        with (story.folder / name).open(encoding="utf-8", newline="") as file:
            roles |= {row[person]: row["Role"] for row in csv.DictReader(file) if row["Role"]}
    return {person for person, role in roles.items() if role == "moderator"}


def test_peers_are_the_moderators_of_the_roster(eleven_minutes: Any) -> None:
    act = eleven_minutes.outage.started_by
    engine = eleven_minutes.case.facts.engine
    actors = engine.rows("SELECT DISTINCT split_part(lower(actor), '@', 1) AS name FROM events")
    peers = _moderators(eleven_minutes) & {row["name"] for row in actors} - {act.actor}
    assert len(peers) == 29
    found = profile(engine, act.event_uid)
    assert found is not None
    assert f"acts of {len(peers)} peers in the role moderator" in found.sentence


def test_the_summary_of_a_stolen_session_begins_with_the_doubt(stolen_session: Any) -> None:
    lines = reading.summary(
        stolen_session.outage, stolen_session.rebuilt.target, reading.References(())
    )
    assert "who used it is not established" in lines[1]
    text = " ".join(lines)
    assert "Employment of the holder of the account" in text
    assert len(text.split()) <= 200
