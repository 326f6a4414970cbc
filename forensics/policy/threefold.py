"""Logic of three values: true, false, and None for what is not known."""

from __future__ import annotations

from collections.abc import Iterable


def negated(value: bool | None) -> bool | None:
    """What is not known stays so."""
    return None if value is None else not value


def all_of(values: Iterable[bool | None]) -> bool | None:
    """False where any is false, else unknown where any is unknown."""
    found = set(values)
    return False if False in found else None if None in found else True


def any_of(values: Iterable[bool | None]) -> bool | None:
    """True where any is true, else unknown where any is unknown."""
    return negated(all_of(negated(value) for value in values))
