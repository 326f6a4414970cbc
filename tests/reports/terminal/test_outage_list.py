"""The list of outages keeps every name and grade whole, however narrow the terminal."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from forensics.findings.course import ListedOutage, OutageList
from forensics.reports import terminal

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAME = "contractor-17@staffing.example"
REASONS = ("target of tier vip", "out of policy: P1-vip-two-person, P2-departing-destructive")


def _listed(**more: object) -> ListedOutage:
    said = {
        "kind": "account", "target": "@headofstate", "tenant": None, "number": 1,
        "state": "deactivated", "start_earliest": START - timedelta(seconds=5),
        "start_latest": START + timedelta(seconds=5), "end_earliest": START, "end_latest": None,
        "shortest": 660.0, "longest": None, "started_by": NAME, "ended_by": None,
        "started_by_uid": "a", "ended_by_uid": None, "causes": 1, "together": 0, "grade": "B",
    }  # fmt: skip
    return ListedOutage(**(said | more))  # type: ignore[arg-type]  # as the table above says


@pytest.mark.parametrize("width", [80, 100, 160])
def test_names_and_grades_are_whole(width: int) -> None:
    document = OutageList(
        schema=1, tool_version="1", window_start=START, window_end=START, objects=9,
        outages=(_listed(reasons=REASONS), _listed(target=NAME, shortest=5.0, longest=9.0)),
        limits=(),
    )  # fmt: skip
    shown = Console(file=io.StringIO(), width=width, color_system=None)
    terminal.outages(document, shown)
    assert isinstance(shown.file, io.StringIO)
    lines = shown.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert sum(NAME in line for line in lines) >= 2
    assert sum("P2-departing-destructive" in line for line in lines) == 1
    text = " ".join(" ".join(lines).split())
    assert text.startswith("2 outages of 2 objects; records tell of the state of 9 in all")
    assert text.count("B") >= 2
    assert len(lines) <= 3 + 2 * 4


def test_of_many_the_routine_is_counted_and_listed_on_demand() -> None:
    routine = tuple(_listed(target=f"@user-{number}") for number in range(30))
    notable = _listed(reasons=("target of tier vip",), recorded=3_600.0)
    document = OutageList(
        schema=1, tool_version="1", window_start=START, window_end=START, objects=31,
        outages=(*routine, notable), limits=(),
    )  # fmt: skip
    for every, listed in ((False, 1), (True, 31)):
        shown = Console(file=io.StringIO(), width=120, color_system=None)
        terminal.outages(document, shown, every=every)
        assert isinstance(shown.file, io.StringIO)
        text = shown.file.getvalue()
        assert text.count(" B ") == listed
        assert ("and 30 routine ones (30 account deactivated); --all lists them" in text) != every
        assert "target of tier vip" in text
        assert "no end in 1 h 0" in text


@pytest.mark.parametrize("width", [80, 160])
def test_times_stand_in_utc_and_in_the_zone_asked_for(width: int) -> None:
    document = OutageList(
        schema=1, tool_version="1", window_start=START, window_end=START, objects=1,
        outages=(_listed(reasons=("target of tier vip",)),), limits=(),
    )  # fmt: skip
    shown = Console(file=io.StringIO(), width=width, color_system=None)
    terminal.outages(document, shown, ZoneInfo("Asia/Kolkata"))
    assert isinstance(shown.file, io.StringIO)
    text = shown.file.getvalue()
    assert "Asia/Kolkata" in " ".join(text.split())
    assert "+05:30" in text
    assert max(map(len, text.splitlines())) <= width
