from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.baselines.rare_combination import profile, surprise
from forensics.engine.duckdb import DuckDBEngine
from forensics.errors import UsageError

STAMP = pa.timestamp("us", tz="UTC")
EVENTS = pa.schema(
    [
        *((name, pa.string()) for name in ("event_uid", "actor", "actor_type", "action")),
        *(("target", pa.string()), ("target_id", pa.string()), ("time", STAMP)),
    ]
)
PROTECTED = pa.schema(
    [("target", pa.string()), ("tier", pa.string()), ("valid_from", STAMP), ("valid_to", STAMP)]
)
NIGHT = datetime(2017, 11, 2, 22, 50, tzinfo=UTC)
BEFORE = datetime(2017, 10, 20, 12, 0, tzinfo=UTC)


def act(uid: str, actor: str, action: str, target: str, **more: Any) -> dict[str, Any]:
    row = {"event_uid": uid, "actor": actor, "actor_type": "user", "action": action}
    return row | {"target": target, "time": BEFORE} | more


def worked_example() -> list[dict[str, Any]]:
    """800 own acts without a protected target; 4 of the peers' 20,000 acts alike."""
    own = [act(f"own-{n}", "contractor-7", "account.deactivate", f"spam-{n}") for n in range(800)]
    peers = [
        act(f"peer-{n}", f"peer-{n % 39}", "account.deactivate", f"spam-{n}")
        for n in range(20_000 - 4)
    ]
    alike = [act(f"alike-{n}", f"peer-{n}", "account.deactivate", "@HeadOfState") for n in range(4)]
    asked = act("the-act", "Contractor-7", "account.deactivate", "@headofstate", time=NIGHT)
    return [*own, *peers, *alike, asked]


def engine_over(
    rows: list[dict[str, Any]], *, tier: bool = True, **relations: pa.Table
) -> DuckDBEngine:
    engine = DuckDBEngine(threads=1)
    engine.register("events", pa.Table.from_pylist(rows, schema=EVENTS))
    if tier:
        row = {"target": "@headofstate", "tier": "vip", "valid_from": BEFORE - timedelta(days=30)}
        engine.register("protected_targets", pa.Table.from_pylist([row], schema=PROTECTED))
    for name, table in relations.items():
        engine.register(name, table)
    return engine


def test_worked_example() -> None:
    assert 2 ** -surprise(0, 800, 4, 20_000) == pytest.approx(1.3e-5, rel=0.02)
    reading = profile(engine_over(worked_example()), "the-act")
    assert reading is not None
    assert (reading.n_own, reading.of_own) == (0, 800)
    assert (reading.n_peers, reading.of_peers) == (4, 20_000)
    assert round(reading.bits, 1) == 16.2
    assert reading.unusual
    assert "tier vip in 0 of 800 own acts and in 4 of 20,000 acts of 39 other" in reading.sentence


def test_tier_not_registered_is_said() -> None:
    reading = profile(engine_over(worked_example(), tier=False), "the-act")
    assert reading is not None
    assert (reading.n_own, reading.of_own) == (800, 800)
    assert "tier of targets is not known" in reading.sentence
    assert not reading.unusual


def test_tier_counts_only_while_valid() -> None:
    rows = worked_example()
    for row in rows:
        if row["event_uid"].startswith("alike"):
            row["time"] = BEFORE - timedelta(days=31)
    reading = profile(engine_over(rows), "the-act")
    assert reading is not None
    assert reading.n_peers == 0


def test_the_day_itself_and_older_days_are_left_out() -> None:
    rows = [
        act("the-act", "ada", "account.delete", "x", time=NIGHT),
        act("same-day", "ada", "account.delete", "y", time=NIGHT - timedelta(hours=3)),
        act("old", "ada", "account.delete", "z", time=NIGHT - timedelta(days=92)),
        act("counted", "ada", "account.delete", "z", time=NIGHT - timedelta(days=89)),
    ]
    reading = profile(engine_over(rows), "the-act")
    assert reading is not None
    assert (reading.n_own, reading.of_own) == (1, 1)
    assert "about 1 in 2." in reading.sentence
    assert "too few" in reading.sentence


