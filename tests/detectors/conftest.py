"""Small cases written record by record, with the people and tiers a test needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forensics import api
from forensics.detectors import all_detectors, scanning
from forensics.findings.document import ScanReport
from forensics.rules.load import own

NOON = datetime(2017, 11, 2, 12, tzinfo=UTC)
FIRST_RECORDED = "2017-01-02T00:00:00Z"

EMPLOYEES = "EmailAddress,ResignationDate,LastWorkingDate,PersonId,TimeZone,RecordedAt,Status\n"
ACCOUNTS = "account,source,person,kind\nworker,,worker,personal\nlead,,lead,personal\n"
TARGETS = "target,tier,valid_from,valid_to\n@protected,vip,2017-01-01T00:00:00Z,\n"


class Small:
    """A folder of logs to be; `case()` reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: list[dict[str, Any]] = []
        self.files = {"accounts.csv": ACCOUNTS, "protected_targets.csv": TARGETS}
        self.cases: list[api.Case] = []
        self.employ("worker", "")
        self.employ("lead", "")

    def employ(self, person: str, last_day: str, recorded: str = FIRST_RECORDED) -> None:
        """One row of the roster; no last day is ordinary employment.

        What is recorded later stands beside the first row, else the first row is replaced.
        """
        rows = self.files.get("employees.csv", EMPLOYEES).splitlines()
        row = f"{person}@platform.example,,{last_day},{person},UTC,{recorded},active"
        kept = [one for one in rows if not one.endswith(f",{person},UTC,{recorded},active")]
        self.files["employees.csv"] = "\n".join([*kept, row, ""])

    def did(self, minutes: float, action: str, **fields: Any) -> str:
        """One record of the console; returns its id."""
        number = len(self.records)
        login = fields.pop("login", "worker")
        record = {
            "id": f"mc-{number:07d}",
            "seq": number,
            "ts": (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z"),
            "actor": {"login": login, "id": f"u-{login}", "name": login, "role": "moderator"},
            "action": action,
            "target": {"type": "account", "handle": "@somebody", "id": "acct-1"},
            "case": {"id": "C-1", "type": "user_report"},
            "reason": {"code": "spam", "text": ""},
            "session": f"s-{login}",
            "request": f"r-{number}",
            "ip": "10.1.4.1",
            "user_agent": "browser",
            "device": f"dev-{login}",
            "tool": "queue",
            "result": "ok",
            "error": None,
        }
        handle = fields.pop("on", None)
        if handle:
            record["target"] = {"type": "account", "handle": handle, "id": f"id-{handle}"}
        self.records.append(record | fields)
        return f"mc-{number:07d}"

    def approval(self, minutes: float, on: str = "@protected", **fields: Any) -> str:
        """A lead grants what the worker asked for."""
        given = {
            "id": "ap-1", "for_action": "account_deactivated", "requested_by": "worker",
            "role": "ts_lead",
        }  # fmt: skip
        fields = {"login": "lead", "approval": given, **fields}
        return self.did(minutes, fields.pop("action", "approval_granted"), on=on, **fields)

    def case(self) -> api.Case:
        """A case of all that was written."""
        logs = self.folder / f"logs-{len(self.cases)}"
        logs.mkdir()
        lines = [json.dumps(record) for record in sorted(self.records, key=lambda one: one["ts"])]
        (logs / "console.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for name, text in self.files.items():
            (logs / name).write_text(text, encoding="utf-8")
        made = api.create_case(self.folder / f"case-{len(self.cases)}")
        made.ingest(logs)
        self.cases.append(made)
        return made


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    """An empty small case."""
    made = Small(tmp_path)
    yield made
    for one in made.cases:
        one.close()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A small case that all tests of a module ask."""
    made = Small(tmp_path_factory.mktemp("lasting"))
    yield made
    for one in made.cases:
        one.close()


@pytest.fixture
def scanned(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[api.Case], ScanReport]:
    """The scan of a case, once for all that a test asks of it.

    Asked are the `DETECTORS` that the test's module names, or all where it names none.
    """
    done: list[tuple[api.Case, ScanReport]] = []
    wanted = getattr(request.module, "DETECTORS", None)
    asked = [one for one in all_detectors() if wanted is None or one.name in wanted]
    assert wanted is None or len(asked) == len(wanted)

    def scan(case: api.Case) -> ScanReport:
        for other, report in done:
            if other is case:
                return report
        with monkeypatch.context() as few:
            few.setattr(scanning, "all_detectors", lambda: asked)
            done.append((case, case.scan()))
        return done[-1][1]

    return scan


@pytest.fixture
def found(scanned: Callable[[api.Case], ScanReport]) -> Callable[..., list[Any]]:
    """Findings of a scan, by detector, by policy, or by the file of one of the tool's own rules."""
    ids = {Path(one.file).stem: one.id for one in own().rules}

    def pick(case: api.Case, name: str) -> list[Any]:
        wanted = ids.get(name, name)
        return [one for one in scanned(case).findings if wanted in (one.detector, one.rule)]

    return pick
