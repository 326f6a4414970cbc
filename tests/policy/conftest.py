"""A small case built event by event, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from forensics import event
from forensics.engine.duckdb import DuckDBEngine
from forensics.policy import (
    Evaluation,
    evaluate,
    narrowing,
    questions,
    relations,
    relations_cases,
    terms,
)

STAMP = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())
NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)

_TYPES = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": TEXTS,
    "TIMESTAMPTZ": STAMP,
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
}
EVENTS = pa.schema([(column.name, _TYPES[column.type]) for column in event.COLUMNS])
_BOUNDS = [("time_earliest", STAMP), ("time_latest", STAMP)]
ACTS = pa.schema(
    [
        *(EVENTS.field(name) for name in narrowing.HELD if name in EVENTS.names),
        ("ordinal", pa.int64()),
        *_BOUNDS,
    ]
)
_END = pa.struct(
    [
        ("source", pa.string()),
        ("source_row", pa.int64()),
        ("last_working_day", pa.date32()),
        ("access_end_latest", STAMP),
    ]
)
PEOPLE = pa.schema(
    [
        ("event_uid", pa.string()),
        ("belief", pa.string()),
        ("account", pa.string()),
        ("person", pa.string()),
        ("account_kind", pa.string()),
        ("role", pa.string()),
        ("zone", pa.string()),
        ("phases", TEXTS),
        ("last_working_day", pa.date32()),
        ("access_end_earliest", STAMP),
        ("access_end_latest", STAMP),
        ("recorded_at", STAMP),
        ("source", pa.string()),
        ("source_row", pa.int64()),
        ("status", pa.string()),
        ("ends", pa.list_(_END)),
        ("learned_later", pa.bool_()),
    ]
)
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
EMPLOYMENT = pa.schema(
    [
        *((name, pa.string()) for name in ("person", "email", "manager", "feed")),
        ("fact_no", pa.int64()),
        ("recorded_at", STAMP),
        ("known_from", STAMP),
    ]
)
TARGETS = pa.schema(
    [
        ("target", pa.string()),
        ("tier", pa.string()),
        ("valid_from", STAMP),
        ("valid_to", STAMP),
        ("source", pa.string()),
        ("source_row", pa.int64()),
    ]
)


def at(minutes: float) -> datetime:
    """So many minutes from noon, the time of the act."""
    return NOON + timedelta(minutes=minutes)


class World:
    """Rows to be; `judge` registers them and evaluates policies."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.tolerance: dict[str, float] = {}
        self.people: list[dict[str, Any]] = []
        self.accounts: list[dict[str, Any]] | None = []
        self.targets: list[dict[str, Any]] | None = [{"target": "@headofstate", "tier": "vip"}]
        self.doubts: list[dict[str, Any]] | None = None
        self.employment: list[dict[str, Any]] | None = None
        self.without: set[str] = set()

    def event(self, minutes: float, action: str, **fields: Any) -> str:
        uid = str(fields.pop("uid", f"e{len(self.events)}"))
        phases = fields.pop("phases", ["employed"])
        row = {
            "event_uid": uid,
            "source": "console",
            "time": at(minutes),
            "time_precision": "ms",
            "actor": "contractor-7",
            "actor_type": "user",
            "action": action,
            "outcome": "success",
            "target": "@headofstate",
        }
        self.events.append(row | fields)
        if phases is not None:
            self.person(uid, phases=phases)
        return uid

    def act(self, minutes: float = 0, **fields: Any) -> str:
        return self.event(minutes, fields.pop("action", "account.deactivate"), **fields)

    def approve(self, minutes: float = -10, **fields: Any) -> str:
        state = fields.pop("state", "grant")
        given = {
            "actor": "lead-1",
            "approval_for": "account.deactivate",
            "approval_by": "ts_lead",
            "approval_requested_by": "contractor-7",
        }
        return self.event(minutes, f"approval.{state}", **(given | fields))

    def person(self, uid: str, *, belief: str | None = None, **fields: Any) -> None:
        """What people.judge would say of the actor of an event; by default in both beliefs."""
        actor = next(e["actor"] for e in self.events if e["event_uid"] == uid)
        for each in [belief] if belief else ["at_act", "now"]:
            self.people = [p for p in self.people if (p["event_uid"], p["belief"]) != (uid, each)]
            row = {"account": actor, "person": actor, "account_kind": "personal"}
            self.people.append({"event_uid": uid, "belief": each} | row | fields)

    def engine(self) -> DuckDBEngine:
        engine = DuckDBEngine(threads=1)
        acts = [
            {
                **{key: event.get(key) for key in EVENTS.names},
                "ordinal": event.get("sequence"),
                "time_earliest": event["time"] - self._slack(event),
                "time_latest": event["time"] + self._slack(event),
            }
            for event in self.events
            if event["time"] is not None
        ]
        tables = {
            "events": pa.Table.from_pylist(self.events, schema=EVENTS),
            "acts": pa.Table.from_pylist(acts, schema=ACTS),
            "act_people": pa.Table.from_pylist(self._people(), schema=PEOPLE),
        }
        if self.accounts is not None:
            tables["accounts"] = pa.Table.from_pylist(self.accounts, schema=ACCOUNTS)
        if self.targets is not None:
            tables["protected_targets"] = pa.Table.from_pylist(self.targets, schema=TARGETS)
        if self.employment is not None:
            tables["employment"] = pa.Table.from_pylist(self.employment, schema=EMPLOYMENT)
        if self.doubts is not None:
            tables["act_doubts"] = pa.Table.from_pylist(self.doubts)
        for name, table in tables.items():
            if name not in self.without:
                engine.register(name, table)
        relations.define(engine)
        relations_cases.define(engine)
        return engine

    def _people(self) -> list[dict[str, Any]]:
        """Whatever is known otherwise now was learned later, unless a row says that it was not."""
        known = {(one["event_uid"], one["belief"]): one for one in self.people}
        found = []
        for (uid, belief), one in known.items():
            other = known.get((uid, "now" if belief == "at_act" else "at_act"), {})
            differs = {**one, "belief": None} != {**other, "belief": None}
            found.append({"learned_later": differs, **one})
        return found

    def _slack(self, event: dict[str, Any]) -> timedelta:
        return timedelta(seconds=self.tolerance.get(event["source"], 0))

    def judge(self, *policies: str) -> Evaluation:
        """The verdicts, which must not depend on whether answers are kept whole."""
        parsed = [terms.parse(text.encode(), f"p{n}.yml") for n, text in enumerate(policies)]
        found = evaluate(self.engine(), parsed)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(questions, "WHOLE", -1)
            assert evaluate(self.engine(), parsed) == found
        return found


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def new_world() -> Callable[[], World]:
    """Makes worlds for fixtures that outlive one test."""
    return World


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], terms.Policy]:
    by_id = {policy.id: policy for policy in terms.shipped()}
    return lambda beginning: next(p for id, p in by_id.items() if id.startswith(beginning))
