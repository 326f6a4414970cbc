"""What a draft is learnt from: a file, the first member of an archive with records, or stdin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from forensics.errors import InputError

if TYPE_CHECKING:
    from forensics.evidence.inputs import Input
    from forensics.sources.declaration import Declaration


@dataclass(frozen=True)
class Drafted:
    """A drafted declaration, what it was learnt from, and the source that was known already."""

    text: str
    label: str
    known_as: str | None


def draft(path: str, name: str | None, known: dict[str, Declaration]) -> Drafted:
    """A draft for a log that may be compressed, or a member of an archive.

    Raises `InputError` when nothing holds records.
    """
    from forensics.evidence.inputs import expand
    from forensics.sources import scaffold

    fault: InputError | None = None
    with TemporaryDirectory() as folder:
        for given in expand((path,)):
            for label, head, known_as in _heads(given, Path(folder), known):
                stem = Path(label.rsplit("!/", 1)[-1]).name.split(".")[0].strip("-")
                try:
                    return Drafted(scaffold.draft(name or stem, head, known), label, known_as)
                except InputError as error:
                    fault = error
    raise fault or InputError("There is nothing to learn from.", place=path)


def _heads(
    given: Input, folder: Path, known: dict[str, Declaration]
) -> Iterator[tuple[str, bytes, str | None]]:
    """Label, opening bytes and known source of an input, or of each member of an archive."""
    from forensics.evidence.archives import Archive
    from forensics.evidence.reading import identify_opened, open_input

    if given.beside or given.refusal is not None:
        return
    with open_input(given.path, given.label, None, given.within) as opened:
        if opened.archive is None:
            found = identify_opened(given.path, opened, known).recognition
            yield given.label, opened.head, found.source if found else None
        elif given.path is None:
            raise InputError(
                "Standard input is an archive.",
                place=given.label,
                remedy="Save it to a file first.",
            )
        else:
            for member in Archive(given, given.path, opened, folder).members():
                yield from _heads(member, folder, known)
