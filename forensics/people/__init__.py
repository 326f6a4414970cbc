"""People: bitemporal employment facts, the persons behind accounts, and the phase of every act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from forensics.engine import Engine
from forensics.errors import DeclarationError, UsageError
from forensics.people import dates, directory, feeds, identity, roster, shifts
from forensics.people.checks import check
from forensics.people.phases import judge
from forensics.people.proposals import unresolved
from forensics.people.queries import (
    departures,
    leavers,
    own_accounts,
    persons,
    phases_at,
    rescinded,
    resigned,
    show,
)
from forensics.people.readings import EmploymentBelief, PersonReading, readings
from forensics.people.sheet import Problem
from forensics.sources.context import (
    ACCOUNTS,
    CONTRACTORS,
    DIRECTORY,
    EMPLOYEES,
    ROSTER,
    ROSTER_MAPPING,
    SHIFTS,
    ContextFile,
)

__all__ = [
    "EmploymentBelief",
    "PeopleLoad",
    "PersonReading",
    "Problem",
    "check",
    "departures",
    "judge",
    "leavers",
    "mappings",
    "own_accounts",
    "persons",
    "phases_at",
    "readings",
    "register",
    "rescinded",
    "resigned",
    "show",
    "unresolved",
]


@dataclass(frozen=True)
class PeopleLoad:
    """How many facts and accounts were read, and every problem met, in the order of the files."""

    facts: int
    accounts: int
    problems: tuple[Problem, ...]


def register(
    engine: Engine, files: Sequence[ContextFile], *, default_zone: str | None = None
) -> PeopleLoad:
    """Register what the files tell of people, each relation only when a file of its kind is given.

    These are `employment`, `accounts`, `shifts` and `account_states`. `default_zone`
    is the organisation's zone for dates whose row, site and provider name none. Raises
    `UsageError` when it is unknown.
    """
    ordered = sorted(files, key=lambda file: (file.imported_at, file.name, file.sha256))

    def of(*kinds: str) -> list[ContextFile]:
        return [file for file in ordered if file.kind in kinds]

    zone = _default(default_zone)
    accounts, problems = identity.read_accounts(of(ACCOUNTS), default_zone=zone)
    mapped, faults = mappings(ordered)
    worked, late = shifts.read_shifts(of(SHIFTS))
    rosters = of(EMPLOYEES, CONTRACTORS, ROSTER)
    holders = identity.persons_by_account(accounts)
    found = roster.read_facts(
        rosters,
        default_zone=zone,
        whose=lambda email, when: holders.at(email, when) if when else holders.get(email),
        shifts=worked,
        mapped=mapped,
    )
    states, unread = directory.read_states(of(DIRECTORY), default_zone=zone)
    if rosters:
        engine.register("employment", roster.table(found.facts))
        engine.register("people_vanished", roster.vanished_table(found.vanished))
    if of(ACCOUNTS):
        engine.register("accounts", identity.table(accounts))
    if of(SHIFTS):
        engine.register("shifts", worked.table(roster.zones_by_person(found.facts)))
    if of(DIRECTORY):
        engine.register("account_states", directory.table(states))
    return PeopleLoad(
        len(found.facts), len(accounts), (*problems, *faults, *found.problems, *late, *unread)
    )


def _default(name: str | None) -> tzinfo | None:
    try:
        return dates.zone(name) if name else None
    except LookupError as near:
        raise UsageError(
            f"The default zone {name!r} is unknown.",
            remedy=f"Write an IANA name, such as {near.args[0]}.",
        ) from near


def mappings(files: Sequence[ContextFile]) -> tuple[list[feeds.Feed], list[Problem]]:
    """The feeds that mappings among the files make, and a problem for each that cannot be used."""
    mapped, problems = [], []
    for file in files:
        if file.kind != ROSTER_MAPPING:
            continue
        try:
            mapped.append(feeds.parse(file.data, file.name))
        except DeclarationError as error:
            problems.append(Problem(error.message, file.name, error.remedy or ""))
    return mapped, problems
