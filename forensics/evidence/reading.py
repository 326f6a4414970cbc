"""Reading one input: what it is, and its records batch by batch."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forensics.errors import InputError
from forensics.sources import context
from forensics.sources.declaration import Declaration
from forensics.sources.formats import Batch, Format, Reject, detect
from forensics.sources.opening import DAMAGED, HEAD, Opened
from forensics.sources.recognise import Recognition, decode, recognise

_SAMPLE = 25
_SAMPLE_BYTES = 64 * 1024


@dataclass
class Identity:
    """What an input is: a context file, a log of a known source, or neither (`why` says)."""

    context: str | None = None
    container: Format | None = None
    recognition: Recognition | None = None
    why: str = ""


def _embedded_columns(catalog: Mapping[str, Declaration]) -> list[str | None]:
    """Embedded columns that some source declares; None first, for tables without one."""
    return [None, *sorted({one.embedded for one in catalog.values() if one.embedded})]


def _sample(container: Format, head: bytes, embedded: str | None) -> list[bytes]:
    """Records from the opening bytes; the last may be cut off and then does not decode."""
    found: list[bytes] = []
    for batch in container.split(io.BytesIO(head[:_SAMPLE_BYTES]), embedded=embedded):
        found += (batch.documents if batch.documents is not None else batch.records)[:_SAMPLE]
        if len(found) >= _SAMPLE:
            break
    return found[:_SAMPLE]


def _best(
    container: Format, head: bytes, catalog: Mapping[str, Declaration]
) -> tuple[Recognition, int]:
    embeddings = _embedded_columns(catalog) if container.name == "csv" else [None]
    tried = []
    for embedded in embeddings:
        documents = decode(_sample(container, head, embedded))
        wanted = {k: v for k, v in catalog.items() if container.name != "csv" or v.embedded == embedded}
        tried.append((recognise(documents, wanted), len(documents)))
    return max(tried, key=lambda one: (one[0].source is not None, -len(one[0].why)))


def identify(path: Path | None, head: bytes, catalog: Mapping[str, Declaration]) -> Identity:
    """What an input's opening bytes say it is."""
    if path is not None and (kind := context.kind_of(path, head)):
        return Identity(context=kind, why=f"its header is that of {kind}")
    if not head.strip():
        return Identity(why="it is empty")
    if b"\x00" in head[:4096]:
        return Identity(why="it is binary, not text")
    container = detect(head)
    if container is None:
        return Identity(why="it is neither JSON nor a table with a header line")
    recognition, _ = _best(container, head, catalog)
    return Identity(container=container, recognition=recognition, why=recognition.why)


def forced(head: bytes, declaration: Declaration) -> Identity:
    """The identity of an input whose source the user named."""
    container = detect(head)
    if container is None:
        return Identity(why="it is neither JSON nor a table with a header line")
    why = "named by the user"
    return Identity(container=container, recognition=Recognition(declaration.name, "high", why, ()))


def batches(opened: Opened, container: Format, declaration: Declaration) -> Iterator[Batch]:
    """The records of an opened input; a file that ends early gives what it had, then a reject."""
    last = -1
    try:
        for batch in container.split(opened.text, embedded=declaration.embedded):
            numbers = [*batch.numbers[-1:], *(one.record_no for one in batch.rejects)]
            last = max([last, *numbers])
            yield batch
    except DAMAGED as error:
        opened.damage = str(error) or type(error).__name__
        yield Batch(rejects=[Reject(last + 1, f"the file ends early: {opened.damage}", b"")])


def open_input(path: Path | None, label: str, progress: Callable[[int], None] | None) -> Opened:
    """Open an input for reading; raises `InputError` when the file cannot be opened."""
    try:
        return Opened(path, progress)
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}", place=label) from error


__all__ = ["HEAD", "Identity", "batches", "forced", "identify", "open_input"]
