"""Many small histories in one case: rows to be, one predicate's SQL over all, and their parties."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pyarrow as pa
from sqlglot import exp

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import predicates, relations, relations_cases

STAMP = pa.timestamp("us", tz="UTC")
_TYPES = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "TIMESTAMPTZ": STAMP,
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
}
BOUNDS = ("time_low", "time_high", "time_earliest", "time_latest")
EVENTS = pa.schema([(column.name, _TYPES[column.type]) for column in event.COLUMNS])
_PLACED = [("clock_segment", pa.int32()), ("ordinal", pa.int64())]
TIMED = pa.schema([*EVENTS, *_PLACED, *((name, STAMP) for name in BOUNDS)])
ACCOUNTS = pa.schema(
    [
        ("account", pa.string()),
        ("source", pa.string()),
        ("person", pa.string()),
        ("kind", pa.string()),
        ("valid_from", STAMP),
        ("valid_to", STAMP),
    ]
)
GRAIN = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "day": 86_400_000_000}
TOLERANCE = {"console": 5, "portal": 2, "idp": 0}
SECOND = 1_000_000
DAY = 86_400
NEVER = 10**18
NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Party:
    """Who stands behind an account, as the account list of the history says."""

    account: str | None
    person: str | None
    kind: str | None

    @property
    def service(self) -> bool:
        return self.kind == "service"

    @property
    def own(self) -> bool:
        return self.kind != "shared"


@dataclass
class History:
    """One small story: its events in the order made, and the accounts known in it.

    Events have `at` in seconds from noon; `acts` are the uids in scope. All happens `start`
    seconds after noon.
    """

    number: int
    start: float = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def own(self, name: str | None) -> str | None:
        """A name that no other history has."""
        return None if name is None else f"{name}.{self.number}"

    def account(self, name: str, person: str | None, kind: str | None) -> None:
        self.accounts.append({"account": self.own(name), "person": self.own(person), "kind": kind})

    def event(self, at: float | None, action: str, *, act: bool = False, **fields: Any) -> str:
        uid = f"{self.number}-{len(self.events)}"
        at = None if at is None else at + self.start
        row = {
            "event_uid": uid,
            "at": at,
            "time": None if at is None else NOON + timedelta(seconds=at),
            "action": action,
            "source": "console",
            "time_precision": "ms",
            "outcome": "success",
        }
        self.events.append(row | fields)
        if act:
            self.acts.append(uid)
        return uid

    def party(self, row: Mapping[str, Any]) -> Party:
        account = row.get("actor")
        known = [one for one in self.accounts if account and one["account"] == account]
        if not known:
            return Party(account, None, None)
        kind = known[0]["kind"]
        person = None if kind == "shared" else known[0]["person"]
        return Party(account, person, kind)


def tolerance(source: str) -> int:
    """Seconds a source may be off; "console.7" is the console of history 7 alone."""
    return TOLERANCE[source.partition(".")[0]]


def bounds(row: Mapping[str, Any], *, own: bool = False) -> tuple[int, int]:
    """Bounds of an event in microseconds from noon: on its own clock, or in true time."""
    if row["at"] is None:
        return -NEVER, NEVER
    low = round(row["at"] * SECOND)
    error = 0 if own else tolerance(row["source"]) * SECOND
    return low - error, low + GRAIN[row["time_precision"]] + error


def pair(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Bounds of two events that may be compared: one clock's error cancels."""
    own = first["source"] == second["source"]
    return bounds(first, own=own), bounds(second, own=own)


def before(first: tuple[int, int], second: tuple[int, int]) -> bool | None:
    """Whether the first of two intervals lies before the second."""
    if first[1] <= second[0]:
        return True
    return False if first[0] >= second[1] else None


def at_most(first: tuple[int, int], second: tuple[int, int], length: int) -> bool | None:
    """Whether from the first to the second it is at most so long."""
    if second[1] - first[0] <= length:
        return True
    return False if second[0] - first[1] >= length else None


def every(*values: bool | None) -> bool | None:
    """AND of three values."""
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def some(values: Sequence[bool | None]) -> bool | None:
    """OR of three values."""
    if any(values):
        return True
    return None if any(value is None for value in values) else False


def no(value: bool | None) -> bool | None:
    """NOT of three values."""
    return None if value is None else not value


def same_person(first: Party, second: Party) -> bool | None:
    """Whether one person stands behind two accounts; a service is the same as itself."""
    if first.service or second.service:
        if not (first.service and second.service):
            return False
        return first.account == second.account
    if first.person is not None and second.person is not None:
        return first.person == second.person
    nameless = first.person is None and second.person is None
    if nameless and first.account and first.account == second.account:
        return True if first.own and second.own else None
    return None


