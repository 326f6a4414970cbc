"""The query language of the timeline: Lucene syntax, compiled to one SQL boolean over `events`.

`actor:contractor-7 AND action:account.* NOT outcome:failure "free text"`. Comparison ignores
case; `*` and `?` are wildcards; `/../` is a regular expression; a word without a field is looked
for anywhere in the event and in its raw record. `raw.requestParameters.userName` is a path into
that record, `_exists_:reason` asks whether a field says anything, `tag` and `note` are what was
written beside events. Words side by side are all wanted; in the parentheses of a field they are
alternatives. Times without an offset are UTC.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from luqum import tree
from luqum.exceptions import ParseError
from luqum.thread import parse
from sqlglot import exp

from forensics.conditions import matching, spans, vocabulary
from forensics.conditions.fields import RAW, Field, event_field, named_field
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
# How much of a long query is shown before and after the place of a mistake.
_BEFORE, _AFTER = 60, 30
_EXISTS = "_exists_"
_SYNTAX = "Example: actor:ada AND action:account.* NOT outcome:failure; see also `time:[.. TO ..]`."


class QueryError(UsageError):
    """A query that cannot be understood; shown with a caret under the place."""

    def __init__(self, message: str, position: int, remedy: str):
        super().__init__(message, place=f"query, column {position + 1}", remedy=remedy)
        self.position = position
        self.text = ""

    def __str__(self) -> str:
        said = UsageError(self.message, place=self.place, remedy=f"{self._pointed}{self.remedy}")
        return str(said)

    @property
    def _pointed(self) -> str:
        if not self.text:
            return ""
        start = max(0, self.position - _BEFORE)
        piece = self.text[start : self.position + _AFTER]
        shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in piece)
        cut = "…" if start else ""
        before = sum(_cells(one) for one in shown[: self.position - start]) + len(cut)
        more = "…" if self.position + _AFTER < len(self.text) else ""
        return f"  {cut}{shown}{more}\n  {' ' * before}^\n"


def _cells(sign: str) -> int:
    """How many places of a terminal a character takes."""
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


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
        raise QueryError("The query is not valid text.", error.start, _SYNTAX) from error
    try:
        return _visit(parse(text), None, 0)
    except ParseError as error:
        raise _syntax_fault(text, str(error)) from error
    except ArithmeticError as error:
        # The parser reads a number after ~ and ^, and fails in its own way where there is none.
        position = re.search(r"[~^]", text)
        raise QueryError(_NOT_OFFERED, position.start() if position else 0, _INSTEAD) from error


def asked_of(text: str, field: str) -> list[str]:
    """The values, without wildcards, that a query that `compile` takes names for a field."""
    if not text.strip():
        return []
    return [*_named(parse(text), field, inside=False)]


def _named(node: Any, field: str, *, inside: bool) -> Iterator[str]:
    if isinstance(node, tree.SearchField):
        inside = node.name == field
    if inside and isinstance(node, tree.Word | tree.Phrase):
        pattern = _pattern(node)
        if not any(isinstance(part, Wildcard) for part in pattern):
            yield _plain(node)
    for part in node.children:
        yield from _named(part, field, inside=inside)


def _visit(node: Any, field: Field | None, depth: int) -> exp.Expr:
    """One part of the query; `field` is the field whose value it stands in, if any."""
    if depth > MAX_DEPTH:
        raise QueryError("The query is nested too deeply.", node.pos, "Use fewer parentheses.")
    try:
        return _condition(node, field, depth)
    except QueryError:
        raise
    except UsageError as error:
        raise QueryError(error.message, node.pos, error.remedy or _SYNTAX) from error


def _condition(node: Any, field: Field | None, depth: int) -> exp.Expr:
    parts = [_visit(part, field, depth + 1) for part in node.children if _is_logic(node)]
    match node:
        case tree.OrOperation():
            condition = matching.any_of(parts)
        # `action:(a b)` names alternatives: no field but a list can be two things at once.
        case tree.UnknownOperation() if field is not None and not _excludes(node):
            condition = matching.any_of(parts)
        case tree.AndOperation() | tree.UnknownOperation():
            condition = matching.all_of(parts)
        case tree.Not() | tree.Prohibit():
            condition = matching.negate(parts[0])
        case tree.Plus() | tree.BaseGroup():
            condition = exp.paren(parts[0], copy=False)
        case tree.SearchField(name=name) if name == _EXISTS and field is None:
            condition = _existing(node.expr)
        case tree.SearchField():
            condition = _visit(node.expr, _field(node, field), depth + 1)
        case tree.Word() | tree.Phrase() | tree.Regex():
            condition = _anywhere(node) if field is None else _value(field, node)
        case tree.Range() | tree.From() | tree.To():
            condition = _range(field, node)
        case _:
            raise UsageError(_NOT_OFFERED, remedy=_INSTEAD)
    return condition


def _excludes(node: Any) -> bool:
    """Whether words stand side by side of which some have to, or must not, be there."""
    signs = tree.Plus | tree.Prohibit | tree.Not
    return any(isinstance(one, signs) for one in node.children)


def _is_logic(node: Any) -> bool:
    return isinstance(
        node, tree.BaseOperation | tree.Not | tree.Prohibit | tree.Plus | tree.BaseGroup
    )


def _field(node: Any, outer: Field | None) -> Field:
    if outer is not None:
        raise UsageError(
            f"{node.name!r} names a field inside the value of {outer.name!r}.",
            remedy=f'Quote a value that holds a colon: {outer.name}:"..."',
        )
    return named_field(node.name)


def _existing(node: Any) -> exp.Expr:
    if not isinstance(node, tree.Word | tree.Phrase):
        raise UsageError("_exists_ takes the name of one field.", remedy="Write _exists_:reason.")
    try:
        return matching.exists(named_field(_plain(node)))
    except UsageError as error:
        raise QueryError(error.message, node.pos, error.remedy or _SYNTAX) from error


def _anywhere(node: Any) -> exp.Expr:
    fields = [event_field(name) for name in _ANYWHERE]
    if isinstance(node, tree.Regex):
        pattern = _expression(node)
        return matching.any_of([matching.regex(field, pattern) for field in fields])
    if isinstance(node, tree.Word) and node.value in {"and", "or", "not", "to"}:
        raise UsageError(
            f"{node.value!r} in small letters is read as a word to search for.",
            remedy=f'Write {node.value.upper()}, or "{node.value}" to search for the word.',
        )
    pattern_parts = (Wildcard.ANY, *_pattern(node), Wildcard.ANY)
    return matching.any_of([matching.matches(field, pattern_parts) for field in fields])


def _value(field: Field, node: Any) -> exp.Expr:
    if isinstance(node, tree.Regex):
        return matching.regex(field, _expression(node))
    pattern = _pattern(node)
    if pattern == (Wildcard.ANY,):
        return matching.exists(field)
    if field.kind == "time":
        start, end = spans.span(_plain(node))
        return _within(field, start=start, end=end)
    if field.kind == "number":
        return matching.compare(field, "=", _number(node))
    vocabulary.check(field.name, pattern)
    network = _network(field, node)
    return network if network is not None else matching.matches(field, pattern)


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
    low, high, include_low, include_high = _ends(node)
    conditions: list[exp.Expr] = []
    if field.kind == "time":
        if low is not None:
            start, end = spans.span(_plain(low))
            conditions.append(matching.compare(field, ">=", start if include_low else end))
        if high is not None:
            start, end = spans.span(_plain(high))
            if low is not None and end <= spans.span(_plain(low))[0]:
                raise UsageError("The range ends before it begins.", remedy="Swap its ends.")
            conditions.append(matching.compare(field, "<", end if include_high else start))
    elif field.kind == "number" or field.name.startswith(RAW):
        above: Comparison = ">=" if include_low else ">"
        below: Comparison = "<=" if include_high else "<"
        if low is not None:
            conditions.append(matching.compare(field, above, _number(low)))
        if high is not None:
            conditions.append(matching.compare(field, below, _number(high)))
    else:
        raise UsageError(
            f"Field {field.name!r} is text and has no order.",
            remedy="Ranges are for times and numbers: time, logged_time, sequence, record_no.",
        )
    return matching.all_of(conditions) if conditions else matching.exists(field)


def _ends(node: Any) -> tuple[Any | None, Any | None, bool, bool]:
    if isinstance(node, tree.From):
        return node.a, None, node.include, False
    if isinstance(node, tree.To):
        return None, node.a, False, node.include
    low, high = (None if getattr(end, "value", "") == "*" else end for end in (node.low, node.high))
    return low, high, node.include_low, node.include_high


def _within(field: Field, *, start: Any, end: Any) -> exp.Expr:
    return matching.all_of(
        [matching.compare(field, ">=", start), matching.compare(field, "<", end)]
    )


def _number(node: Any) -> float:
    negative = isinstance(node, tree.Prohibit)
    text = _plain(node.a if negative else node)
    try:
        number = int(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a whole number.") from error
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


def _syntax_fault(text: str, reported: str) -> UsageError:
    found = re.search(r"position (\d+)", reported)
    if not found:
        unfinished = "The query ends too early."
        return QueryError(
            unfinished, len(text), "Close every parenthesis; give every field a value."
        )
    position = int(found[1])
    rest = text[position : position + 20]
    if rest.startswith(('"', "/")):
        return QueryError(
            f"This is never closed: {rest}", position, "Close the quote or the slash."
        )
    remedy = f'Quote text that holds one of ()[]{{}}:"~^/\\ . {_SYNTAX}'
    return QueryError(f"{rest[:1]!r} does not fit here.", position, remedy)
