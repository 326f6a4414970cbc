"""What a leaver did, in a terminal: counts by phase, then the acts that come first to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console

from forensics.findings.review import Departure, LeaverReview, ReviewedAct, ReviewedKind
from forensics.reports.reading import References, phases
from forensics.reports.terminal.coverage import coverage, evidence_index
from forensics.reports.terminal.parts import (
    QUIET,
    Fact,
    bullets,
    facts,
    grid_of,
    heading,
    indented,
    joined,
    labelled,
    plain,
)
from forensics.reports.times import stamp

_MOST = 30
_ON = "action, on what, and what is told of it"
_PHASES = ("employed", "notice", "last_day", "ended", "leave", "unknown", "undetermined")


def review(document: LeaverReview, console: Console) -> None:
    """Print who leaves when, what was done in which phase, the acts to look at, and limits."""
    first = _first(document.acts)
    refs = References(tuple(act.evidence for act in first))
    console.print(joined((f"REVIEW OF  {document.person}", "bold")))
    rows: list[Fact] = [
        *labelled("accounts", document.accounts),
        *labelled("leaves", [_leaves(one) for one in document.departures]),
        ("window", f"{stamp(document.since)} – {stamp(document.until)} UTC", ""),
        ("records", f"{document.events:,}, of which {len(document.acts):,} to look at", ""),
    ]
    facts(console, rows)
    _kinds(document.kinds, console)
    _acts(first, len(document.acts), refs, console)
    heading(console, "Limits")
    bullets(console, document.limits)
    coverage(document.coverage, console)
    evidence_index(refs, document.custody, console)


def _first(acts: tuple[ReviewedAct, ...]) -> list[ReviewedAct]:
    """The acts that lie in a narrower window or were new, the latest of many, in order."""
    noted = [act for act in acts if act.windows or act.first_time] or list(acts)
    return noted[-_MOST:]


def _leaves(one: Departure) -> str:
    said = []
    if one.notice_earliest:
        said.append(f"notice {_between(one.notice_earliest, one.notice_latest)}")
    if one.access_end_latest:
        said.append(f"access ends {_between(one.access_end_earliest, one.access_end_latest)}")
    else:
        said.append("end not known")
    if one.rescinded_at:
        said.append(f"taken back {one.rescinded_at:%Y-%m-%d %H:%M}Z")
    place = one.source if one.source_row is None else f"{one.source}:{one.source_row}"
    return f"{', '.join(said)} ({place})"


def _between(earliest: datetime | None, latest: datetime | None) -> str:
    told = [f"{time:%Y-%m-%d %H:%M}Z" for time in (earliest, latest) if time]
    return told[0] if len(set(told)) == 1 else "between " + " and ".join(told)


def _kinds(kinds: tuple[ReviewedKind, ...], console: Console) -> None:
    heading(console, "What was done", "by the phase of employment as known now")
    if not kinds:
        bullets(console, ("nothing that takes away, needs rights or moves data",))
        return
    used = [name for name in _PHASES if any(getattr(kind, name) for kind in kinds)]
    names = ("action", *(name.replace("_", " ") for name in used), "all", "before")
    table = grid_of(names, wide="action")
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for kind in kinds:
        counts = [*(getattr(kind, name) for name in used), kind.n, kind.before]
        cells = (plain(f"{n:,}" if n else "·", "" if n else QUIET) for n in counts)
        table.add_row(plain(kind.action), *cells)
    indented(console, table)
    indented(console, plain("before: records of this case from before the window", QUIET))


def _acts(acts: list[ReviewedAct], total: int, refs: References, console: Console) -> None:
    if not acts:
        return
    heading(console, "To look at", "UTC; latest last")
    table = grid_of(("", "time", "phase", _ON), wide=_ON)
    table.columns[1].no_wrap = True
    # What holds of all of them tells nothing of one.
    common = set.intersection(*(set(act.windows) for act in acts))
    for act in acts:
        table.add_row(
            plain(refs.label(act.evidence.event_uid), QUIET),
            plain(f"{act.evidence.time:%Y-%m-%d %H:%M:%S}"),
            plain(phases(act.phases)),
            joined(
                f"{act.evidence.action} {act.evidence.target or '—'}",
                (", ".join(("", *_told(act, common))), QUIET),
            ),
        )
    indented(console, table)
    for window in sorted(common):
        indented(console, plain(f"all of these: {window}", QUIET))
    if total > len(acts):
        told = f"and {total - len(acts):,} more acts; -t json or csv lists all"
        indented(console, plain(told, QUIET))


def _told(act: ReviewedAct, common: set[str]) -> Iterator[str]:
    found = act.evidence
    if found.outcome != "success":
        yield f"outcome {found.outcome}"
    if found.case_id:
        yield f"case {found.case_id}"
    if found.reason_code:
        yield f"reason {found.reason_code}"
    yield from (window for window in act.windows if window not in common)
    if act.first_time:
        yield "first in these records"
