"""Running a declaration's own examples: what each raw record must become."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from forensics import event
from forensics.errors import ForensicsError
from forensics.sources.declaration import Declaration, Example
from forensics.sources.normalise import normalise


def _found(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _wanted(name: str, value: Any) -> Any:
    column = event.BY_NAME.get(name)
    if column is not None and column.type == "TIMESTAMPTZ" and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def faults(declaration: Declaration, example: Example) -> list[str]:
    """A sentence for each column that is not what the example expects; none when all is well."""
    try:
        rows = normalise(declaration, example.raw.encode("utf-8"))
    except ForensicsError as error:
        return [str(error)]
    if len(rows) <= example.event:
        return [f"the raw record yields {len(rows) or 'no'} events"]
    found = rows[example.event]
    told = []
    for name, value in example.expect.items():
        if name not in found:
            told.append(f"{name}: there is no such event column")
        elif _found(found[name]) != _wanted(name, value):
            told.append(f"{name}: want {value!r}, got {_found(found[name])!r}")
    return told
