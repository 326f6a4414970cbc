"""What an answer rests on: files, records kept and lost, checks made and not, evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from rich.columns import Columns
from rich.console import Console

from forensics.findings.document import Coverage, CoverageFile, CustodyHead, Evidence, Outage
from forensics.reports import gaps
from forensics.reports.reading import References, by_file
from forensics.reports.terminal.parts import (
    POSSIBLE,
    QUIET,
    Counts,
    bullets,
    common_folder,
    files_read,
    heading,
    indented,
    joined,
    plain,
)

_KINDS = {"policy": ("policy", "policies"), "rule": ("rule", "rules")}
_OTHER_KIND = ("other check", "other checks")
# Of more files those that were read whole are told together, source by source.
_MANY = 12


def coverage(document: Coverage, console: Console, *, outages: Sequence[Outage] = ()) -> None:
    """Print the ledger of files, then gaps, context and what could not be evaluated.

    With `outages`, gaps farther than a day from them are only counted.
    """
    heading(console, "Coverage", "read = stored + duplicate + rejected")
    _files(document.files, console)
    near, far = gaps.split(document.gaps, outages)
    if far:
        are = "is" if len(far) == 1 else "are"
        near.append(f"{len(far)} more, over a day before or after, {are} in the report.")
    _list(console, "Gaps", near)
    _list(console, "Context used", document.context)
    _list(console, "Not evaluated", document.not_evaluated)
    indented(console, plain(evaluated_in_words(document.evaluated), QUIET))


def evaluated_in_words(checks: Iterable[str]) -> str:
    """How many policies and rules were evaluated: `3 policies, 9 rules evaluated`."""
    counts = Counter(_KINDS.get(check.partition(" ")[0], _OTHER_KIND) for check in checks)
    told = [
        f"{counts[words]} {words[counts[words] != 1]}"
        for words in (*_KINDS.values(), _OTHER_KIND)
        if counts[words]
    ]
    return f"{', '.join(told) or 'nothing'} evaluated"


def evidence_index(refs: References, custody: CustodyHead, console: Console) -> None:
    """Print where every numbered event lies, and the hash over all inputs."""
    heading(console, "Evidence", "number, id:record in its file; ids lead on: timeline --around ID")
    for file, sha256, items in by_file(refs.items):
        places = [plain(_place(refs.label(item.event_uid), item), QUIET) for item in items]
        indented(console, plain(file))
        indented(console, plain(f"sha256 {sha256[:16]}…", QUIET), by=4)
        indented(console, Columns(places, padding=(0, 2)), by=4)
        for item in items:
            for line in written(item):
                indented(console, plain(f"{refs.label(item.event_uid)} {line}"), by=4)
    inputs = f"{custody.entries} input{'' if custody.entries == 1 else 's'}"
    indented(
        console, plain(f"rests on {inputs}, SHA-256 over all inputs {custody.head[:16]}…", QUIET)
    )
    for one in custody.assumed:
        indented(console, plain(one, POSSIBLE))


def written(item: Evidence) -> list[str]:
    """What investigators wrote beside an event, a line each."""
    tags = ["tags " + ", ".join(item.tags)] if item.tags else []
    return [*(f"note {note}" for note in item.notes), *tags]


def _place(label: str, item: Evidence) -> str:
    """The number of an event, its id as far as it is asked for, and its record."""
    return f"{label} {item.event_uid[:8]}:{item.record_no}"


def _files(files: Sequence[CoverageFile], console: Console) -> None:
    folder = common_folder([file.file for file in files])
    if folder:
        indented(console, plain(f"in {folder}", QUIET))
    odd = [file for file in files if len(files) <= _MANY or file.rejected or file.note]
    alike = [file for file in files if file not in odd]
    rows = [
        (file.file.removeprefix(folder), _counts([file]), _notes(file, file.source)) for file in odd
    ]
    for source in sorted({file.source or "" for file in alike}):
        own = [file for file in alike if (file.source or "") == source]
        named = f"{len(own):,} file" + "s" * (len(own) != 1)
        rows.append((f"{named} of {source or 'no source'}", _counts(own), _notes(_spanning(own))))
    files_read(console, rows)


def _counts(files: Sequence[CoverageFile]) -> Counts:
    """Records read, stored, duplicate and rejected, of all of them."""
    return (
        sum(file.read for file in files),
        sum(file.stored for file in files),
        sum(file.duplicate for file in files),
        sum(file.rejected for file in files),
    )


def _spanning(files: Sequence[CoverageFile]) -> CoverageFile:
    """The first of some files, as if it held the times of all."""
    first = [file.first_time for file in files if file.first_time]
    last = [file.last_time for file in files if file.last_time]
    return replace(files[0], first_time=min(first, default=None), last_time=max(last, default=None))


def _notes(file: CoverageFile, source: str | None = None) -> str:
    notes = [source] if source else []
    if file.first_time and file.last_time:
        notes.append(f"{file.first_time:%Y-%m-%d %H:%M} – {file.last_time:%Y-%m-%d %H:%M} UTC")
    if file.note:
        notes.append(file.note)
    return " · ".join(notes)


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        indented(console, joined((title, "bold")))
        bullets(console, lines)
