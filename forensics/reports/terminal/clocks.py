"""The ledger of clocks in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from forensics.findings.clocks import ClockLedger, ClockOfSource, ClockPair, ClockSegment
from forensics.findings.document import Evidence
from forensics.reports.terminal.parts import (
    DOWN,
    LABEL,
    POSSIBLE,
    QUIET,
    bullets,
    grid_of,
    heading,
    indented,
    plain,
)
from forensics.reports.times import stamp

_STYLES = {"refuted": DOWN, "contradicted": DOWN, "no anchors": QUIET, "consistent": ""}
_BASES = {
    "told": "told with --assume",
    "measured": "by other clocks",
    "declared": "declared for the source",
    "assumed": "assumed",
}
# More segments than this of one clock are not listed here, but in -t json.
_SEGMENTS = 12


def clocks(document: ClockLedger, console: Console) -> None:
    """Print each clock's offset and its basis, what ties clocks together, and the evidence."""
    heading(console, "Clocks", "seconds ahead of true time, from at least to at most")
    for one in document.sources:
        _clock(one, console)
    if not document.sources:
        indented(console, plain("no events", QUIET))
    _pairs(document, console)
    _rules(document, console)
    _evidence(document, console)


def _clock(one: ClockOfSource, console: Console) -> None:
    console.print()
    indented(console, plain(one.source, LABEL).append(f"  {one.verdict}", _STYLES[one.verdict]))
    table = grid_of(("offset", "basis", "on its clock (UTC)"), wide="on its clock (UTC)")
    for segment in one.segments[:_SEGMENTS]:
        sure = "" if segment.number is not None else POSSIBLE
        table.add_row(
            plain(_range(segment.offset_low_s, segment.offset_high_s), sure),
            plain(_BASES[segment.basis]),
            plain(_span(segment), sure),
        )
    indented(console, table, by=4)
    if (more := len(one.segments) - _SEGMENTS) > 0:
        indented(console, plain(f"... and {more} more segments; -t json has all", QUIET), by=4)
    counted = ", ".join(f"{kind.n:,} {kind.name}" for kind in one.anchors)
    indented(console, plain(f"anchors: {counted or 'none'}", QUIET), by=4)
    bullets(console, one.sentences)


def _span(segment: ClockSegment) -> str:
    def time(at: datetime | None) -> str:
        return stamp(at) if at else ""

    if segment.since is None and segment.until is None:
        return "always"
    if segment.since is None:
        return f"until {time(segment.until)}"
    if segment.until is None:
        return f"from {time(segment.since)}"
    between = "" if segment.number is not None else "change: "
    return f"{between}{time(segment.since)} – {time(segment.until)}"


def _range(low: float, high: float) -> str:
    if low == -high:
        return f"±{abs(high):g} s"
    # What rounds to nothing has no sign.
    first, last = (round(one, 3) + 0.0 for one in (low, high))
    return f"{first:+.3f} … {last:+.3f} s"


def _pairs(document: ClockLedger, console: Console) -> None:
    if not document.pairs and not document.untied:
        return
    heading(console, "Differences", "what ties two clocks together")
    labels = _labels(document)
    for one in document.pairs:
        indented(console, _told(one, labels))
    if document.untied:
        noun = "pair of sources has" if document.untied == 1 else "pairs of sources have"
        indented(console, plain(f"{document.untied} {noun} no anchor", QUIET))


def _told(one: ClockPair, labels: dict[str, str]) -> Text:
    line = plain(one.sentence, _STYLES[one.verdict])
    cited = " ".join(labels[uid] for uid in one.evidence if uid in labels)
    return line.append(f" [{cited}]", QUIET) if cited else line


def _rules(document: ClockLedger, console: Console) -> None:
    named = {kind.name for one in document.sources for kind in one.anchors}
    used: Sequence[str] = [f"{kind}: {document.meaning[kind]}" for kind in sorted(named)]
    rule = (
        "a clock keeps what is declared of it until anchors show two to differ certainly; then "
        "either may be the wrong one, and one of them is taken to keep it"
    )
    measured = (
        "by other clocks: anchors measure how far two clocks differ, never which is right; the "
        "range follows from that and from what the other clocks are taken to keep"
    )
    heading(console, "How it is judged")
    bullets(
        console,
        [
            *used,
            rule,
            measured,
            f"within a segment it drifts by at most {document.drift_ppm:g} ppm",
        ],
    )


def _evidence(document: ClockLedger, console: Console) -> None:
    heading(console, "Evidence", "forensics timeline --raw shows the records")
    labels = _labels(document)
    for one in document.evidence:
        where = f"{one.file}, record {one.record_no}" if one.file else one.source
        told = f"{labels[one.event_uid]:>4}  {one.event_uid[:8]}  {stamp(one.time)}  {where}"
        indented(console, plain(told))
    inputs = f"{document.custody.entries} input{'' if document.custody.entries == 1 else 's'}"
    head = f"rests on {inputs}, SHA-256 over all inputs {document.custody.head[:16]}…"
    indented(console, plain(head, QUIET))
    for told in document.custody.assumed:
        indented(console, plain(told, POSSIBLE))


def _labels(document: ClockLedger) -> dict[str, str]:
    found: Sequence[Evidence] = document.evidence
    return {one.event_uid: f"E{number}" for number, one in enumerate(found, start=1)}
