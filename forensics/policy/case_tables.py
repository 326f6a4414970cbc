"""Tables beside the logs that tell of cases: lists of tickets, and of the members of teams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from forensics.engine import Engine, Row
from forensics.errors import ForensicsError
from forensics.policy import tables
from forensics.policy.tables import OPEN, Bounds, TableRow
from forensics.sources.context import TEAMS, TICKETS, ContextFile

_TICKET = (
    "caseid", "type", "queue", "target", "state", "statesince", "openedat", "openedby", "closedat",
    "assignee", "assignedat", "timezone",
)  # fmt: skip
_MEMBER = ("team", "member", "validfrom", "validto", "timezone")
_PLACE = (("source", "VARCHAR"), ("source_row", "BIGINT"))

TICKET_COLUMNS = (
    ("case_id", "VARCHAR"),
    ("type", "VARCHAR"),
    ("queue", "VARCHAR"),
    ("targets", "VARCHAR[]"),
    ("state", "VARCHAR"),
    ("state_since", "TIMESTAMPTZ"),
    ("state_latest", "TIMESTAMPTZ"),
    ("opened_at", "TIMESTAMPTZ"),
    ("opened_latest", "TIMESTAMPTZ"),
    ("opened_by", "VARCHAR"),
    ("closed_at", "TIMESTAMPTZ"),
    ("closed_latest", "TIMESTAMPTZ"),
    ("assignee", "VARCHAR"),
    ("assigned_at", "TIMESTAMPTZ"),
    ("assigned_latest", "TIMESTAMPTZ"),
    *_PLACE,
)
MEMBER_COLUMNS = (
    ("team", "VARCHAR"),
    ("member", "VARCHAR"),
    ("from_earliest", "TIMESTAMPTZ"),
    ("from_latest", "TIMESTAMPTZ"),
    ("to_earliest", "TIMESTAMPTZ"),
    ("to_latest", "TIMESTAMPTZ"),
    *_PLACE,
)

# How long what is written so takes, at most: a day, a minute, a second or less.
_GRAINS = (
    (re.compile(r"\d{4}-?\d\d-?\d\d"), timedelta(days=1)),
    (re.compile(r"[^T ]+[T ]\d\d:?\d\d(?:Z|[+-]\d\d:?\d\d)?"), timedelta(minutes=1)),
    (re.compile(r".*[.,]\d+.*"), timedelta(milliseconds=1)),
)


def register(engine: Engine, files: Sequence[ContextFile]) -> tuple[ForensicsError, ...]:
    """Register `tickets` and `team_members`, each where a file tells; return what was not read.

    Of an instant `*_at` is the earliest it can be and `*_latest` the end of what it can be.
    """
    problems: list[ForensicsError] = []
    for kind, relation, what, columns, made, shape in (
        (TICKETS, "tickets", "list of tickets", _TICKET, _ticket, TICKET_COLUMNS),
        (TEAMS, "team_members", "list of team members", _MEMBER, _member, MEMBER_COLUMNS),
    ):
        listed = [file for file in files if file.kind == kind]
        if listed:
            rows, found = tables.read(listed, columns, what, made)
            engine.register_rows(relation, shape, rows)
            problems += found
    return tuple(problems)


def _ticket(row: TableRow) -> Row:
    cells = row.cells
    if "caseid" not in cells:
        raise ValueError("it names no case; fill CaseId")
    opened, closed = _during(row, "openedat"), _during(row, "closedat")
    if opened[0] and closed[1] and closed[1] <= opened[0]:
        raise ValueError("ClosedAt does not lie after OpenedAt")
    since, assigned = _during(row, "statesince"), _during(row, "assignedat")
    targets = [one.strip() for one in cells.get("target", "").split(";")]
    return {
        "case_id": cells["caseid"],
        "type": cells.get("type"),
        "queue": cells.get("queue"),
        "targets": [one for one in targets if one],
        "state": cells["state"].lower() if "state" in cells else None,
        "state_since": since[0],
        "state_latest": since[1],
        "opened_at": opened[0],
        "opened_latest": opened[1],
        "opened_by": cells.get("openedby"),
        "closed_at": closed[0],
        "closed_latest": closed[1],
        "assignee": cells.get("assignee"),
        "assigned_at": assigned[0],
        "assigned_latest": assigned[1],
    }


def _member(row: TableRow) -> Row:
    if absent := [name for name in ("team", "member") if name not in row.cells]:
        raise ValueError(f"it names no {absent[0]}")
    begin, end = row.bounds("validfrom"), row.bounds("validto")
    if tables.not_after(begin, end):
        raise ValueError("ValidTo does not lie after ValidFrom")
    return {
        "team": row.cells["team"],
        "member": row.cells["member"],
        "from_earliest": begin[0],
        "from_latest": begin[1],
        "to_earliest": end[0],
        "to_latest": end[1],
    }


def _during(row: TableRow, column: str) -> Bounds:
    """When something happened at the time in a cell: some time within what is written there."""
    earliest, latest = row.bounds(column)
    if earliest is None or latest is None:
        return OPEN
    text = row.cells[column]
    grain = next((one for form, one in _GRAINS if form.fullmatch(text)), timedelta(seconds=1))
    return earliest, latest + grain
