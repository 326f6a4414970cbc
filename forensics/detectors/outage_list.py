"""Which accounts, keys, logs and other objects of this case were out, when, and by whom?

Not asked by a scan: it lists what `forensics outage` rebuilds of one object, for all of them. It
can miss objects whose acts name none; its limits say how many acts that are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypedDict

from forensics.conditions.vocabulary import one_of
from forensics.detectors.facts import Facts
from forensics.errors import UsageError
from forensics.findings.course import ListedOutage, OutageList
from forensics.timeline import inventory, machines, when
from forensics.timeline.inventory import Listed

SCHEMA = 1
EVERY = "all"
Order = Literal["start", "duration", "target", "actor"]
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Wanted(TypedDict, total=False):
    """Which outages are asked for; every filter given must hold.

    `kinds` are names of kinds, or `all`; without them all but those told of only when asked.
    `longer` and `shorter` are spans (`90s`, `15m`, `3h`): may have lasted longer than, and ended
    and may have lasted less than. `since` and `until` are times: possibly out then. `order` puts
    the earliest start, the longest, or names first.
    """

    kinds: Sequence[str]
    longer: str | None
    shorter: str | None
    actor: str | None
    open_only: bool
    since: str | None
    until: str | None
    tenant: str | None
    order: Order
    zone: str


def listed(
    facts: Facts,
    *,
    tool_version: str,
    kinds: Sequence[str] = (),
    longer: str | None = None,
    shorter: str | None = None,
    actor: str | None = None,
    open_only: bool = False,
    since: str | None = None,
    until: str | None = None,
    tenant: str | None = None,
    order: Order = "start",
    zone: str = "UTC",
) -> OutageList:
    """The outages of the case that are asked for; see `Wanted`."""
    begin = when.parse(since, zone).earliest if since else None
    stop = when.parse(until, zone).latest if until else None
    if begin and stop and begin >= stop:
        raise UsageError(f"Nothing lies between since {since!r} and until {until!r}.")
    least = when.window(longer) if longer else None
    most = when.window(shorter) if shorter else None
    taken = inventory.take(facts.engine, _kinds(kinds), facts.products)
    tests: list[Callable[[ListedOutage], bool]] = [
        lambda one: actor is None or actor.strip().lower() in _actors(one),
        lambda one: not open_only or one.end_latest is None,
        lambda one: tenant is None or (one.tenant or "").lower() in ("", tenant.strip().lower()),
        lambda one: least is None or one.longest is None or one.longest > least.total_seconds(),
        lambda one: most is None or _shorter(one, most),
        lambda one: begin is None or (one.end_latest or _FOREVER) > begin,
        lambda one: stop is None or (one.start_earliest or _ALWAYS) < stop,
    ]
    found = [_document(one) for one in taken.listed]
    chosen = [one for one in found if all(test(one) for test in tests)]
    return OutageList(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=taken.window_start,
        window_end=taken.window_end,
        objects=taken.objects,
        outages=tuple(sorted(chosen, key=_orders()[order])),
        limits=taken.limits,
    )


def _kinds(asked: Iterable[str]) -> list[str]:
    known = machines.load()
    wanted = [one.strip().lower() for one in asked]
    if EVERY in wanted:
        return list(known)
    if wanted:
        return [one_of("kind", one, known).kind for one in dict.fromkeys(wanted)]
    return [kind for kind, machine in known.items() if machine.listed]


def _actors(one: ListedOutage) -> set[str]:
    return {name.lower() for name in (one.started_by, one.ended_by) if name}


def _shorter(one: ListedOutage, most: timedelta) -> bool:
    """Whether it ended and may have lasted less."""
    return one.end_latest is not None and one.shortest < most.total_seconds()


def _orders() -> dict[str, Callable[[ListedOutage], Any]]:
    def place(one: ListedOutage) -> tuple[Any, ...]:
        begun = one.start_earliest or one.start_latest
        return begun, one.start_latest, one.kind, one.target, one.tenant or "", one.number

    return {
        "start": place,
        "duration": lambda one: (
            one.longest is not None,
            -(one.longest or 0.0),
            -one.shortest,
            place(one),
        ),
        "target": lambda one: (one.target.lower(), place(one)),
        "actor": lambda one: ((one.started_by or "").lower(), place(one)),
    }


def _document(one: Listed) -> ListedOutage:
    outage = one.outage
    return ListedOutage(
        kind=one.kind,
        target=one.target,
        tenant=one.tenant,
        number=outage.number,
        state=outage.state,
        start_earliest=outage.start_earliest,
        start_latest=outage.start_latest,
        end_earliest=outage.end_earliest,
        end_latest=outage.end_latest,
        shortest=outage.duration.shortest,
        longest=outage.duration.longest,
        started_by=one.started_by,
        ended_by=one.ended_by,
        started_by_uid=outage.started_by_uid,
        ended_by_uid=outage.ended_by_uid,
        causes=len(outage.causes),
        together=one.together,
        grade=one.grade,
    )
