"""The phases that SQL finds for all acts at once are those a plain loop finds one by one."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from forensics import people
from forensics.engine import Row
from forensics.people.roster import Fact
from forensics.sources.context import ACCOUNTS, CONTRACTORS, EMPLOYEES, ContextFile

HISTORIES = 6_000
ACTS_EACH = 3
FIRST = date(2017, 9, 28)
ZONES = ("UTC", "America/Los_Angeles", "Asia/Manila", "Europe/Dublin", "")
WIDTHS = (timedelta(0), timedelta(0), timedelta(seconds=10), timedelta(hours=30))
# Two rosters of either feed, so that they can differ about one employment.
FILES = {
    "employees.csv": (EMPLOYEES, datetime(2017, 10, 20, tzinfo=UTC)),
    "leavers.csv": (EMPLOYEES, datetime(2017, 11, 4, tzinfo=UTC)),
    "badges.csv": (CONTRACTORS, datetime(2017, 10, 3, tzinfo=UTC)),
    "contractors.csv": (CONTRACTORS, datetime(2017, 12, 1, tzinfo=UTC)),
    "accounts.csv": (ACCOUNTS, datetime(2017, 12, 1, tzinfo=UTC)),
}
HEADERS = {
    EMPLOYEES: "EmailAddress,ResignationDate,LastWorkingDate,PersonId,EmploymentType,TimeZone,"
    "StartDate,AccessEnd,TerminationDate,RecordedAt,Status",
    CONTRACTORS: "Worker,Provider,TimeZone,ContractStart,ContractEnd,ProviderNotice,BadgeExpiry,"
    "AccessEnd,ResignationDate,RecordedAt,Status",
    ACCOUNTS: "account,source,person,kind,valid_from,valid_to",
}


def oracle() -> ModuleType:
    path = Path(__file__).with_name("oracle_phases.py")
    spec = importlib.util.spec_from_file_location("oracle_phases", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["oracle_phases"] = module
    spec.loader.exec_module(module)
    return module


def day(dice: random.Random, said: float) -> str:
    """One of few days, so that many dates coincide; with an offset now and then."""
    if dice.random() >= said:
        return ""
    text = (FIRST + timedelta(days=dice.choice((0, 2, 5, 30, 34, 35, 36, 40, 70)))).isoformat()
    return text + dice.choice(("", "", "", "T00:00:00Z", "T17:30:00-07:00"))


def rows_of(dice: random.Random, who: str) -> list[tuple[str, str]]:
    """Some rows of the rosters about one person, each with its file, in the order they stand."""
    rows = []
    if dice.random() < 0.25:
        # The same employment in two rosters, each of which says its own end.
        for name in ("employees.csv", "leavers.csv"):
            told = [day(dice, 0.2), day(dice, 0.9), who, "employee", dice.choice(ZONES), "", ""]
            cells = [f"{who}@x.example", *told, day(dice, 0.1), day(dice, 0.7)]
            rows.append(
                (
                    name,
                    ",".join((*cells, dice.choice(("", "", "", "leave", "active", "rescinded")))),
                )
            )
    for _ in range(dice.choice((1, 1, 2, 2, 3, 4)) if not rows else dice.choice((0, 0, 1, 2))):
        zone, status = dice.choice(ZONES), dice.choice(("", "", "active", "rescinded", "leave"))
        status = "garden_leave" if status == "leave" and dice.random() < 0.5 else status
        if dice.random() < 0.6:
            kind = dice.choice(("employee", "employee", "contractor", ""))
            told = [day(dice, 0.4), day(dice, 0.5), who, kind, zone, day(dice, 0.3)]
            cells = [f"{who}@x.example", *told, day(dice, 0.15), day(dice, 0.2)]
            name = dice.choice(("employees.csv", "employees.csv", "leavers.csv"))
        else:
            told = ["north", zone, day(dice, 0.4), day(dice, 0.6), day(dice, 0.2)]
            cells = [who, *told, day(dice, 0.2), day(dice, 0.15), ""]
            name = dice.choice(("contractors.csv", "contractors.csv", "badges.csv"))
        rows.append((name, ",".join((*cells, day(dice, 0.7), status))))
    return rows


def acts_of(dice: random.Random) -> list[tuple[datetime, datetime]]:
    acts = []
    for _ in range(ACTS_EACH):
        start = datetime.combine(FIRST, datetime.min.time(), UTC)
        start += timedelta(days=dice.choice((-1, 0, 1, 2, 3, 4, 6, 31, 35, 36, 37, 41, 71)))
        start += timedelta(hours=dice.choice((0, 0, 7, 10, 12, 16)))
        start += timedelta(microseconds=dice.choice((-1, 0, 0, 1)))
        acts.append((start, start + dice.choice(WIDTHS)))
    return acts


def test_five_thousand_histories(world: Any) -> None:
    dice = random.Random(5)
    names = [f"w-{number}" for number in range(HISTORIES)]
    lines = {name: [HEADERS[kind]] for name, (kind, _) in FILES.items()}
    acts = []
    for who in names:
        for name, line in rows_of(dice, who):
            lines[name].append(line)
        lines["accounts.csv"].append(f"{who},,{who},personal,,")
        acts += [(who, "console", *bounds) for bounds in acts_of(dice)]
    files = []
    for name, text in lines.items():
        kind, imported_at = FILES[name]
        data = "\n".join(text).encode()
        files.append(ContextFile(kind, name, sha256(data).hexdigest(), data, imported_at))
    people.register(world.engine, files)
    world.acts([(who, source, a.isoformat(), b.isoformat()) for who, source, a, b in acts])
    people.judge(world.engine)
    judged: list[Row] = world.engine.rows(
        "SELECT event_uid::INTEGER AS n, belief, phases, len(ends) AS ends,"
        " len(list_filter(ends, lambda one: one.taken_back)) > 0 AS taken_back,"
        " len(list_distinct(list_transform(ends, lambda one: one.source))) < len(ends) AS same_file"
        " FROM act_people"
        " ORDER BY n, belief"
    )

    by_person: dict[str, list[Fact]] = defaultdict(list)
    for row in world.engine.rows("SELECT * FROM employment ORDER BY fact_no"):
        by_person[row["person"]].append(Fact(**row))
    plain = oracle()
    kinds: dict[str, int] = defaultdict(int)
    differing = []
    for row in judged:
        who, _, earliest, latest = acts[row["n"]]
        hindsight = row["belief"] == "now"
        wanted = plain.phases(by_person[who], plain.Act(earliest, latest), hindsight=hindsight)
        if set(row["phases"]) != wanted:
            differing.append((who, row["belief"], earliest, latest, row["phases"], wanted))
        kinds["+".join(row["phases"])] += 1
    assert differing == []
    assert len(judged) == 2 * HISTORIES * ACTS_EACH
    # Without many of each phase, alone and together, agreement would say little.
    for phase in ("employed", "notice", "last_day", "ended", "leave", "unknown"):
        assert kinds[phase] > 100, phase
    assert len([one for one in kinds if "+" in one]) > 20
    disputed = [row for row in judged if row["ends"]]
    assert len(disputed) > 1000
    assert len([row for row in disputed if len(row["phases"]) > 1]) > 500
    assert len([row for row in disputed if row["taken_back"]]) > 100
    assert len([row for row in disputed if row["same_file"]]) > 100
