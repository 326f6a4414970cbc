"""Rosters on their way into a case, and what they say of people, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.errors import InputError

if TYPE_CHECKING:
    from forensics.api.case import Case
    from forensics.detectors.facts import Facts
    from forensics.engine import Engine, Row
    from forensics.evidence.ingest import IngestReport
    from forensics.people import PeopleLoad, Problem
    from forensics.people.feeds import Feed
    from forensics.timeline.when import Instant

_HEAD = 65_536
_ROSTERS = frozenset({"employees", "contractors", "roster"})


def add(case: Case, paths: Sequence[Path], mapping: Path | None) -> IngestReport:
    """Add context files to a case, tables of another header by this mapping or those it keeps.

    A mapping is kept as the one by which just these tables are read from now on. Raises
    `InputError` before anything is stored when one is no context file, and `DeclarationError` when
    the mapping is faulty.
    """
    from forensics import people
    from forensics.api import TOOL
    from forensics.evidence.kept_texts import keep
    from forensics.people import feeds
    from forensics.sources import context

    data = mapping.read_bytes() if mapping else b""
    given = feeds.parse(data, str(mapping)) if mapping else None
    kept = [] if given else people.mappings(case.store.context())[0]
    # The same file is the same roster, from wherever it is named.
    files = [path.resolve() for path in paths]
    with ExitStack() as known:
        for one in (*kept, *([given] if given else [])):
            known.enter_context(context.mapped(list(one.columns.values())))
        for path, file in zip(paths, files, strict=True):
            with file.open("rb") as opened:
                head = opened.read(_HEAD)
            if context.kind_of(file, head) is None:
                raise _unknown(path, head, given)
        report = case.ingest(*([mapping] if mapping else []), *files)
    rosters = {row.sha256: row.name for row in report.context if row.kind == context.ROSTER}
    if mapping and rosters:
        read_by = feeds.bound(data, rosters, datetime.now(UTC))
        keep(case.paths, str(mapping), context.ROSTER_MAPPING, read_by, TOOL)
        case.close()
    return report


def taken(case: Case, report: IngestReport) -> list[dict[str, str | None]]:
    """The context files of an import: kind, file, and the mapping that a roster is read by."""
    from forensics import people
    from forensics.people import feeds

    held = {(one.sha256, one.kind): one for one in case.store.context()}
    mapped, _ = people.mappings(list(held.values()))
    files: list[dict[str, str | None]] = []
    for row in report.context:
        file = held.get((row.sha256, row.kind))
        feed = feeds.feed_of(file, mapped) if file and row.kind in _ROSTERS else None
        files.append(
            {"kind": row.kind, "file": row.name, "mapping": feed.mapping if feed else None}
        )
    return files


def imported(
    files: Sequence[Mapping[str, str | None]], loaded: PeopleLoad, mapping: Path | None
) -> list[str]:
    """What an import took, what the case holds with it, and which mapping reads which file."""
    told = f"{loaded.facts} employment facts and {loaded.accounts} accounts"
    count = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    lines = [f"{count}; the case now holds {told}."]
    lines += [f"  {one['file']} is read by {one['mapping']}" for one in files if one["mapping"]]
    if mapping and len(lines) == 1:
        lines.append(f"  {mapping} reads none of them: each has a header that is known")
    return lines


def as_of(facts: Facts, given: Instant | None) -> tuple[Instant, str]:
    """The time given, else that of the last event, else now; and words for what was not given."""
    from forensics.timeline import when

    if given is not None:
        return given, ""
    _, last = facts.span()
    moment = when.Instant(last, last, "") if last else when.parse("now")
    said = f", as of {when.utc_text(moment.earliest)}"
    return moment, f"{said}, the last event" if last else said


def last_moment(time: Instant) -> datetime:
    """The last moment of a time: of a day or month that is just before the next begins."""
    return max(time.earliest, time.latest - timedelta(microseconds=1))


def lost(report: IngestReport, problems: Sequence[Problem]) -> bool:
    """Whether part of what an import added could not be read."""
    names = {row.name for row in report.context}
    return any(
        one.unread and (one.place in names or one.place.rpartition(":")[0] in names)
        for one in problems
    )


def _unknown(path: Path, head: bytes, mapping: Feed | None) -> InputError:
    from forensics.people import headers

    if path.suffix.lower() == ".csv":
        why = headers.refusal(head, mapping)
        other = (
            "Correct the mapping or the table." if mapping else "Any other table needs --mapping."
        )
    else:
        why = "Tables are read from files that end in .csv, users from .json, policies from .yml."
        other = "Export the table as CSV."
    return InputError(
        f"This is no roster, account list, list of protected targets or policy. {why}",
        place=str(path),
        remedy=f"{other} The page 'People' of the documentation shows every header that is known.",
    )


def shown(found: Row, moment: str = "") -> list[str]:
    """Who somebody is: what is believed, and was learned later; then accounts and facts.

    `moment` says as of when, where nobody asked for it.
    """
    named = found["person"] or f"may be {' or '.join(found['people'])}"
    lines = [f"{found['who']}: {named}{moment}"]
    if found["belief"]:
        lines.append(found["belief"]["sentence"])
    lines += [f"From {_utc(one['since'])} on: {one['sentence']}" for one in found["changes"]]
    if later := found["learned_later"]:
        now = later["belief"] == "now"
        lines.append(f"{'Learned later' if now else 'Known at the time'}: {later['sentence']}")
    lines += [_account(one) for one in found["accounts"]]
    lines += [_state(one) for one in found["states"]]
    return lines + [fact(one) for one in found["facts"]]


def fact(row: Row) -> str:
    """One employment fact on one line: all that it says of the end, and when it was recorded."""
    name = row["display_name"]
    named = f" ({name})" if name and name.lower() != row["person"].lower() else ""
    said = [_kind(row), row["role"] or "role not known", *_ends(row)]
    if row["status"] != "active":
        said.append(row["status"].replace("_", " "))
    if row["recorded_on"]:
        said.append(f"recorded {row['recorded_on']}")
    return f"  {row['person']}{named}: {', '.join(said)} ({row['source']}:{row['source_row']})"


def _kind(row: Row) -> str:
    if row["kind"] == "employee" and not row["kind_stated"]:
        return "taken for an employee"
    return row["kind"] or "kind not known"


def leaving(engine: Engine, since: datetime, until: datetime) -> list[Row]:
    """Whose access can end in [since, until), then who resigned by then; with phases at `since`.

    Raises `InputError` when there is no roster.
    """
    from forensics import people

    if "employment" not in engine.relations():
        raise InputError(
            "This case has no roster.",
            remedy="Import one with: forensics people import FILE --case DIR",
        )
    rows = [*people.leavers(engine, since, until), *people.resigned(engine, until)]
    phases = people.phases_at(engine, [row["person"] for row in rows], since)
    return [{**row, "phases": phases[row["person"]]} for row in rows]


def leavers(rows: Sequence[Row], since: datetime, until: datetime) -> Iterator[str]:
    """Whoever leaves on one line each, with the phase of their employment; then who resigned."""
    ends = [row for row in rows if row["access_end_latest"]]
    told: dict[object, list[Row]] = {}
    for place, row in enumerate(ends):
        told.setdefault(row["person"].lower() if row["disputed"] else place, []).append(row)
    people = len({row["person"].lower() for row in ends})
    yield f"{people} leaving from {_utc(since)} to {_utc(until)}"
    yield from (_leaver(same, since) for same in told.values())
    if resigned := [row for row in rows if not row["access_end_latest"]]:
        yield f"{len(resigned)} resigned, no last day known"
        yield from (_leaver([row], since) for row in resigned)


def _leaver(rows: Sequence[Row], at: datetime) -> str:
    """One person who leaves, by every end of the window that rosters dispute."""
    row = rows[0]
    phases = " or ".join(row["phases"]).replace("_", " ")
    line = f"{fact(row)}: {phases} on {at.astimezone(UTC):%Y-%m-%d}"
    if not row["disputed"]:
        return line
    others = [f"{', '.join(_ends(one))} ({one['source']}:{one['source_row']})" for one in rows[1:]]
    if others:
        return f"{line}; rosters differ on the end, or {'; or '.join(others)}"
    return f"{line}; rosters differ on the end, another has none or one outside this time"


def _ends(row: Row) -> Iterator[str]:
    zone = f" {row['zone']}" if row["zone"] else ""
    if row["notice_at"]:
        yield f"notice {_day(row['notice_at'], row['notice_latest'], row['zone'])}"
    if row["last_working_day"]:
        yield f"last working day {row['last_working_day']}{zone}"
    earliest, latest = row["access_end_earliest"], row["access_end_latest"]
    if latest is None:
        yield "end not known"
    elif earliest == latest:
        yield f"access ends {_utc(latest)}"
    else:
        yield f"access ends between {_utc(earliest)} and {_utc(latest)}"


def _day(earliest: datetime, latest: datetime, zone: str | None) -> date:
    """The day as it was written; without a zone it begins first where clocks are 14 h ahead."""
    from forensics.people import dates

    if earliest != latest and zone is None:
        return (earliest + timedelta(hours=14)).date()
    return earliest.astimezone(dates.zone(zone) if zone else UTC).date()


def _utc(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%MZ}"


def _account(row: Row) -> str:
    """An account on one line, with the log source and the time it is listed for."""
    where = f" in {row['source']}" if row["source"] else ""
    since = f" from {_utc(row['valid_from'])}" if row["valid_from"] else ""
    until = f" until {_utc(row['valid_to'])}" if row["valid_to"] else ""
    return f"account {row['account']} ({row['kind']}){where}{since}{until}"


def _state(row: Row) -> str:
    """What a directory says of an account, on one line."""
    since = f" as of {_utc(row['as_of'])}" if row["as_of"] else ""
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
