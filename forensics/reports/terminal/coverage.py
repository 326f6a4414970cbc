"""What an answer rests on: files, records kept and lost, checks made and not, evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console

from forensics.findings.document import Coverage, CoverageFile, CustodyHead, Outage
from forensics.reports import gaps
from forensics.reports.reading import References, by_file
from forensics.reports.terminal.parts import (
    POSSIBLE,
    QUIET,
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
    heading(console, "Evidence", "number:record in its file; `forensics timeline --raw` shows them")
    for file, sha256, items in by_file(refs.items):
        places = "  ".join(f"{refs.label(item.event_uid)}:{item.record_no}" for item in items)
        indented(console, plain(file))
        indented(console, plain(f"sha256 {sha256[:16]}…", QUIET), by=4)
        indented(console, plain(places, QUIET), by=4)
        for item in items:
            tags = ("tags " + ", ".join(item.tags),) if item.tags else ()
            for written in (*(f"note {note}" for note in item.notes), *tags):
                indented(console, plain(f"{refs.label(item.event_uid)} {written}"), by=4)
    inputs = f"{custody.entries} input{'' if custody.entries == 1 else 's'}"
    indented(
        console, plain(f"rests on {inputs}, SHA-256 over all inputs {custody.head[:16]}…", QUIET)
    )
    for one in custody.assumed:
        indented(console, plain(one, POSSIBLE))


def _files(files: Sequence[CoverageFile], console: Console) -> None:
    folder = common_folder([file.file for file in files])
    if folder:
        indented(console, plain(f"in {folder}", QUIET))
    files_read(
        console,
        [
            (
                file.file.removeprefix(folder),
                (file.read, file.stored, file.duplicate, file.rejected),
                _notes(file),
            )
            for file in files
        ],
    )


def _notes(file: CoverageFile) -> str:
    notes = [file.source] if file.source else []
    if file.first_time and file.last_time:
        notes.append(f"{file.first_time:%Y-%m-%d %H:%M} – {file.last_time:%Y-%m-%d %H:%M} UTC")
    if file.note:
        notes.append(file.note)
    return " · ".join(notes)


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        indented(console, joined((title, "bold")))
        bullets(console, lines)
