"""Rosters on their way into a case, and what they say of people, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.errors import InputError

if TYPE_CHECKING:
    from forensics.api.case import Case
    from forensics.engine import Row
    from forensics.evidence.ingest import IngestReport

_HEAD = 65_536


def add(case: Case, paths: Sequence[Path], mapping: Path | None) -> IngestReport:
    """Add context files to a case, tables of another header by this mapping or those it keeps.

    Raises `InputError` before anything is stored when one is no context file, and
    `DeclarationError` when the mapping is faulty.
    """
    from forensics import people
    from forensics.people import feeds
    from forensics.sources import context

    given = [feeds.parse(mapping.read_bytes(), str(mapping))] if mapping else []
    kept, _ = people.mappings(case.store.context())
    with ExitStack() as known:
        for one in (*kept, *given):
            known.enter_context(context.mapped(list(one.columns.values())))
        for path in paths:
            with path.open("rb") as file:
                if context.kind_of(path, file.read(_HEAD)) is None:
                    raise _unknown(path)
        return case.ingest(*([mapping] if mapping else []), *paths)


def _unknown(path: Path) -> InputError:
    return InputError(
        "This is no roster, account list, list of protected targets or policy.",
        place=str(path),
        remedy="See forensics people import --help for the headers that are known; any other "
        "table of people needs --mapping.",
    )


def shown(found: Row) -> list[str]:
    """Who somebody is: what is believed, then accounts and facts."""
    lines = [f"{found['who']}: {found['person'] or 'may be ' + ' or '.join(found['people'])}"]
    if found["belief"]:
        lines.append(found["belief"]["sentence"])
    lines += [f"account {one['account']} ({one['kind']})" for one in found["accounts"]]
    lines += [_state(one) for one in found["states"]]
    return lines + [fact(one) for one in found["facts"]]


def fact(row: Row) -> str:
    """One employment fact on one line."""
    end = row["last_working_day"] or "end not known"
    recorded = f", recorded {row['recorded_at']:%Y-%m-%d}" if row["recorded_at"] else ""
    zone = f" {row['zone']}" if row["zone"] else ""
    return (
        f"  {row['person']}: {row['kind']}, {row['role'] or 'role not known'}, "
        f"last working day {end}{zone}{recorded} ({row['source']}:{row['source_row']})"
    )


def _state(row: Row) -> str:
    """What a directory says of an account, on one line."""
    since = f" as of {row['as_of']:%Y-%m-%d %H:%MZ}" if row["as_of"] else ""
    return f"account {row['account']} is {row['state']}{since} ({row['source']})"


def unresolved(rows: Sequence[Row]) -> Iterator[str]:
    """Each account with whose it may be, and below that the row for accounts.csv."""
    for row in rows:
        kind = f", {row['account_kind']}" if row["account_kind"] else ""
        times = f"{row['first_time']:%Y-%m-%d} to {row['last_time']:%Y-%m-%d}"
        yield f"  {row['actor']} in {row['source']}{kind}: {row['events']} events, {times}"
        for one in row["proposals"]:
            yield f"    may be {one['person']}: {one['why']} ({one['name']})"
            yield f"    {one['row']}"


def questions(rows: Sequence[Row]) -> Iterator[str]:
    """The questions of one check after another, and what to do about them."""
    for what, group in groupby(rows, key=lambda row: row["what"]):
        same = list(group)
        yield what.replace("_", " ")
        for one in same:
            place = f" ({one['place']})" if one["place"] else ""
            yield f"  {one['sentence']}{place}"
        for remedy in dict.fromkeys(one["remedy"] for one in same):
            yield f"  → {remedy}"
