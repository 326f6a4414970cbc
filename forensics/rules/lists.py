"""Fields of records that list names with values: `parameters: [{name: NEW_VALUE, value: x}]`."""

from __future__ import annotations

from sqlglot import exp

from forensics.conditions.fields import asked, json_path

# A value stands under the key of its kind; those of several values hold a list.
_KINDS = (
    "$.value",
    "$.boolValue",
    "$.intValue",
    "$.multiValue[*]",
    "$.multiIntValue[*]",
    "$.multiStrValue[*]",
)


def named_values(place: str, record: exp.Expr) -> exp.Expr:
    """The texts that a list of names gives a name, in any case, as a list.

    `place` is the path of the list, a colon and the name. After `[]` in the path, only the element
    counts that the column event_no numbers; a list of one may be its element itself.
    """
    path, _, name = place.rpartition(":")
    above, own, below = path.partition("[].")
    listed = _of_event(above, below, record) if own else _anywhere(path, record)
    called = exp.EQ(
        this=exp.Lower(this=_called("json_extract_string", _one(), asked("$.name"))),
        expression=asked(name.lower()),
    )
    values = [
        _called("json_extract_string", _one(), asked(kind))
        if kind.endswith("]")
        else exp.array(_called("json_extract_string", _one(), asked(kind)), dialect="duckdb")
        for kind in _KINDS
    ]
    each = _each("list_transform", _each("list_filter", listed, called), _joined(values))
    return _called("TRY", _called("flatten", each))


def _of_event(above: str, below: str, record: exp.Expr) -> exp.Expr:
    """The elements of the list in one event of a list of events."""
    keys = above.split(".")
    every = _called("json_extract", record, asked(json_path(keys, [len(keys) - 1])))
    at = exp.Add(this=exp.column("event_no", quoted=True), expression=exp.Literal.number(1))
    alone = _called("json_extract", record, asked(json_path(keys)))
    event = exp.Coalesce(this=_called("list_extract", every, at), expressions=[alone])
    inner = below.split(".")
    return _called("json_extract", event, asked(json_path(inner, [len(inner) - 1])))


def _anywhere(path: str, record: exp.Expr) -> exp.Expr:
    """The elements of the list, also where what holds the list is an array."""
    keys = path.split(".")
    last = len(keys) - 1
    ways = [[last], *([place, last] for place in range(last))]
    return _joined(
        [_called("json_extract", record, asked(json_path(keys, arrays))) for arrays in ways]
    )


def _joined(lists: list[exp.Expr]) -> exp.Expr:
    return _called("list_concat", *lists)


def _each(function: str, values: exp.Expr, what: exp.Expr) -> exp.Expr:
    inner = exp.Lambda(this=what, expressions=[exp.to_identifier("one")])
    return _called(function, values, inner)


def _called(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=[one.copy() for one in arguments])


def _one() -> exp.Expr:
    return exp.column("one")