def other_person(act: Party, record: Party) -> bool | None:
    """Whether certainly another person stands behind the record than behind the act."""
    if record.service:
        return False
    return True if act.service else no(same_person(act, record))


def succeeded(row: Mapping[str, Any]) -> bool | None:
    if row["outcome"] == "success":
        return True
    return False if row["outcome"] in {"failure", "denied"} else None


def engine(
    histories: Sequence[History],
    *,
    scoped: Mapping[str, str] | None = None,
    lists: Mapping[str, pa.Table] | None = None,
    paths: Mapping[str, Mapping[str, str]] | None = None,
) -> DuckDBEngine:
    """The case of all histories; `scoped` are further columns of the acts in scope, as SQL.

    `lists` are relations that files beside the logs tell, `paths` what records tell of cases.
    """
    made = DuckDBEngine(threads=1)
    rows = [_timed(row) for story in histories for row in story.events]
    timed = pa.Table.from_pylist(rows, schema=TIMED)
    accounts = [row for story in histories for row in story.accounts]
    made.register("timed_events", timed)
    made.register("events", timed.select(EVENTS.names))
    made.register("accounts", pa.Table.from_pylist(accounts, schema=ACCOUNTS))
    uids = {"uid": [uid for story in histories for uid in story.acts]}
    made.register("in_scope_uids", pa.table(uids, schema=pa.schema([("uid", pa.string())])))
    for name, table in (lists or {}).items():
        made.register(name, table)
    for name in {"act_people", "team_members"} - {*(lists or {})}:
        made.define(name, relations.EMPTY[name])
    extra = "".join(f", {text} AS {name}" for name, text in (scoped or {}).items())
    made.define(
        "scoped",
        f"SELECT *, row_number() OVER () AS act_no{extra} FROM timed_events"
        " WHERE event_uid IN (SELECT uid FROM in_scope_uids)",
    )
    relations.define(made)
    relations_cases.define(made, paths)
    return made


def _timed(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["time"] is None:
        return {**row, "clock_segment": None, **dict.fromkeys(BOUNDS)}
    low = row["time"]
    high = low + timedelta(microseconds=GRAIN[row["time_precision"]])
    error = timedelta(seconds=tolerance(row["source"]))
    bounds = (low, high, low - error, high + error)
    return {**row, "clock_segment": 0, **dict(zip(BOUNDS, bounds, strict=True))}


def values(
    engine: DuckDBEngine, predicate: str, params: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """By uid what the predicate says of each act; both beliefs must agree."""
    found: dict[str, dict[str, Any]] = {}
    for row in engine.rows(_sql(predicate, json.dumps(params))):
        told = {key: value for key, value in row.items() if key != "belief"}
        assert found.setdefault(row["event_uid"], told) == told
        assert (told["value"] is None) == bool(told["missing"]), told
        assert told["sentence"]
    return found


@cache
def _sql(predicate: str, params: str) -> str:
    """The question as SQL; to write it takes longer than to answer it for one history."""
    plug_in = predicates.load()[predicate]
    asked = json.loads(params)
    assert plug_in.validate(asked) == {}
    query = exp.select("*").from_(plug_in.sql(asked).subquery("asked", copy=False), copy=False)
    return query.sql(dialect="duckdb")


def forget() -> None:
    """Write questions anew: what they are written with has changed."""
    _sql.cache_clear()


def cast(draw: random.Random, story: History) -> list[str | None]:
    """The accounts of a history: two of one person, another's, and those nobody can name."""
    story.account("ann", "ann", "personal")
    story.account("ann-admin", "ann", "admin")
    story.account("bob", "bob", draw.choice(["personal", None]))
    story.account("desk", draw.choice([None, "bob"]), "shared")
    story.account("robot", None, "service")
    names = ["ann", "ann", "ann-admin", "bob", "bob", "desk", "robot", "stranger", "guest"]
    return [*(story.own(name) for name in names), None]


def slots(draw: random.Random, count: int, *, crowd: float = 0.3) -> list[float]:
    """When histories happen: some together at the beginning and end of the records, others apart.

    What cannot be laid to one history by its names then meets few others.
    """
    ends = [0.0, 30.0 * DAY * count]
    return [draw.choice(ends) if draw.random() < crowd else 30.0 * DAY * n for n in range(count)]
