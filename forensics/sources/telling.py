"""A declaration in words, for pages about it: what feeds a column, which operations are a verb."""

from __future__ import annotations

from collections.abc import Callable

from forensics.sources.declaration import Declaration, Value


def fed(value: Value, code: Callable[[str], str] = str) -> str:
    """What feeds a column; `code` marks what stands in a declaration as it is."""
    if value.const is not None:
        told = f"always {code(value.const)}"
    elif value.first_of:
        told = f"first of {', '.join(map(code, value.first_of))}"
    else:
        told = code(" ".join((value.sql or value.path or "").split()))
    if value.map:
        told += "; " + ", ".join(f"{code(old)} → {code(new)}" for old, new in value.map)
    return told + (f"; else {code(value.default)}" if value.default is not None else "")


def by_verb(declaration: Declaration) -> dict[str, list[str]]:
    """The operations of each normalised verb, both sorted."""
    found: dict[str, list[str]] = {}
    for operation, verb in sorted(declaration.actions.items()):
        found.setdefault(verb, []).append(operation)
    return dict(sorted(found.items()))
