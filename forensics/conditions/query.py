"""The query language of the timeline: Lucene syntax, compiled to one SQL boolean over `events`.

`actor:contractor-7 AND action:account.* NOT outcome:failure "free text"`. Comparison ignores case;
`*` and `?` are wildcards; `/../` is a regular expression of the whole value; a word or an
expression without a field is looked for anywhere in the event and in its raw record.
`raw.requestParameters.userName` is a path into that record, `_exists_:reason` asks whether a field
says anything, `tag` and `note` are what was written beside events. Words side by side are all
wanted; in the parentheses of a field they are alternatives, save bounds. Times without an offset
are UTC; a bound has the length of its precision, so that what is after a minute begins with the
next one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse
from sqlglot import exp

from forensics import event
from forensics.conditions import habits, matching, spans, vocabulary
from forensics.conditions.fields import NOTE, RAW, Field, event_field, named_field
from forensics.conditions.habits import SYNTAX, QueryError, syntax_fault
from forensics.conditions.matching import Comparison, Wildcard
from forensics.errors import UsageError

MAX_DEPTH = 60
"""Deepest nesting of parentheses and operators that is accepted."""

_ANYWHERE = (
    *("actor", "actor_id", "actor_name", "actor_email", "on_behalf_of", "action", "operation"),
    *("outcome_reason", "target", "target_id", "target_name", "targets", "reason", "reason_code"),
    *("case_id", "src_ip", "session_id", "device_id", "request_id", "raw"),
)
_NOT_OFFERED = "Fuzzy search, proximity and boost (~ and ^) are not offered."
_INSTEAD = "Use wildcards, or quote the text to search for these characters."
_EXISTS = "_exists_"
_TIMES = {one.name for one in event.COLUMNS if one.type == "TIMESTAMPTZ"}


def compile(text: str) -> exp.Expr:
    """The query as an SQL boolean over the event columns; an empty query matches every event.

    Anything that cannot be understood is a `UsageError` with the column and a remedy.
    """
    if not text.strip():
        return exp.true()
    try:
        return _compiled(text)
    except QueryError as error:
        error.text = text
        raise


def _compiled(text: str) -> exp.Expr:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryError("The query is not valid text.", error.start, SYNTAX) from error
    try:
        return _visit(parse(text), None, 0)
    except ParseError as error:
        raise syntax_fault(text, str(error)) from error
    except ArithmeticError as error:
        # The parser reads a number after ~ and ^, and fails in its own way where there is none.
        position = re.search(r"[~^]", text)
        raise QueryError(_NOT_OFFERED, position.start() if position else 0, _INSTEAD) from error


def asked_of(text: str, field: str) -> list[str]:
    """The values, without wildcards, that a query that `compile` takes names for a field."""
    found = []
    for name, node in _leaves(text):
        if name == field and isinstance(node, tree.Word | tree.Phrase):
            pattern = _pattern(node)
            if not any(isinstance(part, Wildcard) for part in pattern):
                found.append(_plain(node))
    return found


def paths_of(text: str) -> list[str]:
    """The paths into raw records that a query that `compile` takes names, with their `raw.`."""
    named = (_plain(node) if name == _EXISTS else name for name, node in _leaves(text))
    return [*dict.fromkeys(one for one in named if one.startswith(RAW))]


def understood(text: str) -> list[str]:
    """How each time is read that a query that `compile` takes names, as sentences in its order."""
    said = []
    for name, node in _leaves(text):
        if name not in _TIMES or isinstance(node, tree.Regex) or str(node).strip() == "*":
            continue
        start, end = _span(node)
        parts = [
            f"{word} {one.astimezone(UTC).isoformat(sep=' ').removesuffix('+00:00')}"
            for word, one in (("from", start), ("before", end))
            if one is not None
        ]
        if parts:
            said.append(f"{name}:{str(node).strip()} means {' and '.join(parts)} UTC.")
    return [*dict.fromkeys(said)]


def _leaves(text: str) -> Iterator[tuple[str, Any]]:
    """The values and ranges of a query, each with the name of its field."""
    if text.strip():
        yield from _within_field(parse(text), "")


def _within_field(node: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, tree.Term | tree.Range | tree.From | tree.To):
        yield name, node
        return
    if isinstance(node, tree.SearchField):
        name = re.sub(r"\\(.)", r"\1", node.name)
    for part in node.children:
        yield from _within_field(part, name)


def _visit(node: Any, field: Field | None, depth: int) -> exp.Expr:
    """One part of the query; `field` is the field whose value it stands in, if any."""
    if depth > MAX_DEPTH:
        raise QueryError("The query is nested too deeply.", node.pos, "Use fewer parentheses.")
    try:
        return _condition(node, field, depth)
    except QueryError:
        raise
    except UsageError as error:
        raise QueryError(error.message, node.pos, error.remedy or SYNTAX) from error


def _condition(node: Any, field: Field | None, depth: int) -> exp.Expr:
    if isinstance(node, tree.UnknownOperation):
        _check_flags(node.children)
    parts = [_visit(part, field, depth + 1) for part in node.children if _is_logic(node)]
    match node:
        case tree.OrOperation():
            condition = matching.any_of(parts)
        # `action:(a b)` names alternatives: no field but a list can be two things at once.
        case tree.UnknownOperation() if field is not None and not _joint(node):
            condition = matching.any_of(parts)
        case tree.AndOperation() | tree.UnknownOperation():
            condition = matching.all_of(parts)
        case tree.Not() | tree.Prohibit():
            condition = matching.negate(parts[0])
        case tree.Plus() | tree.BaseGroup():
            condition = exp.paren(parts[0], copy=False)
        case tree.SearchField(name=name) if name == _EXISTS and field is None:
            condition = _existing(node.expr)
        case tree.SearchField(name="*", expr=tree.Word(value="*")) if field is None:
            condition = exp.true()
        case tree.SearchField():
            condition = _visit(node.expr, _field(node, field), depth + 1)
        case tree.Word() | tree.Phrase() | tree.Regex():
            condition = _anywhere(node) if field is None else _value(field, node)
        case tree.Range() | tree.From() | tree.To():
            condition = _range(field, node)
        case _:
            raise UsageError(_NOT_OFFERED, remedy=_INSTEAD)
    return condition


def _joint(node: Any) -> bool:
    """Whether what stands side by side must hold together: `+a -b`, and bounds as in `>5 <9`."""
    signs = tree.Plus | tree.Prohibit | tree.Not
    bounds = tree.From | tree.To
    return any(isinstance(one, signs) for one in node.children) or all(
        isinstance(one, bounds) for one in node.children
    )


def _is_logic(node: Any) -> bool:
    return isinstance(
        node, tree.BaseOperation | tree.Not | tree.Prohibit | tree.Plus | tree.BaseGroup
    )


def _check_flags(parts: Sequence[Any]) -> None:
    """Refuse `/ada/i`, which the parser takes for an expression and a word."""
    for one, following in itertools.pairwise(parts):
        pattern = one.expr if isinstance(one, tree.SearchField) else one
        glued = one.pos + one.size == following.pos
        if glued and isinstance(pattern, tree.Regex) and isinstance(following, tree.Word):
            try:
                habits.check_flags(pattern.value, following.value)
            except UsageError as error:
                raise QueryError(error.message, following.pos, error.remedy or SYNTAX) from error


def _field(node: Any, outer: Field | None) -> Field:
    if outer is not None:
        raise UsageError(
            f"{node.name!r} names a field inside the value of {outer.name!r}.",
            remedy=f'Quote a value that holds a colon or a space: {outer.name}:"..."',
        )
    habits.check_field(node.name, str(node.expr).strip())
    try:
        return named_field(node.name)
    except UsageError as error:
        quoted = f'Text that holds a colon is quoted: "{node.name}:..."'
        raise UsageError(error.message, remedy=f"{error.remedy} {quoted}") from error


def _existing(node: Any) -> exp.Expr:
    if not isinstance(node, tree.Word | tree.Phrase):
        raise UsageError("_exists_ takes the name of one field.", remedy="Write _exists_:reason.")
    try:
        return matching.exists(named_field(_plain(node)))
    except UsageError as error:
        raise QueryError(error.message, node.pos, error.remedy or SYNTAX) from error


def _anywhere(node: Any) -> exp.Expr:
    fields = [event_field(name) for name in _ANYWHERE]
    if isinstance(node, tree.Regex):
        pattern = _expression(node)
        return matching.any_of([matching.regex(field, pattern) for field in fields])
    if isinstance(node, tree.Word):
        habits.check_word(node.value)
    pattern_parts = (Wildcard.ANY, *_pattern(node), Wildcard.ANY)
    return matching.any_of([matching.matches(field, pattern_parts) for field in fields])


def _value(field: Field, node: Any) -> exp.Expr:
    if isinstance(node, tree.Regex):
        # A note is searched, not compared: its author's name comes first, by our own doing.
        whole, pattern = field.name != NOTE, _expression(node)
        if whole:
            habits.check_anchors(pattern)
        return matching.regex(field, pattern, whole=whole)
    parts = _pattern(node)
    if parts == (Wildcard.ANY,):
        return matching.exists(field)
    if field.kind == "time":
        return _within(field, _span(node))
    if field.kind == "number":
        return matching.compare(field, "=", _number(node))
    if field.name == NOTE:
        # A note is looked for by a word in it; that its author's name comes first is our own doing.
        parts = (Wildcard.ANY, *parts, Wildcard.ANY)
    vocabulary.check(field.name, parts)
    network = _network(field, node)
    return network if network is not None else matching.matches(field, parts)


def _network(field: Field, node: Any) -> exp.Expr | None:
    raw = field.name.startswith(RAW)
    if (field.name != "src_ip" and not raw) or "/" not in node.value:
        return None
    try:
        return matching.in_network(field, ip_network(_plain(node), strict=False))
    except ValueError as error:
        if raw:
            return None
        raise UsageError(f"{error}.", remedy="Write a network as 192.0.2.0/24.") from error


def _range(field: Field | None, node: Any) -> exp.Expr:
    if field is None:
        raise UsageError("A range needs a field.", remedy="Write time:[2017-11-02 TO 2017-11-03].")
    if field.kind == "time":
        return _within(field, _span(node))
    if field.kind != "number" and not field.name.startswith(RAW):
        network = (
            " Addresses are of a network: src_ip:10.0.0.0/8." if field.name == "src_ip" else ""
        )
        raise UsageError(
            f"Field {field.name!r} is text and has no order.",
            remedy="Ranges are for times and numbers: time, logged_time, sequence, record_no."
            + network,
        )
    low, high, include_low, include_high = _ends(node)
    above: Comparison = ">=" if include_low else ">"
    below: Comparison = "<=" if include_high else "<"
    conditions: list[exp.Expr] = []
    if low is not None:
        conditions.append(matching.compare(field, above, _number(low)))
    if high is not None:
        conditions.append(matching.compare(field, below, _number(high)))
    return matching.all_of(conditions) if conditions else matching.exists(field)


def _span(node: Any) -> tuple[datetime | None, datetime | None]:
    """First moment, and the first moment after, of the time or range of times that is written.

    A bound has the length of its precision: what is after a minute begins with the next one.
    """
    if not isinstance(node, tree.Range | tree.From | tree.To):
        return spans.span(_plain(node))
    low, high, include_low, include_high = _ends(node)
    lower, upper = (None if end is None else spans.span(_plain(end)) for end in (low, high))
    if lower and upper and upper[1] <= lower[0]:
        raise UsageError("The range ends before it begins.", remedy="Swap its ends.")
    return (lower[not include_low] if lower else None, upper[include_high] if upper else None)


def _ends(node: Any) -> tuple[Any | None, Any | None, bool, bool]:
    if isinstance(node, tree.From):
        return node.a, None, node.include, False
    if isinstance(node, tree.To):
        return None, node.a, False, node.include
    low, high = (None if getattr(end, "value", "") == "*" else end for end in (node.low, node.high))
    return low, high, node.include_low, node.include_high


def _within(field: Field, span: tuple[datetime | None, datetime | None]) -> exp.Expr:
    start, end = span
    conditions: list[exp.Expr] = []
    if start is not None:
        conditions.append(matching.compare(field, ">=", start))
    if end is not None:
        conditions.append(matching.compare(field, "<", end))
    return matching.all_of(conditions) if conditions else matching.exists(field)


def _number(node: Any) -> float:
    negative = isinstance(node, tree.Prohibit)
    text = _plain(node.a if negative else node)
    try:
        number = int(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a whole number.", remedy="Several are a range: record_no:[5 TO 7]."
        ) from error
    return -number if negative else number


def _expression(node: Any) -> str:
    return str(node.value)[1:-1].replace("\\/", "/")


def _plain(node: Any) -> str:
    """The text meant by a word or a phrase, escapes undone and wildcards taken as they stand."""
    if isinstance(node, tree.Prohibit):
        raise UsageError("A time cannot begin with a minus sign.")
    value = str(node.value)
    return re.sub(r"\\(.)", r"\1", value[1:-1] if isinstance(node, tree.Phrase) else value)


def _pattern(node: Any) -> tuple[str | Wildcard, ...]:
    """A word split at its unescaped wildcards; a phrase has none."""
    if isinstance(node, tree.Phrase):
        return (_plain(node),)
    parts: list[str | Wildcard] = []
    for piece in re.findall(r"\\.|\*|\?|[^\\*?]+|\\", node.value, flags=re.DOTALL):
        if piece == "*":
            parts.append(Wildcard.ANY)
        elif piece == "?":
            parts.append(Wildcard.ONE)
        else:
            parts.append(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)
    return tuple(parts)
