"""A few people's acts, day by day, as the events that baselines read."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from forensics.baselines import cells, count_burst, peers, rare_nights, time_of_day
from forensics.baselines.reading import Reading
from forensics.engine.duckdb import DuckDBEngine

FIRST = datetime(2017, 1, 2, tzinfo=UTC)
FIRST_DAY = (FIRST - datetime(1970, 1, 1, tzinfo=UTC)).days
STAMP = pa.timestamp("us", tz="UTC")
TEXTS = (
    "event_uid", "source", "actor", "actor_type", "action", "operation", "target", "target_id",
    "reason_code", "tool", "src_asn", "case_id", "approval_requested_by",
)  # fmt: skip
SCHEMA = pa.schema([*((name, pa.string()) for name in TEXTS), ("time", STAMP)])
WORK = (
    ("email", "VARCHAR"), ("person", "VARCHAR"), ("role", "VARCHAR"), ("site", "VARCHAR"),
    ("zone", "VARCHAR"), ("fact_no", "BIGINT"),
)  # fmt: skip
TIERS = (
    ("target", "VARCHAR"), ("tier", "VARCHAR"), ("valid_from", "TIMESTAMPTZ"),
    ("valid_to", "TIMESTAMPTZ"),
)  # fmt: skip
ACCOUNTS = (("account", "VARCHAR"), ("person", "VARCHAR"), ("kind", "VARCHAR"))


class Acts:
    """Acts to be; `engine()` reads them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.roster: list[dict[str, Any]] = []
        self.accounts: list[dict[str, Any]] = []
        self.protected: list[dict[str, Any]] = []

    def employ(self, name: str, role: str, site: str = "sf", zone: str = "UTC") -> None:
        row = {"email": name, "person": name, "role": role, "site": site, "zone": zone}
        self.roster.append(row | {"fact_no": len(self.roster)})

    def protect(self, target: str, tier: str = "vip") -> None:
        self.protected.append({"target": target, "tier": tier})

    def did(
        self, who: str, day: int, action: str = "other", n: int = 1, hour: float = 10, **more: Any
    ) -> None:
        """n acts of a day, a second apart."""
        for _ in range(n):
            at = FIRST + timedelta(days=day, hours=hour, seconds=len(self.rows) % 1000)
            row = {"event_uid": f"{len(self.rows):08d}", "source": "console", "actor": who}
            self.rows.append(row | {"actor_type": "user", "action": action, "time": at} | more)

    def engine(self, rows: list[dict[str, Any]] | None = None) -> DuckDBEngine:
        made = DuckDBEngine(threads=1)
        chosen = self.rows if rows is None else rows
        made.register("events", pa.Table.from_pylist(chosen, schema=SCHEMA))
        if self.roster:
            made.register_rows("employment", WORK, self.roster)
        if self.accounts:
            made.register_rows("accounts", ACCOUNTS, self.accounts)
        if self.protected:
            made.register_rows("protected_targets", TIERS, self.protected)
        return made


def _all(engine: DuckDBEngine) -> list[Reading]:
    """The readings of all statistics."""
    cells.register(engine)
    rare_nights.register(engine)
    count_burst.register(engine)
    time_of_day.register(engine)
    peers.register(engine, cells.sensitive())
    return [
        *rare_nights.readings(engine), *count_burst.readings(engine),
        *time_of_day.readings(engine), *peers.readings(engine),
    ]  # fmt: skip


def _organisation(seed: int = 7) -> Acts:
    """Twelve people of two roles, sixty days, with a burst, odd hours, firsts and odd shares."""
    draw = random.Random(seed)
    made = Acts()
    made.protect("@vip")
    verbs = ("account.suspend", "content.delete", "case.close")
    for number in range(12):
        made.employ(f"w{number}", "moderator" if number < 10 else "lead")
    for day in range(60):
        for number in range(12):
            if day % 7 >= 5 or draw.random() < 0.1:
                continue
            for verb in verbs:
                for _ in range(draw.randrange(0, 2 + draw.choice((1, 6)))):
                    case = None if draw.random() < 0.1 else "C-1"
                    reason = "legal" if draw.random() < 0.004 else "spam"
                    target = "@vip" if draw.random() < 0.01 else "@x"
                    hour = draw.uniform(8, 17) if draw.random() < 0.999 else draw.uniform(0, 24)
                    fields = {"case_id": case, "reason_code": reason, "target": target}
                    made.did(f"w{number}", day, verb, hour=hour, **fields)
    for day in range(50):
        made.did("w10", day, "approval.grant", approval_requested_by="w4")
        made.did("w11", day, "approval.grant", approval_requested_by="w5", n=2)
    made.did("w1", 51, "approval.grant", approval_requested_by="w4")
    made.did("w1", 52, "account.suspend", n=80, case_id=None, target="@x")
    made.did("w2", 53, "credential.reset", n=9, hour=2.5, target="@vip")
    made.did("w3", 54, "account.suspend", n=12, target="@vip", reason_code="court")
    draw.shuffle(made.rows)
    return made


@pytest.fixture
def acts() -> Acts:
    """No acts yet."""
    return Acts()


@pytest.fixture(scope="session")
def organisation() -> Acts:
    """An organisation that tests only read."""
    return _organisation()


@pytest.fixture(scope="session")
def all_readings() -> Any:
    """A function: the readings of all statistics over an engine."""
    return _all


@pytest.fixture(scope="session")
def first_day() -> int:
    """The number of the first day on which anybody acts."""
    return FIRST_DAY