def test_peers_are_people_of_the_same_role_without_own_accounts_and_services() -> None:
    def at(uid: str, actor: str, **more: Any) -> dict[str, Any]:
        return act(uid, actor, "case.open", "x", **more)

    rows = [
        at("the-act", "c7", time=NIGHT),
        at("1", "C7"),
        at("2", "c7-admin"),
        at("3", "m1"),
        at("4", "m2@vendor.example"),
        at("5", "lead-1"),
        at("6", "intake", actor_type=None),
        at("7", "sync", actor_type="service"),
    ]
    accounts = pa.Table.from_pylist(
        [
            {"account": "c7", "person": "p7", "kind": "personal"},
            {"account": "C7-admin", "person": "p7", "kind": "admin"},
            {"account": "m1", "person": "p1", "kind": "personal"},
            {"account": "intake", "person": None, "kind": "service"},
            {"account": "lead-1", "person": "p9", "kind": "personal"},
        ]
    )
    employment = pa.Table.from_pylist(
        [
            {"fact_no": 1, "person": "p7", "email": "c7@vendor.example", "role": "moderator"},
            {"fact_no": 2, "person": "p1", "email": "m1@corp.example", "role": "trainee"},
            {"fact_no": 3, "person": "p1", "email": "m1@corp.example", "role": "moderator"},
            {"fact_no": 4, "person": "p2", "email": "M2@vendor.example", "role": "moderator"},
            {"fact_no": 5, "person": "p9", "email": "lead-1@corp.example", "role": "lead"},
        ]
    )
    reading = profile(engine_over(rows, accounts=accounts, employment=employment), "the-act")
    assert reading is not None
    assert (reading.of_own, reading.of_peers) == (2, 2)
    assert "2 peers in the role moderator" in reading.sentence
    everyone = profile(engine_over(rows, accounts=accounts), "the-act")
    assert everyone is not None
    assert everyone.of_peers == 3


def test_no_reading_without_a_human_actor_and_a_time() -> None:
    rows = [
        act("service", "sync", "case.open", "x", actor_type="service"),
        act("nobody", "x", "case.open", "x") | {"actor": None},
        act("timeless", "ada", "case.open", "x", time=None),
    ]
    engine = engine_over(rows)
    assert [profile(engine, uid) for uid in ("service", "nobody", "timeless")] == [None] * 3
    with pytest.raises(UsageError):
        profile(engine, "nowhere")


ROSTER = [
    {"fact_no": n, "person": person, "email": f"{person}@vendor.example", "role": "moderator"}
    for n, person in enumerate(("ada", "bo", "cy"))
]
LOGINS = [
    {"account": f"{row['person']}-console", "person": row["person"], "kind": "personal"}
    for row in ROSTER
]


def two_accounts_each() -> list[dict[str, Any]]:
    """Each of three people acts by a console login and by an e-mail address."""
    rows = [
        act(f"{row['person']}-{kind}", name, "case.open", "x")
        for row in ROSTER
        for kind, name in (("console", f"{row['person']}-console"), ("okta", row["email"]))
    ]
    return [*rows, act("the-act", "ada-console", "case.open", "x", time=NIGHT)]


@pytest.mark.parametrize("role", ["moderator", None])
def test_two_accounts_of_one_person_are_one_person(role: str | None) -> None:
    roster = [row | {"role": role} for row in ROSTER]
    schema = pa.schema([("fact_no", pa.int64()), *((n, pa.string()) for n in list(ROSTER[0])[1:])])
    engine = engine_over(
        two_accounts_each(),
        accounts=pa.Table.from_pylist(LOGINS),
        employment=pa.Table.from_pylist(roster, schema=schema),
    )
    reading = profile(engine, "the-act")
    assert reading is not None
    assert (reading.n_own, reading.of_own) == (2, 2)
    assert (reading.n_peers, reading.of_peers) == (4, 4)
    peers = "2 peers in the role moderator" if role else "2 other human actors"
    assert f"4 of 4 acts of {peers}" in reading.sentence


def test_an_account_of_several_people_is_nobodys() -> None:
    shared = [{"account": "desk", "person": person, "kind": "shared"} for person in ("ada", "bo")]
    rows = [*two_accounts_each(), act("desk", "desk", "case.open", "x")]
    reading = profile(engine_over(rows, accounts=pa.Table.from_pylist([*LOGINS, *shared])), "desk")
    assert reading is None or reading.of_own == 0
    reading = profile(
        engine_over(rows, accounts=pa.Table.from_pylist([*LOGINS, *shared])), "the-act"
    )
    assert reading is not None
    assert (reading.of_own, reading.of_peers) == (1, 6)


def test_without_any_history_nothing_is_read() -> None:
    assert (
        profile(engine_over([act("the-act", "ada", "case.open", "x", time=NIGHT)]), "the-act")
        is None
    )


def test_bits_are_told_in_words_too() -> None:
    reading = profile(engine_over(worked_example()), "the-act")
    assert reading is not None
    assert reading.sentence.endswith("16.2 bits of surprise: about 1 in 76,000.")


COUNT = st.integers(0, 10_000)


@given(COUNT, COUNT, COUNT, COUNT)
def test_bits_are_positive_and_fall_with_every_like_act(a: int, b: int, c: int, d: int) -> None:
    n_own, of_own = min(a, b), max(a, b)
    n_peers, of_peers = min(c, d), max(c, d)
    bits = surprise(n_own, of_own, n_peers, of_peers)
    assert bits >= 0
    assert surprise(n_own + 1, of_own + 1, n_peers, of_peers) <= bits
    assert surprise(n_own, of_own, n_peers + 1, of_peers + 1) <= bits
