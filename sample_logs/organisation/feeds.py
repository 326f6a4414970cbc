"""The tables that arrive beside the logs: rosters as exported that night, accounts, shifts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from story.tables import (
    ACCOUNTS_HEADER,
    CONTRACTORS_HEADER,
    EMPLOYEES_HEADER,
    PROTECTED_HEADER,
    Row,
    protected_targets,
)

from organisation.people import FIRST_DAY, PROVIDERS, Fact, Worker, Workforce
from organisation.plans import Incident

SHIFTS_HEADER: Row = ("PersonId", "Start", "End", "TimeZone")
ENTITLEMENTS_HEADER: Row = ("Account", "Role", "ValidFrom", "ValidTo")
CONTRACT_END = "2018-06-29"
SINCE = "2017-01-02T00:00:00Z"
ENTITLED = {
    "moderator": "moderator",
    "senior_moderator": "moderator",
    "it_admin": "admin",
    "helpdesk": "admin",
    "engineer": "admin",
}
Table = tuple[Row, list[Row]]


def of_night(force: Workforce, incidents: Sequence[Incident], night: date) -> dict[str, Table]:
    """File name to header and rows of what is exported on a night; most nights nothing is."""
    found: dict[str, Table] = {}
    first = night == FIRST_DAY
    for kind, name in (("employee", "employees.csv"), ("contractor", "contractors.csv")):
        staff = [one for one in force.workers if one.person.kind == kind]
        if first or any(fact.recorded.date() == night for one in staff for fact in one.facts):
            header = EMPLOYEES_HEADER if kind == "employee" else CONTRACTORS_HEADER
            found[name] = (header, list(_roster(staff, night)))
    hired = [one for one in force.workers if one.facts[0].recorded.date() <= night]
    if first or any(one.facts[0].recorded.date() == night for one in hired):
        found["accounts.csv"] = (ACCOUNTS_HEADER, list(_accounts(hired, incidents)))
        found["entitlements.csv"] = (ENTITLEMENTS_HEADER, list(_entitlements(hired)))
    if first:
        found["protected_targets.csv"] = (PROTECTED_HEADER, protected_targets())
    if first or night.weekday() == 6:
        start = night if first else night + timedelta(days=1)
        found["shifts.csv"] = (
            SHIFTS_HEADER,
            list(_shifts(force, start, start + timedelta(days=7))),
        )
    return found


def _roster(staff: Sequence[Worker], night: date) -> Iterator[Row]:
    for one in staff:
        told = [fact for fact in one.facts if fact.recorded.date() <= night]
        for fact in sorted(told, key=lambda fact: fact.place):
            yield _employee(one, fact) if one.person.kind == "employee" else _contract(one, fact)


def _stamp(fact: Fact) -> str:
    return fact.recorded.strftime("%Y-%m-%dT%H:%M:%SZ")


def _employee(one: Worker, fact: Fact) -> Row:
    person, site = one.person, one.person.site
    zone = site.zone if fact.zone is None else fact.zone
    return (
        person.email,
        fact.resigned,
        fact.last,
        person.name,
        person.name,
        "employee",
        site.code,
        zone,
        person.role,
        _stamp(fact),
        fact.status,
    )


def _contract(one: Worker, fact: Fact) -> Row:
    person, site = one.person, one.person.site
    zone = site.zone if fact.zone is None else fact.zone
    ends = fact.last or CONTRACT_END
    provider = PROVIDERS[person.domain]
    begun = one.joins.isoformat()
    return (
        person.name,
        person.email,
        provider,
        site.code,
        zone,
        person.role,
        begun,
        CONTRACT_END if fact.status == "rescinded" else ends,
        "",
        _stamp(fact),
    )


def _accounts(hired: Sequence[Worker], incidents: Sequence[Incident]) -> Iterator[Row]:
    for one in hired:
        person = one.person
        if person.role == "engineer":
            yield (person.name, "aws_cloudtrail", person.name, "personal", SINCE, "")
        elif person.role not in ("it_admin", "helpdesk"):
            yield (person.name, "moderation_console", person.name, "personal", SINCE, "")
        yield (person.email, "okta_system", person.name, "personal", SINCE, "")
    yield ("intake", "moderation_console", "", "service", SINCE, "")
    lead = next(one for one in hired if one.person.role == "ts_lead")
    for incident in incidents:
        if incident.second is None:
            continue
        account, source = incident.second.name, "moderation_console"
        since = SINCE
        if incident.level == "hard":
            # It was a lead's, and changed hands; only the times tell whose it was.
            since = (incident.day - timedelta(days=30)).isoformat() + "T00:00:00Z"
            yield (account, source, lead.name, "personal", SINCE, since)
        yield (account, source, incident.worker.name, "admin", since, "")


def _entitlements(hired: Sequence[Worker]) -> Iterator[Row]:
    for one in hired:
        person, role = one.person, ENTITLED.get(one.person.role)
        if role:
            by_email = person.role in ("it_admin", "helpdesk")
            yield (person.email if by_email else person.name, role, SINCE, "")
        if person.role == "it_admin":
            yield (person.email, "log_admin", SINCE, "")


def _shifts(force: Workforce, first: date, until: date) -> Iterator[Row]:
    for one in force.workers:
        day = first
        while day < until:
            # Nobody's holiday is on the roster of shifts, and neither is a leaver.
            if one.works_on(day) and day not in one.away:
                begin, end = one.person.shift_on(day)
                local = (begin.replace(tzinfo=None), end.replace(tzinfo=None))
                yield (one.name, *(f"{at:%Y-%m-%dT%H:%M}" for at in local), one.person.site.zone)
            day += timedelta(days=1)
