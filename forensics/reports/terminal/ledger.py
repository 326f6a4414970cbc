"""The ledger of reading: what each source gave and never showed, then every file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console

from forensics.findings.ledger import Counted, FileReading, Ledger, SourceReading
from forensics.reports.terminal.parts import (
    QUIET,
    bullets,
    facts,
    files_read,
    heading,
    indented,
    labelled,
    plain,
)

# How many operations without a verb, or gaps, are named before the rest is only counted.
_NAMED = 8
# Files that lie beside logs, named and never read.
_BESIDE = "beside"
# With more files than this only those are listed of which there is more to say than a count.
_LISTED = 40


def ledger(document: Ledger, console: Console) -> None:
    """Print sources, files, and what was not read; a sum of everything last."""
    for one in document.sources:
        _source(one, console)
    heading(console, "Files", "read = stored + duplicate + rejected")
    shown = tuple(one for one in document.files if one.status != _BESIDE)
    if len(shown) > _LISTED:
        count = len(shown)
        shown = tuple(one for one in shown if one.rejected or one.note or one.status != "stored")
        told = f"{count - len(shown):,} files were stored whole; the JSON lists each."
        indented(console, plain(told, QUIET))
    if shown:
        _files(shown, console)
    if document.not_read:
        heading(console, "Not read, or not wholly")
        bullets(console, document.not_read, mark="!")
    beside = [f"{one.path}: {one.note}" for one in document.files if one.status == _BESIDE]
    if beside:
        heading(console, "Passed over beside the logs")
        bullets(console, beside)
    if document.context:
        heading(console, "Context beside the logs")
        bullets(console, document.context)
    _sum(document, console)


def _source(one: SourceReading, console: Console) -> None:
    heading(console, one.source, one.title or "")
    rows = labelled("span", [_span(one.first_time, one.last_time)])
    counts = f"{one.read:,} read = {one.stored:,} stored + {one.duplicate:,} duplicate"
    rows += labelled("records", [f"{counts} + {one.rejected:,} rejected, in {one.files:,} files"])
    if one.events != one.stored:
        rows += labelled("events", [f"{one.events:,}: records of it may hold several"])
    rows += labelled("time zones", [counted(one.time_basis) or "no event"])
    rows += labelled("late", _late(one))
    if one.unknown_operations:
        total = sum(word.n for word in one.unknown_operations)
        told = f"{total:,} events became other: {counted(one.unknown_operations)}"
        rows += labelled("no verb for", [told])
    if one.unseen:
        rows += labelled("never seen", [", ".join(one.unseen)])
    rows += labelled("gaps", _first(one.gaps))
    rows += labelled("omits", one.omits)
    facts(console, rows)


def counted(words: Sequence[Counted]) -> str:
    """Words with their counts, the most frequent first: `utc 12, assumed 3`."""
    told = ", ".join(f"{word.name} {word.n:,}" for word in words[:_NAMED])
    more = len(words) - _NAMED
    return f"{told} and {more:,} more" if more > 0 else told


def _first(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _NAMED
    return [*lines[:_NAMED], *([f"{more:,} more, in the JSON."] if more > 0 else [])]


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "no event"
    return f"{first:%Y-%m-%d %H:%M:%S} – {last:%Y-%m-%d %H:%M:%S} UTC"


def _late(one: SourceReading) -> list[str]:
    found = []
    if one.late.logged is not None:
        longest = f", {one.late.longest / 60:,.0f} min at most" if one.late.longest else ""
        minutes = f"{one.late.threshold / 60:g} min"
        found.append(f"{one.late.logged:,} logged more than {minutes} after the act{longest}")
    if one.late.arrived is not None:
        found.append(f"{one.late.arrived:,} arrived after later ones had been ingested")
    return found


def _files(files: Sequence[FileReading], console: Console) -> None:
    files_read(
        console,
        [
            (one.path, (one.read, one.stored, one.duplicate, one.rejected), " · ".join(_notes(one)))
            for one in files
        ],
    )


def _notes(one: FileReading) -> list[str]:
    sure = f" ({one.confidence})" if one.confidence else ""
    kind = "+".join(part for part in (one.format, one.compression) if part)
    notes = [f"{one.source}{sure}" if one.source else one.status, kind, f"{one.size:,} bytes"]
    if one.source and one.status != "stored":
        notes.append(one.status)
    if one.first_time:
        notes.append(_span(one.first_time, one.last_time))
    if one.time_basis:
        notes.append(f"zones: {counted(one.time_basis)}")
    if one.reject_reasons:
        notes.append(f"rejected: {counted(one.reject_reasons)}")
    return [note for note in (*notes, one.note or "") if note]


def _sum(document: Ledger, console: Console) -> None:
    files = sum(one.status != _BESIDE for one in document.files)
    read = sum(one.read for one in document.files)
    rejected, lost = sum(one.rejected for one in document.files), len(document.not_read)
    told = f"{files:,} files"
    if lost:
        told += f", {lost:,} not read, or not wholly"
    elif not rejected:
        told += ", all of them read"
    told += f"; {read:,} records" + (f", {rejected:,} of them rejected" if rejected else "")
    console.print()
    console.print(plain(f"{told}.", "bold"))
