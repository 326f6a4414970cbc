"""Why a file is none that a case can be told people by: its header against those that are known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from forensics.people.feeds import COLUMNS, Feed
from forensics.people.sheet import quoted
from forensics.sources import context

_SHOWN = 8
_CLOSE = 0.8
_NAMES = {
    context.EMPLOYEES: "a roster of employees",
    context.CONTRACTORS: "a roster of contractors",
    context.ACCOUNTS: "a list of accounts",
    context.SHIFTS: "a roster of shifts",
    context.ENTITLEMENTS: "a list of entitlements",
    context.CHANGE_WINDOWS: "a list of change windows",
    context.TICKETS: "a list of tickets",
    context.TEAMS: "a list of teams",
    context.PROTECTED_TARGETS: "a list of protected targets",
    context.HOLIDAYS: "a list of holidays",
}


def refusal(head: bytes, mapping: Feed | None = None) -> str:
    """A sentence on what the beginning of a table lacks to be known, or to fit the mapping."""
    if not head.strip():
        return "The file is empty."
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "The file is no text."
    header = context.header_of(head)
    named = [name for name in header if name]
    shown = ", ".join(quoted(name) for name in named[:_SHOWN])
    told = f"Its header is {shown}{' …' if len(named) > _SHOWN else ''}."
    if mapping is not None:
        columns = sorted(mapping.columns.values(), key=str.lower)
        lacking = _lacking(columns, named)
        return f"{told} The mapping {mapping.mapping} names columns that it lacks: {lacking}."
    wanted = [(kind, set_) for kind in _NAMES for set_ in context.headers(kind)]
    kind, nearest = max(wanted, key=lambda one: _fit(one[1], named))
    if _fit(nearest, named) == 0:
        return f"{told} No known table has any of these columns."
    written = [_written(kind, name) for name in sorted(nearest)]
    return f"{told} For {_NAMES[kind]} there would have to be {_lacking(written, named)}."


def _written(kind: str, column: str) -> str:
    """A column's name in the letters that the documentation writes it in."""
    return next((one for one in COLUMNS.get(kind, {}).values() if one.lower() == column), column)


def _fit(wanted: Iterable[str], header: Sequence[str]) -> float:
    names = list(wanted)
    return sum(bool(_near(name, header)) for name in names) / len(names)


def _near(name: str, header: Sequence[str]) -> str | None:
    near = difflib.get_close_matches(name.lower(), header, n=1, cutoff=_CLOSE)
    return near[0] if near else None


def _lacking(columns: Iterable[str], header: Sequence[str]) -> str:
    missing = []
    for name in columns:
        if name.lower() not in header:
            near = _near(name, header)
            missing.append(f"{quoted(name)} (is {quoted(near)} meant?)" if near else quoted(name))
    return ", ".join(missing)
