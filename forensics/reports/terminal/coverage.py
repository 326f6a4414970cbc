"""What an answer rests on: files, records kept and lost, checks made and not, evidence."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from forensics.findings.document import Coverage, CoverageFile, CustodyHead
from forensics.reports.reading import References, by_file
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


def coverage(document: Coverage, console: Console) -> None:
    """Print the ledger of files, then gaps, context and what could not be evaluated."""
    heading(console, "Coverage", "read = stored + duplicate + rejected")
    table = grid_of(("file", "read", "stored", "dup", "rejected"), wide="file")
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for file in document.files:
        table.add_row(_file(file), *_counts(file))
    indented(console, table)
    _list(console, "Gaps", document.gaps)
    _list(console, "Context used", document.context)
    _list(console, "Not evaluated", document.not_evaluated)
    indented(console, joined((f"Evaluated: {', '.join(document.evaluated) or 'nothing'}", QUIET)))


def evidence_index(refs: References, custody: CustodyHead, console: Console) -> None:
    """Print where every numbered event lies, and the hash over all inputs."""
    heading(console, "Evidence", "number:record in its file; `forensics timeline --raw` shows them")
    for file, sha256, items in by_file(refs.items):
        places = "  ".join(f"{refs.label(item.event_uid)}:{item.record_no}" for item in items)
        indented(console, joined(file, (f"  sha256 {sha256[:16]}…", QUIET)))
        indented(console, joined((f"  {places}", QUIET)))
    inputs = f"{custody.entries} input{'' if custody.entries == 1 else 's'}"
    indented(console, plain(f"rests on {inputs}, custody head {custody.head[:16]}…", QUIET))


def _file(file: CoverageFile) -> Text:
    notes = [file.source] if file.source else []
    if file.first_time and file.last_time:
        notes.append(f"{file.first_time:%Y-%m-%d %H:%M} – {file.last_time:%Y-%m-%d %H:%M} UTC")
    if file.note:
        notes.append(file.note)
    shown = plain(file.file)
    return stacked(shown, plain(" · ".join(notes), QUIET)) if notes else shown


def _counts(file: CoverageFile) -> tuple[Text, ...]:
    kept = file.read, file.stored, file.duplicate
    rejected = plain(f"{file.rejected:,}", POSSIBLE if file.rejected else "")
    return (*(plain(f"{count:,}") for count in kept), rejected)


def _list(console: Console, title: str, lines: tuple[str, ...]) -> None:
    if lines:
        indented(console, joined((title, "bold")))
        bullets(console, lines)
