"""The ledger of reading: the sum, what was not read and why, then what each source gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console

from forensics.findings.ledger import Counted, FileReading, Ledger, SourceReading
from forensics.reports.terminal.grouping import by_reason, by_reject, by_remark, groups
from forensics.reports.terminal.parts import (
    QUIET,
    bullets,
    common_folder,
    facts,
    files_read,
    heading,
    indented,
    labelled,
    plain,
)

# How many operations without a verb, or gaps, are named before the rest is only counted.
_NAMED, _FIRST = 8, 3
# More sources than this are a table, more files are not listed one by one.
_FEW_SOURCES, _FEW_FILES = 3, 20
# Of so many sources at most is something told beneath the table.
_LISTED = 12
_SURE = frozenset({"utc", "offset"})


def ledger(document: Ledger, console: Console, *, verbose: bool = False) -> None:
    """Print the sum, what was lost, and what each source gave; `verbose` names everything."""
    folder = common_folder([one.path for one in document.files])
    _summary(document, folder, console)
    _lost(document, folder, console, verbose=verbose)
    if document.outdated:
        heading(console, "Declared otherwise now", "judged by what they were read with")
        bullets(console, [*document.outdated, "forensics ingest --reread reads a source anew."])
    if verbose or len(document.sources) <= _FEW_SOURCES:
        for one in document.sources:
            _source(one, console, verbose=verbose)
        if document.sources:
            _how_judged(document, console)
    else:
        _sources(document.sources, console)
        _unnamed(document.sources, console)
        _gaps(document, console)
        heading(console, "What the sources do not record")
        told = "forensics sources show NAME tells it of one, --verbose of all that are here."
        indented(console, plain(told, QUIET))
    _files(document.files, folder, console, verbose=verbose)
    if document.context:
        heading(console, "Context beside the logs")
        bullets(console, document.context)


def _summary(document: Ledger, folder: str, console: Console) -> None:
    total = document.sum
    heading(console, "Summary")
    far = {
        "read whole": total.whole,
        "read in part": total.in_part,
        "not read": total.not_read,
        "set aside": total.set_aside,
    }
    told = ", ".join(f"{count:,} {how}" for how, count in far.items() if count) or "none"
    if total.archives:
        noun = "archive" if total.archives == 1 else "archives"
        told += f"; {total.archives:,} {noun}, the members counted as files"
    rows = labelled("files", [told, *([f"in {folder}"] if folder else [])])
    rows += labelled(
        "records", [_counts(total.read, total.stored, total.duplicate, total.rejected)]
    )
    if total.events != total.stored:
        rows += labelled("events", [f"{total.events:,}: a record may hold several"])
    rows += labelled("span", [_span(total.first_time, total.last_time)])
    rows += labelled("sources", [f"{len(document.sources):,}"])
    facts(console, rows)


def _lost(document: Ledger, folder: str, console: Console, *, verbose: bool) -> None:
    """Print what was not read, set aside, rejected or is to be heeded, by reason."""
    files, total = document.files, document.sum
    parts = (
        ("Not read", total.not_read, by_reason(_read(files, "not_read"))),
        ("Read in part", total.in_part, by_reason(_read(files, "in_part"))),
        ("Rejected records", total.rejected, by_reject(files)),
        ("To heed", None, by_remark(_read(files, "whole"))),
        ("Set aside", total.set_aside, by_reason(_read(files, "set_aside"))),
    )
    for title, count, found in parts:
        told = (
            f"{count:,}, by reason" if count is not None else "what is said of files that were read"
        )
        if any(len(one.files) > _FIRST for one in found) and not verbose:
            told += "; --verbose names all"
        groups(console, title, told, found, folder=folder, whole=verbose)


def _read(files: Sequence[FileReading], how: str) -> list[FileReading]:
    return [one for one in files if one.reading == how]


def _counts(read: int, stored: int, duplicate: int, rejected: int) -> str:
    return f"{read:,} read = {stored:,} stored + {duplicate:,} duplicate + {rejected:,} rejected"


def _sources(sources: Sequence[SourceReading], console: Console) -> None:
    heading(console, "Sources", "read = stored + duplicate + rejected")
    files_read(
        console,
        [
            (
                one.source,
                (one.read, one.stored, one.duplicate, one.rejected),
                " · ".join(_in_short(one)),
            )
            for one in sources
        ],
        of="source",
    )


def _in_short(one: SourceReading) -> list[str]:
    told = [f"{one.files:,} file{'' if one.files == 1 else 's'}"]
    if one.first_time and one.last_time:
        told.append(f"{one.first_time:%Y-%m-%d %H:%M} – {one.last_time:%Y-%m-%d %H:%M} UTC")
    if doubtful := [basis for basis in one.time_basis if basis.name not in _SURE]:
        told.append(f"zones: {counted(doubtful)}")
    if one.unknown_operations:
        told.append(f"{sum(word.n for word in one.unknown_operations):,} without a verb")
    if one.gaps:
        told.append(f"{len(one.gaps):,} gap{'' if len(one.gaps) == 1 else 's'}")
    if late := sum(n or 0 for n in (one.late.logged, one.late.arrived)):
        told.append(f"{late:,} late")
    return told


def _unnamed(sources: Sequence[SourceReading], console: Console) -> None:
    """Print the operations that no verb stands for, by source."""
    sums = [(sum(word.n for word in one.unknown_operations), one) for one in sources]
    told = [
        f"{one.source}, {total:,}: {counted(one.unknown_operations, _FIRST)}"
        for total, one in sorted(sums, key=lambda each: -each[0])
        if total
    ]
    if told:
        heading(console, "Operations without a verb", "how many events became other, and which")
        bullets(console, _first(told, _LISTED))


def _gaps(document: Ledger, console: Console) -> None:
    """Print gaps, the sources that are too short to have any told, and how that is judged."""
    heading(console, "Gaps")
    told = [
        f"{one.gaps[0]} (1 of {len(one.gaps)})" if len(one.gaps) > 1 else one.gaps[0]
        for one in document.sources
        if one.gaps
    ]
    told = _first(told, _LISTED)
    unknown = [one.source for one in document.sources if one.gaps_unknown]
    if unknown:
        told.append(f"Too little to judge gaps by, {len(unknown):,} sources: {', '.join(unknown)}.")
    bullets(console, told or ["None was found."])
    _how_judged(document, console)


def _how_judged(document: Ledger, console: Console) -> None:
    console.print()
    indented(console, plain(document.gap_rule, QUIET))


def _source(one: SourceReading, console: Console, *, verbose: bool) -> None:
    most = None if verbose else _NAMED
    heading(console, one.source, one.title or "")
    rows = labelled("span", [_span(one.first_time, one.last_time)])
    counts = _counts(one.read, one.stored, one.duplicate, one.rejected)
    rows += labelled("records", [f"{counts}, in {one.files:,} file{'' if one.files == 1 else 's'}"])
    if one.events != one.stored:
        rows += labelled("events", [f"{one.events:,}: records of it may hold several"])
    rows += labelled("time zones", [counted(one.time_basis) or "no event"])
    rows += labelled("late", _late(one))
    if one.unknown_operations:
        total = sum(word.n for word in one.unknown_operations)
        told = f"{total:,} events became other: {counted(one.unknown_operations, most)}"
        rows += labelled("no verb for", [told])
    if one.unseen:
        rows += labelled("never seen", [", ".join(one.unseen)])
    unjudged = [one.gaps_unknown] if one.gaps_unknown else []
    rows += labelled("gaps", [*_first(one.gaps, most), *unjudged] or ["none found"])
    rows += labelled("omits", one.omits)
    facts(console, rows)


def counted(words: Sequence[Counted], most: int | None = _NAMED) -> str:
    """Words with their counts, the most frequent first: `utc 12, assumed 3`."""
    told = ", ".join(f"{word.name} {word.n:,}" for word in words[:most])
    more = len(words) - (most or len(words))
    return f"{told} and {more:,} more" if more > 0 else told


def _first(lines: Sequence[str], most: int | None) -> list[str]:
    more = len(lines) - (most or len(lines))
    return [*lines[:most], *([f"{more:,} more; --verbose names them."] if more > 0 else [])]


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


def _files(files: Sequence[FileReading], folder: str, console: Console, *, verbose: bool) -> None:
    """Print every file that holds records, with what became of them; when they are few, or all."""
    shown = [one for one in files if one.reading in {"whole", "in_part", "archive"}]
    if not shown:
        return
    heading(console, "Files", "read = stored + duplicate + rejected")
    if len(shown) > _FEW_FILES and not verbose:
        told = f"{len(shown):,} files; --verbose and -t json list each."
        indented(console, plain(told, QUIET))
        return
    files_read(
        console,
        [
            (
                one.path.removeprefix(folder),
                (one.read, one.stored, one.duplicate, one.rejected),
                " · ".join(_notes(one)),
            )
            for one in shown
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
