"""One event as the place to ask from: found by the beginning of its id, and what it shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from forensics.conditions import vocabulary
from forensics.engine import Engine, Row
from forensics.errors import UsageError
from forensics.timeline.query import Same

_FOUND = """
SELECT event_uid, time, actor, actor_id, actor_email, target, target_id, targets, src_ip,
       session_id, case_id
FROM events WHERE starts_with(event_uid, $beginning) ORDER BY event_uid LIMIT 6
"""
# Digits alone are a year, a date or a Unix time before they are the beginning of an id.
_ID = re.compile(r"(?!\d{1,16}$)[0-9a-f]{4,32}", re.IGNORECASE)

# The columns whose values say that two events share something.
_NAMES: dict[str, tuple[str, ...]] = {
    "session": ("session_id",),
    "actor": ("actor", "actor_id", "actor_email"),
    "target": ("target", "target_id"),
    "ip": ("src_ip",),
    "case": ("case_id",),
}


def can_be_id(text: str) -> bool:
    """Whether a text can be an event id or at least four characters of the beginning of one."""
    return _ID.fullmatch(text.strip()) is not None


def event(engine: Engine, text: str) -> Row:
    """The event of that id, or the only one whose id begins so.

    Raises `UsageError` when there is none or more than one.
    """
    found = find(engine, text)
    if found is None:
        raise UsageError(
            f"There is no event {text.strip()!r}.",
            remedy="An id is 32 hex digits, or so many from its beginning that only one has them.",
        )
    return found


def find(engine: Engine, text: str) -> Row | None:
    """The same, or None when there is none; raises `UsageError` when there is more than one."""
    beginning = text.strip().lower()
    rows = engine.rows(_FOUND, {"beginning": beginning}) if beginning else []
    exact = [row for row in rows if row["event_uid"] == beginning]
    if not exact and len(rows) > 1:
        raise UsageError(
            f"Several events begin with {beginning!r}.",
            remedy="Give more of the id: " + ", ".join(row["event_uid"] for row in rows[:5]) + ".",
        )
    return next(iter(exact or rows), None)


def shared(found: Row, kinds: Iterable[Same]) -> dict[Same, Sequence[str]]:
    """By kind, the names in lower case that another event must bear one of.

    A session, address or case is that of the event in any source. Raises `UsageError` where the
    event does not say.
    """
    names: dict[Same, Sequence[str]] = {}
    for kind in kinds:
        if kind not in _NAMES:
            raise vocabulary.unknown("pivot", kind, _NAMES, f"It is one of {', '.join(_NAMES)}.")
        values = [found[column] for column in _NAMES[kind]]
        if kind == "target" and not any(values):
            values = found["targets"] or []
        names[kind] = sorted({value.lower() for value in values if value})
        if not names[kind]:
            raise UsageError(
                f"The record of event {found['event_uid'][:8]} names no {kind}.",
                remedy="Ask for what it has in common otherwise.",
            )
    return names
