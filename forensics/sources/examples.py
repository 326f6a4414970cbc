"""Running a declaration's own examples: what each raw record must become."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forensics import event
from forensics.engine import Row
from forensics.errors import ForensicsError
from forensics.sources.declaration import Declaration, Example
from forensics.sources.formats import NEITHER, Hints, detect
from forensics.sources.normalise import normalise_each
from forensics.sources.recognise import Recognition, decode, recognise


@dataclass(frozen=True)
class Difference:
    """A column of an example that is not what it should be; both as they are written."""

    column: str
    wanted: str
    got: str


@dataclass(frozen=True)
class Verdict:
    """What is wrong with an example: sentences, and columns that differ; empty when all is well."""

    told: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def _found(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _wanted(name: str, value: Any) -> Any:
    column = event.BY_NAME.get(name)
    if column is not None and column.type == "TIMESTAMPTZ" and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return "nothing" if value is None else repr(value)


def judge(declaration: Declaration, examples: Sequence[Example]) -> list[Verdict]:
    """How examples fare under their declaration, each in its place."""
    try:
        read = normalise_each(declaration, [one.raw.encode("utf-8") for one in examples])
    except ForensicsError as error:
        return [Verdict((str(error),))] * len(examples)
    return [_compared(one, rows) for one, rows in zip(examples, read, strict=True)]


def _compared(example: Example, rows: list[Row] | ForensicsError) -> Verdict:
    if isinstance(rows, ForensicsError):
        return Verdict((str(rows),))
    if len(rows) <= example.event:
        return Verdict((f"the raw record yields {len(rows) or 'no'} events",))
    found = rows[example.event]
    told, differences = [], []
    if found["time"] is None and example.expect.get("time") is None:
        told.append("time: nothing was read")
    for name, value in example.expect.items():
        if name not in found:
            told.append(f"{name}: there is no such event column")
            continue
        try:
            wanted = _wanted(name, value)
        except ValueError as error:
            told.append(f"{name}: {error}")
            continue
        got = _found(found[name])
        if got != wanted:
            differences.append(Difference(name, _written(wanted), _written(got)))
    return Verdict(tuple(told), tuple(differences))


def faults(declaration: Declaration, examples: Sequence[Example]) -> list[list[str]]:
    """For each example a sentence for every column that is not what it expects."""
    return [_sentences(verdict) for verdict in judge(declaration, examples)]


def _sentences(verdict: Verdict) -> list[str]:
    differences = [f"{o.column}: want {o.wanted}, got {o.got}" for o in verdict.differences]
    return [*verdict.told, *differences]


def recognised(
    declaration: Declaration, example: Example, known: Mapping[str, Declaration]
) -> Recognition:
    """Which of the known sources, the declaration among them, an example is taken for."""
    data = example.raw.encode("utf-8")
    container = detect(data)
    if container is None:
        return Recognition(None, None, f"it is {NEITHER}")
    batch = next(iter(container.split(io.BytesIO(data), Hints(declaration.embedded))))
    documents = decode(batch.documents or batch.records)
    return recognise(documents, {**known, declaration.name: declaration})
