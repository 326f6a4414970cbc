"""Whose an unresolved account may be: what is proposed, and what a proposal never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from forensics import people
from forensics.engine import Row
from forensics.sources.context import ACCOUNTS, EMPLOYEES

TEXT = pa.string()
ROSTER = (
    "EmailAddress,ResignationDate,LastWorkingDate,PersonId\n"
    "dora.moss@x.example,,,E1\nkim.moss@x.example,,,E2\nlee.roe@x.example,,,E3\n"
)


def proposed(world: Any, make_file: Any, *acts: tuple[str, str], accounts: str = "") -> list[Row]:
    """What is proposed for the acts, each of an account at a time."""
    header = "account,source,person,kind,valid_from,valid_to\n"
    files = [make_file(EMPLOYEES, ROSTER), make_file(ACCOUNTS, header + accounts)]
    people.register(world.engine, files)
    columns = {
        "event_uid": pa.array([str(n) for n in range(len(acts))], TEXT),
        "source": pa.array(["moderation_console"] * len(acts), TEXT),
        "actor": pa.array([actor for actor, _ in acts], TEXT),
        "actor_type": pa.array(["user"] * len(acts), TEXT),
        "actor_email": pa.nulls(len(acts), TEXT),
        "actor_name": pa.nulls(len(acts), TEXT),
        "time": pa.array(
            [datetime.fromisoformat(time) for _, time in acts], pa.timestamp("us", tz="UTC")
        ),
    }
    world.engine.register("events", pa.table(columns))
    return [one for row in people.unresolved(world.engine) for one in row["proposals"]]


@pytest.mark.parametrize(
    ("actor", "whose"),
    [
        ("d.moss", ["E1"]),
        ("admin-roe", ["E3"]),
        ("k_moss", ["E2"]),
        ("moss", ["E1", "E2"]),
        ("x.moss", []),
        ("support", []),
    ],
)
def test_a_word_of_the_name_proposes_where_nothing_speaks_against_it(
    world: Any, make_file: Any, actor: str, whose: list[str]
) -> None:
    found = proposed(world, make_file, (actor, "2017-11-02T12:00:00+00:00"))
    assert [(one["person"], one["why"]) for one in found] == [
        (person, "a word of the name") for person in whose
    ]
    kind = "admin" if actor.startswith("admin") else "personal"
    assert all(f",{kind}," in one["row"] for one in found)


def test_a_proposal_leaves_what_is_listed_for_other_times(world: Any, make_file: Any) -> None:
    listed = (
        "dora.moss,moderation_console,E1,admin,2017-01-01,2017-06-01\n"
        "dora.moss,moderation_console,E3,personal,2018-01-01,\n"
    )
    found = proposed(world, make_file, ("dora.moss", "2017-11-02T12:00:00+00:00"), accounts=listed)
    rows = {one["person"]: one["row"] for one in found}
    between = "2017-06-01T00:00:00Z,2018-01-01T00:00:00Z"
    assert rows["E1"] == f"dora.moss,moderation_console,E1,admin,{between}"
    # Accepted, it resolves the act and changes nobody else's time.
    accounts = listed + rows["E1"] + "\n"
    acts = [("dora.moss", f"{day}T12:00:00+00:00") for day in ("2017-03-01", "2018-03-01")]
    assert proposed(world, make_file, *acts, accounts=accounts) == []
    assert [world.judge(*act)[1]["person"] for act in acts] == ["E1", "E3"]
