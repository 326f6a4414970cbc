"""People on a table: rosters from text, acts from times, and the judgement of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256

import pyarrow as pa
import pytest

from forensics import people
from forensics.engine import Row
from forensics.engine.duckdb import DuckDBEngine
from forensics.sources.context import ACCOUNTS, CONTRACTORS, EMPLOYEES, ContextFile

TIME = pa.timestamp("us", tz="UTC")

EMPLOYEE_HEADER = (
    "EmailAddress,ResignationDate,LastWorkingDate,PersonId,EmploymentType,Site,TimeZone,Role,"
    "StartDate,AccessEnd,RecordedAt,Status\n"
)
CONTRACTOR_HEADER = (
    "Worker,EmailAddress,Provider,Site,TimeZone,Role,ContractStart,ContractEnd,AccessEnd,"
    "RecordedAt\n"
)
ACCOUNT_HEADER = "account,source,person,kind,valid_from,valid_to\n"


def context_file(kind: str, text: str | bytes, name: str | None = None) -> ContextFile:
    """A context file of a kind, from its text."""
    data = text if isinstance(text, bytes) else text.encode()
    imported_at = datetime(2020, 1, 1, tzinfo=UTC)
    return ContextFile(kind, name or f"{kind}.csv", sha256(data).hexdigest(), data, imported_at)


class World:
    """An engine with rosters, in which acts can be judged."""

    def __init__(self) -> None:
        self.engine = DuckDBEngine(threads=1)

    def load(
        self,
        *,
        employees: str | None = None,
        contractors: str | None = None,
        accounts: str | None = None,
        default_zone: str | None = None,
    ) -> people.PeopleLoad:
        """Register rosters given as rows below the usual headers."""
        files = [
            context_file(kind, header + rows)
            for kind, header, rows in (
                (EMPLOYEES, EMPLOYEE_HEADER, employees),
                (CONTRACTORS, CONTRACTOR_HEADER, contractors),
                (ACCOUNTS, ACCOUNT_HEADER, accounts),
            )
            if rows is not None
        ]
        return people.register(self.engine, files, default_zone=default_zone)

    def acts(self, acts: Sequence[tuple[str | None, str, str, str]]) -> None:
        """Register `acts` from (actor, source, earliest, latest), uids being `0`, `1` ..."""
        earliest = [datetime.fromisoformat(act[2]) for act in acts]
        latest = [datetime.fromisoformat(act[3]) for act in acts]
        columns = {
            "event_uid": pa.array([str(n) for n in range(len(acts))], pa.string()),
            "source": pa.array([act[1] for act in acts], pa.string()),
            "actor": pa.array([act[0] for act in acts], pa.string()),
            "time": pa.array(earliest, TIME),
            "time_earliest": pa.array(earliest, TIME),
            "time_latest": pa.array(latest, TIME),
        }
        self.engine.register("acts", pa.table(columns))

    def judge(self, actor: str | None, time: str, latest: str | None = None) -> tuple[Row, Row]:
        """The two rows (at_act, now) of one act in the console."""
        self.acts([(actor, "moderation_console", time, latest or time)])
        people.judge(self.engine)
        at_act, now = self.engine.rows("SELECT * FROM act_people ORDER BY belief")
        return at_act, now

    def phases(self, actor: str, time: str, latest: str | None = None) -> tuple[set[str], set[str]]:
        """The phases of one act as believed at the act and as now."""
        at_act, now = self.judge(actor, time, latest)
        return set(at_act["phases"]), set(now["phases"])


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def new_world() -> Callable[[], World]:
    return World


@pytest.fixture(scope="session")
def make_file() -> Callable[..., ContextFile]:
    return context_file
