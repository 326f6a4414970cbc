"""Field names and what they stand for: an event column, or a path into the raw record."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Literal

from sqlglot import exp

from forensics import event
from forensics.errors import UsageError

Kind = Literal["text", "list", "time", "number"]

RAW = "raw."
"""What a name begins with that is a path into the raw record."""

NOTE = "note"
"""What people wrote beside an event: each as its author, a colon and the text."""

# What investigators wrote beside an event; the timeline joins these columns where they are asked.
_NOTED = {NOTE: "notes", "tag": "tags"}
_ASKED = "asked"

# What other tools call a column, where the name itself does not resemble it.
_CALLED = {
    **dict.fromkeys(("user", "username", "user_name", "who", "login", "principal"), "actor"),
    **dict.fromkeys(("account", "object", "resource", "what"), "target"),
    **dict.fromkeys(("timestamp", "@timestamp", "date", "datetime", "when"), "time"),
    **dict.fromkeys(("event", "verb", "activity", "eventname"), "action"),
    **dict.fromkeys(("ip", "address", "client_ip", "source_ip", "sourceip"), "src_ip"),
    **dict.fromkeys(("status", "result", "success"), "outcome"),
    **dict.fromkeys(("session", "sid"), "session_id"),
    **dict.fromkeys(("case", "ticket"), "case_id"),
    **dict.fromkeys(("message", "msg", "record", "json"), "raw"),
}
# From what length on a name that is part of another is likely meant for it.
_PART = 3

_KINDS: dict[str, Kind] = {
    "VARCHAR": "text",
    "VARCHAR[]": "list",
    "TIMESTAMPTZ": "time",
    "BIGINT": "number",
    "INTEGER": "number",
}


@dataclass(frozen=True)
class Field:
    """One field a condition can name: its value as SQL, and how to compare it.

    A `list` matches when any of its elements does. `empty_is_null` says that the field never
    holds an empty text, because the event table stores one as NULL. Where a list mostly is one
    text or none, `alone` is that text, and `value` is NULL unless there is a list.
    """

    name: str
    kind: Kind
    value: exp.Expr
    empty_is_null: bool = True
    alone: exp.Expr | None = None


def event_field(name: str) -> Field:
    """The event column of that name; an unknown one is a `UsageError` naming the nearest."""
    column = event.BY_NAME.get(name)
    if column is None:
        raise UsageError(f"There is no field {name!r}.", remedy=_remedy(name))
    return Field(name, _KINDS[column.type], exp.column(name, quoted=True))


def named_field(name: str) -> Field:
    """What a query calls a field: an event column, `raw.` and a path, `note` or `tag`.

    An unknown name is a `UsageError` naming the nearest.
    """
    plain = re.sub(r"\\(.)", r"\1", name)
    if plain.startswith(RAW) and all(plain.split(".")):
        return raw_field(plain.removeprefix(RAW), name=plain)
    if plain in _NOTED:
        return Field(plain, "list", exp.column(_NOTED[plain], quoted=True), empty_is_null=False)
    return event_field(plain)


def asked(text: str) -> exp.Expr:
    """A text that somebody asked for, as a literal that `matching.bound` makes a parameter."""
    literal = exp.Literal.string(text)
    literal.meta[_ASKED] = True
    return literal


def is_asked(literal: exp.Expr) -> bool:
    """Whether a literal was made by `asked`."""
    return bool(literal.meta.get(_ASKED))


def raw_field(path: str, *, name: str | None = None, record: exp.Expr | None = None) -> Field:
    """The value at a dotted path of the raw JSON record, as the list of all texts found there.

    `record` is the JSON text itself, where that is not the column `raw`.

    Two arrays on the way are looked into, wherever they stand (`resources.ARN` finds every ARN).
    A record that is not JSON has no such field.
    """
    keys = path.split(".")
    value: exp.Expr = exp.array(_extract(json_path(keys), record), dialect="duckdb")
    # One call a path: a list of paths may not hold wildcards.
    places = range(len(keys))
    for arrays in chain(combinations(places, 1), combinations(places, 2)):
        inside = _extract(json_path(keys, arrays), record)
        value = exp.func("list_concat", value, inside, dialect="duckdb")
    return Field(
        name or path, "list", exp.Anonymous(this="TRY", expressions=[value]), empty_is_null=False
    )


def _extract(json_path: str, record: exp.Expr | None) -> exp.Expr:
    # Anonymous, because the operator form `->>` binds more loosely than a comparison in DuckDB.
    return exp.Anonymous(
        this="json_extract_string",
        expressions=[
            exp.column("raw", quoted=True) if record is None else record.copy(),
            asked(json_path),
        ],
    )


def json_path(keys: list[str], arrays: Collection[int] = ()) -> str:
    """A path of JSON through those keys, into every element of the arrays after some of them."""
    steps = ["$"]
    for position, key in enumerate(keys):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        steps.append('."' + escaped + '"')
        if position in arrays:
            steps.append("[*]")
    return "".join(steps)


def _remedy(name: str) -> str:
    asked = name.lower()
    called = [_CALLED[asked]] if asked in _CALLED else []
    near = called + difflib.get_close_matches(asked, event.BY_NAME, n=3, cutoff=0.6)
    near += [known for known in event.BY_NAME if len(asked) >= _PART and asked in known]
    if near:
        return "Did you mean " + ", ".join([*dict.fromkeys(near)][:4]) + "?"
    return "Fields are the columns of the event table: " + ", ".join(event.BY_NAME) + "."
