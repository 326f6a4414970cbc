"""Accounts and persons: stated, inferred only where nothing else is possible, or unresolved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from forensics import people
from forensics.people.identity import Account, persons_by_account, read_accounts
from forensics.sources.context import ACCOUNTS, DIRECTORY, EMPLOYEES, ContextFile

NOON = "2017-11-02T12:00:00+00:00"
JUNE = datetime(2017, 6, 1, tzinfo=UTC)


def test_names_are_compared_without_regard_to_case(world: Any) -> None:
    world.load(accounts="Contractor-7,Moderation_Console,person-7,personal,,\n")
    _, now = world.judge("CONTRACTOR-7", NOON)
    assert (now["person"], now["account_kind"]) == ("person-7", "personal")


def test_an_entry_for_the_source_outweighs_one_for_any(world: Any) -> None:
    world.load(accounts="root,,person-1,admin,,\nroot,moderation_console,person-2,admin,,\n")
    world.acts([("root", "moderation_console", NOON, NOON), ("root", "okta_system", NOON, NOON)])
    people.judge(world.engine)
    rows = world.engine.rows(
        "SELECT person FROM act_people WHERE belief = 'now' ORDER BY event_uid"
    )
    assert [row["person"] for row in rows] == ["person-2", "person-1"]


@pytest.mark.parametrize(
    ("time", "person"),
    [
        ("2017-05-31T23:59:59+00:00", "person-1"),
        ("2017-06-01T00:00:00+00:00", "person-2"),
        ("2018-01-01T00:00:00+00:00", None),
    ],
)
def test_validity_is_half_open_and_decides_at_the_act(
    world: Any, time: str, person: str | None
) -> None:
    world.load(
        accounts="mod-3,,person-1,personal,,2017-06-01\n"
        "mod-3,,person-2,personal,2017-06-01,2018-01-01\n",
        # Outside the validity of its entries a listed name is nobody's, whatever a roster says.
        employees="mod-3@x.example,,,person-9,,,,,,,,\n",
    )
    assert world.judge("mod-3", time)[1]["person"] == person


@pytest.mark.parametrize(
    ("earliest", "latest", "person"),
    [
        ("2017-05-31T23:59:50+00:00", "2017-05-31T23:59:59+00:00", "person-1"),
        ("2017-05-31T23:59:59+00:00", "2017-06-01T00:00:02+00:00", None),
        ("2017-12-31T23:59:59+00:00", "2018-01-01T00:00:02+00:00", None),
        ("2018-02-28T23:59:59+00:00", "2018-03-01T00:00:02+00:00", None),
        ("2018-03-31T23:59:59+00:00", "2018-04-01T00:00:02+00:00", "person-3"),
    ],
)
def test_an_act_across_a_hand_over_is_nobody_s_for_certain(
    world: Any, earliest: str, latest: str, person: str | None
) -> None:
    world.load(
        accounts="mod-3,,person-1,personal,,2017-06-01\n"
        "mod-3,,person-2,personal,2017-06-01,2018-01-01\n"
        "mod-3,,person-3,personal,2018-03-01,2018-04-01\nmod-3,,Person-3,admin,2018-04-01,\n"
    )
    at_act, now = world.judge("mod-3", earliest, latest)
    assert at_act["person"] == now["person"] == person
    said = people.readings(world.engine, ["0"])["0"]
    assert ("changed hands" in said.sentence) == (person is None)
    assert ("not established" in said.now.sentence) == (person is None)
    assert now["phases"] == ["unknown"]


def test_an_e_mail_is_whoever_s_it_was_at_the_time() -> None:
    entries = [
        Account("Ana@x.example", None, "old-ana", "personal", None, JUNE),
        Account("ana@x.example", None, "new-ana", "personal", JUNE, None),
        Account("ana@x.example", "console", "other", "personal", None, None),
        Account("desk@x.example", "console", "p-1", "shared", None, None),
        Account("desk@x.example", "console", "p-2", "shared", None, None),
        Account("gone@x.example", None, "leaver", "personal", None, JUNE),
        Account("mail@x.example", "okta", "p-3", "personal", None, None),
    ]
    holders = persons_by_account(entries)
    tick = timedelta(microseconds=1)
    assert holders.at("ANA@x.example", JUNE - tick) == "old-ana"
    assert holders.at("ana@x.example", JUNE) == "new-ana"
    assert holders.at("gone@x.example", JUNE) is None
    assert holders.at("desk@x.example", JUNE) is None
    assert dict(holders) == {"ana@x.example": "new-ana", "mail@x.example": "p-3"}


def test_an_account_of_several_persons_is_nobody_s(world: Any) -> None:
    world.load(accounts="desk,,person-1,personal,,\ndesk,,person-2,personal,,\n")
    _, now = world.judge("desk", NOON)
    assert (now["person"], now["account_kind"], now["phases"]) == (None, "shared", ["unknown"])


def test_a_roster_s_e_mail_or_its_unambiguous_local_part_names_the_person(world: Any) -> None:
    world.load(
        employees="mod-1@x.example,,,person-1,,,,,,,,\n"
        "mod-2@x.example,,,person-2,,,,,,,,\nmod-2@y.example,,,person-3,,,,,,,,\n"
    )
    found = {}
    for actor in ("Mod-1@x.example", "mod-1", "mod-2", "mod-2@Y.example", "mod-1@z.example", None):
        _, now = world.judge(actor, NOON)
        found[actor] = (now["person"], now["matched_by"])
    assert found == {
        "Mod-1@x.example": ("person-1", "email"),
        "mod-1": ("person-1", "local_part"),
        "mod-2": (None, None),
        "mod-2@Y.example": ("person-3", "email"),
        "mod-1@z.example": (None, None),
        None: (None, None),
    }


def test_a_row_without_person_id_belongs_to_the_person_of_its_e_mail(world: Any) -> None:
    world.load(
        accounts="mod-1@x.example,okta_system,person-1,personal,,\nmod-1,,person-1,personal,,\n",
        employees="mod-1@x.example,,2017-11-02,,,,UTC,,,,,\n",
    )
    assert world.phases("mod-1", NOON)[1] == {"last_day"}


def test_rows_that_cannot_hold_are_problems(make_file: Callable[..., ContextFile]) -> None:
    text = (
        "account,source,person,kind,valid_from,valid_to\n"
        ",,person-1,personal,,\n"
        "a,,person-1,robot,,\n"
        "b,,,personal,,\n"
        "c,,,service,,\n"
        "d,,person-1,admin,2017-02-01,2017-01-01\n"
        "e,,person-1,admin,soon,\n"
    )
    accounts, problems = read_accounts([make_file(ACCOUNTS, text)])
    assert [(account.account, account.kind) for account in accounts] == [
        ("a", None),
        ("b", "personal"),
        ("c", "service"),
    ]
    assert [problem.place for problem in problems] == [
        f"accounts.csv:{line}" for line in (2, 3, 4, 6, 7)
    ]


def register_events(world: Any, actors: list[tuple[str | None, str]]) -> None:
    time = datetime(2017, 11, 2, 12, tzinfo=UTC)
    columns = {
        "event_uid": pa.array([str(n) for n in range(len(actors))]),
        "source": pa.array(["moderation_console"] * len(actors)),
        "actor": pa.array([actor for actor, _ in actors], pa.string()),
        "actor_type": pa.array([kind for _, kind in actors]),
        "actor_email": pa.array([None] * len(actors), pa.string()),
        "actor_name": pa.array([None] * len(actors), pa.string()),
        "time": pa.array([time] * len(actors), pa.timestamp("us", tz="UTC")),
    }
    world.engine.register("events", pa.table(columns))


def test_unresolved_actors_are_listed_with_counts_and_near_names(world: Any) -> None:
    world.load(accounts="contractor-7,,person-7,personal,,\nqueue,,,service,,\n")
    register_events(
        world,
        [
            ("contractor-7", "user"),
            ("contractor-77", "user"),
            ("contractor-77", "user"),
            ("zz", "user"),
            ("intake", "system"),
            ("sync", "service"),
            ("yy", "unknown"),
            ("yy", "unknown"),
            ("yy", "unknown"),
            ("unsaid", None),
            ("queue", "user"),
            (None, "user"),
        ],
    )
    rows = people.unresolved(world.engine)
    assert [(row["actor"], row["events"], row["account_kind"]) for row in rows] == [
        ("yy", 3, None),
        ("contractor-77", 2, None),
        ("queue", 1, "service"),
        ("unsaid", 1, None),
        ("zz", 1, None),
    ]
    (near,) = rows[1]["proposals"]
    assert (near["name"], near["person"], near["why"]) == (
        "contractor-7",
        "person-7",
        "a similar name",
    )
    assert near["row"] == "contractor-77,moderation_console,person-7,personal,,"
    assert rows[2]["proposals"] == rows[4]["proposals"] == []


def test_without_any_list_every_user_is_unresolved(world: Any) -> None:
    assert people.unresolved(world.engine) == []
    register_events(world, [("contractor-7", "user")])
    assert [row["actor"] for row in people.unresolved(world.engine)] == ["contractor-7"]


def test_proposals_say_why_and_stay_proposals(
    world: Any, make_file: Callable[..., ContextFile]
) -> None:
    header = "EmailAddress,ResignationDate,LastWorkingDate,PersonId,DisplayName\n"
    rows = "ana@x.example,,,1001,Ana A\nbob@x.example,,,1002,Bo B\nbob@y.example,,,1003,Bo B\n"
    # What more than three people are called alike proposes nobody.
    rows += "".join(f"info@{n}.example,,,{n},Desk\n" for n in range(1, 5))
    users = "User,Login,Status,Status change date,Employee Number\n-,u77,Active,2016-01-04,1002\n"
    people.register(
        world.engine,
        [make_file(EMPLOYEES, header + rows), make_file(DIRECTORY, users, "users.csv")],
    )
    actors = [
        "arn:aws:sts::1:assumed-role/Admin/ana",
        "CORP\\ana",
        "@bob",
        "u77",
        "by-mail",
        "by-name",
        "CORP\\info",
    ]
    register_events(world, [(actor, "user") for actor in actors])
    events = world.engine.table("SELECT * FROM events").to_pydict()
    events["actor_email"][4], events["actor_name"][5] = "Ana@x.example", "bo b"
    types = {"actor_email": pa.string(), "actor_name": pa.string()}
    columns = {name: pa.array(values, types.get(name)) for name, values in events.items()}
    columns["time"] = columns["time"].cast(pa.timestamp("us", tz="UTC"))
    world.engine.register("events", pa.table(columns))
    found = {
        row["actor"]: [(one["person"], one["why"]) for one in row["proposals"]]
        for row in people.unresolved(world.engine)
    }
    around = "the same name but for what stands around it"
    assert found == {
        actors[0]: [("1001", around)],
        actors[1]: [("1001", around)],
        # Whoever shares a name is proposed beside the other.
        "@bob": [("1002", around), ("1003", around)],
        "u77": [("1002", "the directory gives it the id of the roster")],
        "by-mail": [("1001", "the log gives it an e-mail that is theirs in the roster")],
        "by-name": [
            ("1002", "the log gives it the same display name"),
            ("1003", "the log gives it the same display name"),
        ],
        "CORP\\info": [],
    }
    assert "1001" not in {row["person"] for row in world.judge("CORP\\ana", NOON)}


def test_a_break_glass_account_needs_no_person(make_file: Callable[..., ContextFile]) -> None:
    accounts, problems = read_accounts(
        [make_file(ACCOUNTS, "account,person,kind\nemergency,,break_glass\n")]
    )
    assert [account.kind for account in accounts] == ["break_glass"]
    assert problems == []
