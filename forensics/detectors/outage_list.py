"""Which accounts, keys, logs and other objects of this case were out, when, and by whom?

Not asked by a scan: it lists what `forensics outage` rebuilds of one object, for all of them. It
can miss objects whose acts name none; its limits say how many acts that are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import msgspec

from forensics.detectors import outage_asked, outage_weight
from forensics.detectors.facts import Facts, as_document
from forensics.findings.course import ListedOutage, OutageList, Silence
from forensics.timeline import inventory
from forensics.timeline.inventory import Listed
from forensics.timeline.statements import NONE, Statements, told
from forensics.timeline.witnessed import witnessed

SCHEMA = 1
Order = Literal["start", "duration", "target", "actor"]


class Wanted(TypedDict, total=False):
    """Which outages are asked for; every filter given must hold.

    `kinds` are names of kinds, or `all`; without them all but those told of only when asked.
    `longer` and `shorter` are spans (`90s`, `15m`, `3h`): may have lasted longer than, and ended
    and may have lasted less than. `since` and `until` are times: possibly out then. `order` puts
    the earliest start, the longest, or names first. `statements` of witnesses, or files of these,
    are weighed beside the records.
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
    statements: Statements | Sequence[str | Path]


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
    statements: Statements | Sequence[str | Path] = NONE,
) -> OutageList:
    """The outages of the case that are asked for; see `Wanted`."""
    tests = [
        *outage_asked.lasting(longer, shorter),
        *outage_asked.within(since, until, zone),
        *outage_asked.of_tenant(facts, tenant),
        *outage_asked.by(actor),
    ]
    asked = outage_asked.kinds(kinds)
    taken = witnessed(
        facts.engine,
        inventory.take(facts.engine, asked, facts.products),
        told(statements),
        kinds=asked,
        products=facts.products,
        tenant=tenant,
    )
    found = [_document(one) for one in taken.listed]
    found = [one for one in found if not open_only or one.end_latest is None]
    chosen = [one for one in found if all(test(one) for test in tests)]
    weighed = zip(chosen, outage_weight.reasons(facts, chosen), strict=True)
    chosen = [msgspec.structs.replace(one, reasons=why) for one, why in weighed]
    return OutageList(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=taken.window_start,
        window_end=taken.window_end,
        objects=taken.objects,
        outages=tuple(sorted(chosen, key=_orders()[order])),
        limits=taken.limits,
    )


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
    bases = outage.start_basis, outage.end_basis
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
        recorded=outage.duration.recorded,
        evidence=tuple(dict.fromkeys(uid for one in bases if one for uid in one.evidence)),
        perhaps_started_by=one.perhaps_started_by,
        gaps=tuple(as_document(Silence, gap) for gap in outage.gaps),
        claims=len(outage.testimony.claims) if outage.testimony else 0,
    )
