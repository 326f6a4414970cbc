"""People: bitemporal employment facts, the persons behind accounts, and the phase of every act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.people import dates, identity, roster
from forensics.people.identity import unresolved
from forensics.people.phases import judge
from forensics.people.queries import leavers, persons, show
from forensics.people.readings import EmploymentBelief, PersonReading, readings
from forensics.people.sheet import Problem
from forensics.sources.context import ACCOUNTS, CONTRACTORS, EMPLOYEES, ContextFile

__all__ = [
    "EmploymentBelief",
    "PeopleLoad",
    "PersonReading",
    "Problem",
    "judge",
    "leavers",
    "persons",
    "readings",
    "register",
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
    """Register `employment` and `accounts`, each only when a file of that kind is given.

    `default_zone` is the organisation's zone for dates whose row, site and provider name none.
    Raises `UsageError` when it is unknown.
    """
    ordered = sorted(files, key=lambda file: (file.imported_at, file.name, file.sha256))
    rosters = [file for file in ordered if file.kind in (EMPLOYEES, CONTRACTORS)]
    lists = [file for file in ordered if file.kind == ACCOUNTS]
    try:
        zone = dates.zone(default_zone) if default_zone else None
    except LookupError as near:
        raise UsageError(
            f"The default zone {default_zone!r} is unknown.",
            remedy=f"Write an IANA name, such as {near.args[0]}.",
        ) from near
    accounts, problems = identity.read_accounts(lists, default_zone=zone)
    facts, found = roster.read_facts(
        rosters, default_zone=zone, persons=identity.persons_by_account(accounts)
    )
    if rosters:
        engine.register("employment", roster.table(facts))
    if lists:
        engine.register("accounts", identity.table(accounts))
    return PeopleLoad(len(facts), len(accounts), (*problems, *found))
