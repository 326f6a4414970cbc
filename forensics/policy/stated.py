"""What tables beside the logs state: entitlements, holidays, and windows of approved change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forensics.engine import Engine, Row
from forensics.errors import ForensicsError
from forensics.policy import tables
from forensics.policy.tables import TableRow
from forensics.sources.context import CHANGE_WINDOWS, ENTITLEMENTS, HOLIDAYS, ContextFile

_PLACE = (("source", "VARCHAR"), ("source_row", "BIGINT"))
ENTITLED = (
    ("account", "VARCHAR"),
    ("person", "VARCHAR"),
    ("held", "VARCHAR"),
    ("from_earliest", "TIMESTAMPTZ"),
    ("from_latest", "TIMESTAMPTZ"),
    ("to_earliest", "TIMESTAMPTZ"),
    ("to_latest", "TIMESTAMPTZ"),
    ("basis", "VARCHAR"),
    *_PLACE,
)
FREE = (("day", "DATE"), ("place_kind", "VARCHAR"), ("place", "VARCHAR"), ("name", "VARCHAR"))
CHANGES = (
    ("change", "VARCHAR"),
    ("starts_at", "TIMESTAMPTZ"),
    ("starts_latest", "TIMESTAMPTZ"),
    ("ends_at", "TIMESTAMPTZ"),
    ("ends_latest", "TIMESTAMPTZ"),
    ("approved", "BOOLEAN"),
    ("approved_at", "TIMESTAMPTZ"),
    ("approved_latest", "TIMESTAMPTZ"),
    ("approved_by", "VARCHAR"),
    ("target", "VARCHAR"),
    *_PLACE,
)
# What the status of a change says of its approval; any other word leaves it open.
_APPROVED = {
    **dict.fromkeys(("approved", "scheduled", "implemented", "closed"), True),
    **dict.fromkeys(("draft", "requested", "pending", "rejected", "cancelled", "canceled"), False),
}
_PLACES = ("site", "zone", "country")


@dataclass(frozen=True)
class _List:
    kind: str
    relation: str
    what: str
    columns: tuple[str, ...]


_ENTITLEMENTS = _List(
    ENTITLEMENTS,
    "listed_entitlements",
    "list of entitlements",
    ("account", "person", "role", "action", "validfrom", "validto", "basis", "timezone"),
)
_HOLIDAYS = _List(HOLIDAYS, "holidays", "list of holidays", ("date", "name", *_PLACES))
_CHANGES = _List(
    CHANGE_WINDOWS,
    "change_windows",
    "list of changes",
    ("change", "start", "end", "status", "approvedat", "approvedby", "target", "timezone"),
)


def register(engine: Engine, files: Sequence[ContextFile]) -> tuple[ForensicsError, ...]:
    """Register `listed_entitlements`, `holidays` and `change_windows`, each where a file tells.

    Validity is half-open; a bound that is open is NULL. What could not be read is returned.
    """
    problems: list[ForensicsError] = []
    for one, made, shape in (
        (_ENTITLEMENTS, _entitlement, ENTITLED),
        (_HOLIDAYS, _holiday, (*FREE, *_PLACE)),
        (_CHANGES, _change, CHANGES),
    ):
        listed = [file for file in files if file.kind == one.kind]
        if listed:
            rows, found = tables.read(listed, one.columns, one.what, made)
            engine.register_rows(one.relation, shape, rows)
            problems += found
    return tuple(problems)


def _entitlement(row: TableRow) -> Row:
    cells = row.cells
    held = cells.get("role") or cells.get("action")
    if not held or not ("account" in cells or "person" in cells):
        raise ValueError("it does not say who holds what; fill Account or Person, Role or Action")
    begin, end = row.bounds("validfrom"), row.bounds("validto")
    if tables.not_after(begin, end):
        raise ValueError("ValidTo does not lie after ValidFrom")
    return {
        "account": cells.get("account"),
        "person": None if "account" in cells else cells.get("person"),
        "held": held.lower(),
        "from_earliest": begin[0],
        "from_latest": begin[1],
        "to_earliest": end[0],
        "to_latest": end[1],
        "basis": cells.get("basis"),
    }


def _holiday(row: TableRow) -> Row:
    named = [kind for kind in _PLACES if kind in row.cells]
    if len(named) > 1:
        raise ValueError(f"it names {' and '.join(named)}; a holiday is of one of them")
    kind = named[0] if named else None
    return {
        "day": row.day("date"),
        "place_kind": kind,
        "place": row.cells[kind].lower() if kind else None,
        "name": row.cells.get("name"),
    }


def _change(row: TableRow) -> Row:
    cells = row.cells
    begin, end = row.bounds("start"), row.bounds("end")
    if "change" not in cells or not begin[0] or not end[0]:
        raise ValueError("it lacks Change, Start or End")
    if tables.not_after(begin, end):
        raise ValueError("End does not lie after Start")
    approved = row.bounds("approvedat")
    status = cells.get("status")
    told = bool(approved[0]) or None
    return {
        "change": cells["change"],
        "starts_at": begin[0],
        "starts_latest": begin[1],
        "ends_at": end[0],
        "ends_latest": end[1],
        "approved": _APPROVED.get(status.lower()) if status else told,
        "approved_at": approved[0],
        "approved_latest": approved[1],
        "approved_by": cells.get("approvedby"),
        "target": cells.get("target"),
    }
