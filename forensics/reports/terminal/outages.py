"""All outages of a case in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from rich.console import Console
from rich.text import Text

from forensics.findings.course import ListedOutage, OutageList
from forensics.findings.document import Duration
from forensics.reports.terminal.parts import (
    POSSIBLE,
    QUIET,
    bullets,
    grid_of,
    heading,
    indented,
    joined,
    plain,
    stacked,
)
from forensics.reports.times import began, beside_utc, duration, headline, local_span

# From how many columns on lengths and grades stand beside what they are of.
_ROOMY = 110
_TIME, _LENGTHS = 26, 28
_GAP = "a return may be lost in a gap"
# How many are listed whether routine or not.
_FEW = 20


def outages(
    document: OutageList, console: Console, zone: tzinfo | None = None, *, every: bool = False
) -> None:
    """Print the list, each line to be looked into with `forensics outage TARGET --kind KIND`.

    Of many only those that are no routine have a line each, and the others with `every`. Times are
    in UTC and, where it differs, in `zone` beneath.
    """
    local = beside_utc(zone)
    count = len(document.outages)
    found = "1 outage" if count == 1 else f"{count:,} outages"
    of = len({(one.kind, one.target, one.tenant) for one in document.outages})
    objects = "1 object" if of == 1 else f"{of:,} objects"
    known = f"; records tell of the state of {document.objects:,} in all"
    console.print(joined((found, "bold"), (f"  of {objects}{known}", QUIET)))
    first = [one for one in document.outages if one.reasons]
    routine = [one for one in document.outages if not one.reasons]
    folded = not every and count > _FEW and len(routine) > 1
    if shown := first if folded else document.outages:
        roomy = console.width >= _ROOMY
        when = f"from (UTC, {local})" if local else "from (UTC)"
        names = (when, "what", "for", "grade", "id") if roomy else (when, "what")
        table = grid_of(names, wide="what")
        table.columns[0].width = _TIME
        if roomy:
            table.columns[2].max_width = _LENGTHS
        several = len({one.tenant for one in document.outages if one.tenant}) > 1
        for one in shown:
            table.add_row(*(_row if roomy else _narrow_row)(one, local, tenant=several))
        indented(console, table)
    if folded:
        console.print(joined((f"  {_counted(routine)}", QUIET)))
    if document.limits:
        heading(console, "Limits")
        bullets(console, document.limits)


def _row(one: ListedOutage, local: tzinfo | None, *, tenant: bool) -> Iterator[Text]:
    yield stacked(*_began(one, local))
    yield stacked(joined(_object(one, tenant=tenant), "  ", _said(one)), *_remarks(one))
    yield plain(_length(one), _style(one))
    yield plain(one.grade)
    yield plain(_id(one), QUIET)


def _narrow_row(one: ListedOutage, local: tzinfo | None, *, tenant: bool) -> Iterator[Text]:
    """The same where there is no room beside each other: what, then how long, then why."""
    yield stacked(*_began(one, local), plain(f"grade {one.grade}  {_id(one)}", QUIET))
    yield stacked(
        joined(_object(one, tenant=tenant), "  ", (_length(one), _style(one))),
        _said(one),
        *_remarks(one),
    )


def _began(one: ListedOutage, local: tzinfo | None) -> Iterator[Text]:
    """From when, and what clocks of the zone showed then."""
    yield plain(began(one))
    if local is None:
        return
    earliest = one.start_earliest or one.start_latest
    yield plain(local_span(earliest, one.start_latest, local), QUIET)


def _object(one: ListedOutage, *, tenant: bool) -> Text:
    return joined((one.target, "bold"), (_kind(one, tenant=tenant), QUIET))


def _said(one: ListedOutage) -> Text:
    """The state, under how many causes, and by whom."""
    more = f" (+{one.causes - 1})" if one.causes > 1 else ""
    by = "by " * (one.started_by is not None) + _by(one)
    return joined(f"{one.state}{more}, {by}", (_others(one), QUIET))


def _remarks(one: ListedOutage) -> Iterator[Text]:
    """Why it is to be looked at, and what may be lost of it."""
    if one.reasons:
        yield plain(" · ".join(one.reasons), QUIET)
    if any(gap.cuts for gap in one.gaps):
        yield plain(_GAP, POSSIBLE)


def _style(one: ListedOutage) -> str:
    return POSSIBLE if one.end_latest is None else ""


def _id(one: ListedOutage) -> str:
    return one.evidence[0][:8] if one.evidence else ""


def _length(one: ListedOutage) -> str:
    if one.end_latest is None:
        return f"no end in {duration(one.recorded)}" if one.recorded else "no end seen"
    return headline(Duration(shortest=one.shortest, longest=one.longest))


def _counted(routine: Sequence[ListedOutage]) -> str:
    """The routine ones by kind and state in one line."""
    counts = Counter(f"{one.kind} {one.state}" for one in routine)
    named = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    return f"and {len(routine):,} routine ones ({named}); --all lists them"


def _kind(one: ListedOutage, *, tenant: bool) -> str:
    kind = "" if one.kind == "account" else f"  {one.kind}"
    return kind + (f"  {one.tenant}" if one.tenant and tenant else "")


def _by(one: ListedOutage) -> str:
    """Whose act began it, and whose may as well have."""
    if one.started_by:
        return " or ".join((one.started_by, *one.perhaps_started_by))
    if one.perhaps_started_by:
        return f"perhaps by {' or '.join(one.perhaps_started_by)}"
    return "witnesses tell" if one.claims and not one.started_by_uid else "no record"


def _others(one: ListedOutage) -> str:
    return f"  and {one.together} more at once" if one.together else ""
