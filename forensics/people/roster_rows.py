"""Rows of rosters understood cell by cell: whose each is, what it says, what is unreadable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from forensics.people import dates
from forensics.people.dates import Written
from forensics.people.ends import CONTRACT_ENDS
from forensics.people.feeds import KINDS, STATUSES, Feed
from forensics.people.sheet import Problem, SheetRow, quoted

_DATES = (
    "start",
    "notice",
    "last_day",
    "contract_end",
    "provider_notice",
    "badge",
    "credential",
    "termination",
    "access_end",
    "recorded",
)
# The days among them: what such a cell says of the time of day does not count.
_DAYS = ("last_day", "contract_end", "provider_notice", "termination")
_DATE_REMEDY = "Write dates as 2017-11-02 or 2017-11-02T17:00:00-07:00."


@dataclass(frozen=True)
class Draft:
    """A row understood cell by cell, before what only other rows know is applied.

    `lost` are the dates that it has and that cannot be read.
    """

    row: SheetRow
    feed: Feed
    cells: Mapping[str, str]
    written: Mapping[str, Written]
    lost: frozenset[str]
    zone: tzinfo | None
    person: str

    @property
    def email(self) -> str:
        """The e-mail in lower case; empty where the row has none."""
        return self.cells.get("email", "").lower()

    @property
    def name(self) -> str | None:
        """The name as shown, or made of first and last name."""
        parts = (self.cells.get("first_name"), self.cells.get("last_name"))
        return self.cells.get("name") or " ".join(filter(None, parts)) or None


def draft(row: SheetRow, feed: Feed) -> tuple[Draft | None, list[Problem]]:
    """What a row says, or None; and every problem met. An unreadable date alone loses no row."""
    cells = _cells(row, feed)
    if "person" not in cells and "email" not in cells:
        message = "The row names no person; it is not read."
        whom = [feed.columns[name] for name in ("person", "email") if name in feed.columns]
        return None, [row.problem(message, f"Fill {' or '.join(whom)}.")]
    if cells.get("status", "active").lower() not in STATUSES:
        message = f"The status {quoted(cells['status'])} is unknown; the row is not read."
        remedy = f"Write one of {', '.join(sorted(STATUSES))}, or nothing."
        return None, [row.problem(message, remedy)]
    written, unreadable = _dates(row, feed, cells)
    problems = list(unreadable.values())
    if cells.get("kind", "employee").lower() not in KINDS:
        message = f"The employment type {quoted(cells['kind'])} is unknown; taken for not said."
        problems.append(row.problem(message, f"Write one of {', '.join(sorted(KINDS))}."))
    zone: tzinfo | None = None
    try:
        zone = dates.zone(cells["zone"]) if "zone" in cells else None
    except LookupError as near:
        message = f"The zone {quoted(cells['zone'])} is unknown; the row is read without it."
        problems.append(row.problem(message, f"Write an IANA name, such as {near.args[0]}."))
    person = cells.get("person") or cells["email"]
    return Draft(row, feed, cells, written, frozenset(unreadable), zone, person), problems


def _cells(row: SheetRow, feed: Feed) -> dict[str, str]:
    """The cells of a row by what their columns mean, in our words where a mapping has them."""
    cells = {}
    for meaning, column in feed.columns.items():
        cell = row.cells.get(column.lower())
        if cell is not None:
            cells[meaning] = feed.values.get(meaning, {}).get(cell.lower(), cell)
    return cells


def _dates(
    row: SheetRow, feed: Feed, cells: Mapping[str, str]
) -> tuple[dict[str, Written], dict[str, Problem]]:
    """The dates of a row by what they mean, and a problem for each that cannot be read."""
    written: dict[str, Written] = {}
    unreadable: dict[str, Problem] = {}
    for name in _DATES:
        try:
            value = dates.read(cells[name], feed.day_first) if name in cells else None
        except ValueError as error:
            said = f"{feed.columns[name]} {quoted(cells[name])} cannot be read: {error}"
            unreadable[name] = row.problem(f"{said}; the date is not read.", _DATE_REMEDY)
            continue
        if value:
            written[name] = value
    return written, unreadable


# Who has an e-mail by the account list: at a time, or as listed now.
Whose = Callable[[str, datetime | None], str | None]


def joined(drafts: Sequence[Draft], whose: Whose | None) -> list[Draft]:
    """The rows with the person of each that names an e-mail alone.

    That is `whose` it was at the time of the row's dates. Else the rows of the rosters that have
    the e-mail beside an id tell, where they have it for one id, and no two names.
    """
    ids: dict[str, dict[str, str]] = defaultdict(dict)
    names: dict[str, set[str]] = defaultdict(set)
    for one in drafts:
        if one.email:
            names[one.email] |= {one.name.casefold()} if one.name else set()
            if "person" in one.cells:
                ids[one.email].setdefault(one.person.lower(), one.person)
    found = []
    for one in drafts:
        person = one.person
        if "person" not in one.cells:
            known = list(ids[one.email].values())
            agreed = known[0] if len(known) == 1 and len(names[one.email]) < 2 else None
            listed = whose(one.email, _time(one)) if whose else None
            person = listed or agreed or person
        found.append(replace(one, person=person))
    return found


def _time(draft: Draft) -> datetime | None:
    """About when a row speaks of its person: at the first date of work that it has."""
    told = ("notice", "last_day", *CONTRACT_ENDS, "termination", "access_end", "start", "recorded")
    first = next((draft.written[name] for name in told if name in draft.written), None)
    return dates.instant(first, draft.zone)[0] if first else None


class Zones:
    """The zones of persons, sites and providers, where every row that names one names the same."""

    def __init__(self, drafts: Sequence[Draft], default: tzinfo | None) -> None:
        named: dict[tuple[str, str], set[tzinfo]] = defaultdict(set)
        for one in drafts:
            if one.zone:
                named["person", one.person.lower()].add(one.zone)
                for basis in ("site", "provider"):
                    if basis in one.cells:
                        named[basis, one.cells[basis].lower()].add(one.zone)
        self._agreed = {key: zones.pop() for key, zones in named.items() if len(zones) == 1}
        self._default = default

    def of(self, draft: Draft) -> tuple[tzinfo | None, str]:
        """The zone of a row and what it rests on, from the strongest basis to none."""
        if draft.zone:
            return draft.zone, "worker"
        known = self._agreed.get(("person", draft.person.lower()))
        if known and "zone" not in draft.cells:
            return known, "worker"
        for name in ("last_day", *CONTRACT_ENDS, "termination", "access_end"):
            written = draft.written.get(name)
            if written and written.offset:
                return written.offset, "offset"
        if "zone" in draft.cells:
            # A zone that was named and not understood is not one that was left out.
            return None, "none"
        for basis in ("site", "provider"):
            agreed = self._agreed.get((basis, draft.cells.get(basis, "").lower()))
            if agreed:
                return agreed, basis
        return self._default, "default" if self._default else "none"


def in_zone(written: Mapping[str, Written], zone: tzinfo | None) -> dict[str, Written]:
    """The dates of a row, with instants that stand for days taken to the days of a zone."""
    return {name: dates.local(one, zone) if name in _DAYS else one for name, one in written.items()}
