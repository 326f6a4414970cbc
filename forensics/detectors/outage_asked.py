"""What is asked of the list of outages: checked, and made tests that each outage passes or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from forensics.conditions.vocabulary import one_of
from forensics.detectors.facts import Facts
from forensics.errors import UsageError
from forensics.findings.course import ListedOutage
from forensics.timeline import machines, query, when

EVERY = "all"
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)

Tests = list[Callable[[ListedOutage], bool]]


def kinds(asked: Iterable[str]) -> list[str]:
    """The kinds of those names; all that are told of unasked where none is named."""
    known = machines.load()
    wanted = [one.strip().lower() for one in asked]
    if EVERY in wanted:
        return list(known)
    if wanted:
        return [one_of("kind", one, known).kind for one in dict.fromkeys(wanted)]
    return [kind for kind, machine in known.items() if machine.listed]


def lasting(longer: str | None, shorter: str | None) -> Tests:
    """May have lasted longer than one span, and ended and may have lasted less than the other."""
    least = when.window(longer) if longer else None
    most = when.window(shorter) if shorter else None
    if least and most and least >= most:
        raise UsageError(f"Nothing is longer than {longer!r} and shorter than {shorter!r}.")
    tests: Tests = []
    if least:
        least_s = least.total_seconds()
        tests.append(lambda one: one.longest is None or one.longest > least_s)
    if most:
        most_s = most.total_seconds()
        tests.append(lambda one: one.end_latest is not None and one.shortest < most_s)
    return tests


def within(since: str | None, until: str | None, zone: str) -> Tests:
    """May have been out at some time of a period."""
    begin = when.parse(since, zone).earliest if since else _ALWAYS
    stop = when.parse(until, zone).latest if until else _FOREVER
    if begin >= stop:
        raise UsageError(f"Nothing lies between since {since!r} and until {until!r}.")
    return [
        lambda one: (one.end_latest or _FOREVER) > begin or begin == _ALWAYS,
        lambda one: (one.start_earliest or _ALWAYS) < stop or stop == _FOREVER,
    ]


def of_tenant(facts: Facts, tenant: str | None) -> Tests:
    """Of a tenant, which some record names, or of none that is told."""
    query.check_tenant(facts.engine, tenant)
    if tenant is None:
        return []
    wanted = tenant.strip().lower()
    return [lambda one: (one.tenant or "").lower() in ("", wanted)]


def by(actor: str | None) -> Tests:
    """Begun or ended by an account, perhaps; none is where nothing bears the name."""
    if actor is None:
        return []
    wanted = actor.strip().lower()
    return [lambda one: wanted in _actors(one)]


def _actors(one: ListedOutage) -> set[str]:
    named = (one.started_by, one.ended_by, *one.perhaps_started_by)
    return {name.lower() for name in named if name}
