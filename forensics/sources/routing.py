"""Files in which records of several sources lie: each record goes to the source it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forensics.sources.declaration import Declaration
from forensics.sources.formats import Batch
from forensics.sources.recognise import Recognition, decode, single

Kind = tuple[str, tuple[str, ...]]
"""A source, and the paths under which it carries its records."""


def routed(
    batch: Batch, recognition: Recognition, catalog: Mapping[str, Declaration]
) -> Iterator[tuple[Kind, Batch]]:
    """A batch of a file that was recognised, apart by source when the file holds several.

    A record that no source knows stays with that of the file. Nothing is lost: numbers, rejects
    and damage stand in exactly one of the parts.
    """
    main = (recognition.source or "", recognition.within)
    if not recognition.mixed:
        yield main, batch
        return
    parts = {main: Batch(rejects=batch.rejects, damage=batch.damage)}
    documents = batch.documents if batch.documents is not None else batch.records
    for place, document in enumerate(documents):
        kind = kind_of(document, catalog) or main
        part = parts.setdefault(kind, Batch())
        record = batch.records[place]
        part.numbers.append(batch.numbers[place])
        part.records.append(record)
        part.size += len(record)
        if batch.documents is not None:
            part.documents = part.documents if part.documents is not None else []
            part.documents.append(document)
    yield from parts.items()


def kind_of(document: bytes, catalog: Mapping[str, Declaration]) -> Kind | None:
    """The source that one record is of, or None."""
    decoded = decode([document])
    found = single(decoded[0], catalog) if decoded else None
    return (found.source, found.within) if found and found.source else None
