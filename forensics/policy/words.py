"""Checks of single values that scope keys and predicates share: words, texts, durations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from forensics.located import unknown_word

# The phases of employment that a policy may name. Garden leave, on which access should be off, is
# part of leave and can be named alone.
PHASES = ("employed", "notice", "last_day", "ended", "leave", "garden_leave")

_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def word_fault(value: Any, allowed: Iterable[str], what: str) -> str | None:
    """What is wrong with a word, or a non-empty list of words, of a closed vocabulary."""
    allowed = tuple(allowed)
    words = as_list(value)
    if not words:
        return f"an empty list of {what}; name at least one of {', '.join(allowed)}."
    for word in words:
        if word not in allowed:
            return unknown_word(what, word, allowed)
    return None


def text_fault(value: Any, what: str) -> str | None:
    """What is wrong with a text, or a non-empty list of texts, of an open vocabulary."""
    words = as_list(value)
    if not words or not all(isinstance(word, str) and word.strip() for word in words):
        return f"{what} must be a text or a list of texts, not {value!r}."
    return None


def duration(value: Any) -> timedelta | None:
    """A duration written as a whole number and a unit, as in `24h`; None when it is not."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


def duration_fault(value: Any, what: str) -> str | None:
    """What is wrong with a duration."""
    if duration(value) is None:
        return f"{what} must be a whole number and a unit (s, m, h, d, w) as in 24h, not {value!r}."
    return None


def microseconds(value: Any) -> int:
    """A valid duration in microseconds."""
    length = duration(value)
    if length is None:
        raise ValueError(value)
    return length // timedelta(microseconds=1)
