"""Sigma as its specification tells it, over one parsed record at a time and without any SQL."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any

Values = Callable[[str], list[Any]]
Test = Callable[["Record"], bool]
MANY, ONE = object(), object()
_DASHES = "-/\u2013\u2014\u2015"
_FLAGS = {"i": re.I, "ignorecase": re.I, "m": re.M, "multiline": re.M} | {
    "s": re.S,
    "dotall": re.S,
}
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}
_PARTS: dict[str, Callable[[datetime], int]] = {
    "minute": lambda t: t.minute,
    "hour": lambda t: t.hour,
    "day": lambda t: t.day,
    "week": lambda t: t.isocalendar().week,
    "month": lambda t: t.month,
    "year": lambda t: t.year,
}
_ENCODED = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be"}


class Record:
    """What rules see of one record: values by path, and the texts that keywords are sought in."""

    def __init__(self, values: Values, texts: Sequence[str] = ()) -> None:
        self._values = values
        self.texts = texts
        self._known: dict[str, list[Any]] = {}

    def values(self, path: str) -> list[Any]:
        if path not in self._known:
            self._known[path] = self._values(path)
        return self._known[path]


def of(document: Any) -> Record:
    """The record that one JSON document is."""
    return Record(lambda path: at(document, path.split(".")), [*leaves(document)])


def leaves(found: Any) -> Iterator[str]:
    """All texts, numbers and names of fields of a document."""
    if isinstance(found, dict):
        yield from found
        found = [*found.values()]
    if isinstance(found, list):
        for one in found:
            yield from leaves(one)
    elif found is not None:
        yield text_of(found)


def at(found: Any, keys: Sequence[str]) -> list[Any]:
    """All values at a path, also within arrays on the way."""
    if isinstance(found, list):
        inner = [one for each in found for one in at(each, keys)]
        return inner if keys else [found, *inner]
    if not keys:
        return [] if found is None else [found]
    if not isinstance(found, dict) or keys[0] not in found:
        return []
    return at(found[keys[0]], keys[1:])


def named(document: Any, place: str, event_no: int | None = None) -> list[Any]:
    """The values that a list of names gives a name: `path:name`, `[]` after a list of events."""
    path, _, name = place.rpartition(":")
    above, _, below = path.rpartition("[].")
    holder = document
    for key in filter(None, above.split(".")):
        holder = holder.get(key) if isinstance(holder, dict) else None
    if above and isinstance(holder, list):
        holder = dict(enumerate(holder)).get(-1 if event_no is None else event_no)
    told = [one for one in at(holder, below.split(".")) if isinstance(one, dict)]
    found = []
    for one in told:
        if str(one.get("name")).lower() == name.lower():
            kinds = ("value", "boolValue", "intValue")
            found += [one[kind] for kind in kinds if one.get(kind) is not None]
            found += [
                each for kind in ("multiValue", "multiIntValue") for each in one.get(kind, ())
            ]
    return found


def text_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def rule(detection: Mapping[str, Any], values: Mapping[str, list[Any]] | None = None) -> Test:
    """Whether a record matches the detection of a rule."""
    named = {
        name: _searched(told, values or {})
        for name, told in detection.items()
        if name not in {"condition", "timeframe"}
    }
    told = detection["condition"]
    each = [_condition(one, named) for one in (told if isinstance(told, list) else [told])]
    return lambda record: any(test(record) for test in each)


def _condition(text: str, named: Mapping[str, Test]) -> Test:
    tokens = re.findall(r"[()]|[^\s()]+", text)

    def several(word: str, pattern: str) -> Test:
        fits = "*" if pattern == "them" else pattern
        some = [
            test
            for name, test in named.items()
            if fnmatchcase(name, fits) and not (pattern == "them" and name.startswith("_"))
        ]
        joined = all if word == "all" else any
        return lambda record: joined(test(record) for test in some)

    def operand() -> Test:
        token = tokens.pop(0)
        if token.lower() == "not":
            inner = operand()
            return lambda record: not inner(record)
        if token == "(":
            inner = alternatives()
            tokens.pop(0)
            return inner
        if tokens and tokens[0].lower() == "of":
            tokens.pop(0)
            return several(token.lower(), tokens.pop(0))
        return named[token]

    def together() -> Test:
        parts = [operand()]
        while tokens and tokens[0].lower() == "and":
            tokens.pop(0)
            parts.append(operand())
        return lambda record: all(test(record) for test in parts)

    def alternatives() -> Test:
        parts = [together()]
        while tokens and tokens[0].lower() == "or":
            tokens.pop(0)
            parts.append(together())
        return lambda record: any(test(record) for test in parts)

    return alternatives()


def _searched(told: Any, values: Mapping[str, list[Any]]) -> Test:
    """A map is all of its fields; a list is any of its maps or keywords."""
    if isinstance(told, dict):
        items = [_item(key, one, values) for key, one in told.items()]
        return lambda record: all(test(record) for test in items)
    if isinstance(told, list):
        some = [_searched(one, values) for one in told]
        return lambda record: any(test(record) for test in some)
    return _item("", told, values)


def _item(key: str, told: Any, values: Mapping[str, list[Any]]) -> Test:
    name, *modifiers = key.split("|")
    listed = told if isinstance(told, list) else [told]
    tests = [_one(name, modifiers, one, values) for one in listed]
    joined = all if "all" in modifiers else any
    wanted = "neq" not in modifiers
    return lambda record: joined(test(record) for test in tests) is wanted


def _one(name: str, modifiers: list[str], told: Any, values: Mapping[str, list[Any]]) -> Test:
    if told is None:
        return lambda record: not record.values(name)
    if "exists" in modifiers:
        return lambda record: bool(record.values(name)) is told
    if not name:
        # A keyword is sought within the text of the record.
        fits = _fits([*modifiers, "contains"], told, values)
        return lambda record: any(one(text, record) for text in record.texts for one in fits)
    fits = _fits(modifiers, told, values)
    return lambda record: any(one(value, record) for value in record.values(name) for one in fits)


Fits = Callable[[Any, Record], bool]


def _fits(modifiers: list[str], told: Any, values: Mapping[str, list[Any]]) -> list[Fits]:
    for modifier in modifiers:
        if modifier in _COMPARED:
            return [_compared(_COMPARED[modifier], float(told))]
        if modifier in _PARTS:
            return [_part(_PARTS[modifier], told)]
    if "cidr" in modifiers:
        return [_network(told)]
    if "fieldref" in modifiers:
        return [_referring(told, modifiers)]
    if "re" in modifiers:
        flags = re.RegexFlag(0)
        for modifier in modifiers:
            flags |= _FLAGS.get(modifier, 0)
        found = re.compile(told, flags)
        return [lambda value, _: found.search(text_of(value)) is not None]
    if isinstance(told, bool):
        told = "true" if told else "false"
    if isinstance(told, int | float) and not {"contains", "startswith", "endswith"} & {*modifiers}:
        return [_number(told)]
    return [_like(parts, "cased" in modifiers) for parts in _patterns(modifiers, told, values)]


def _number(told: float) -> Fits:
    def test(value: Any, record: Record) -> bool:
        del record
        return text_of(value) == str(told) or (
            isinstance(told, float) and _as_number(value) == told
        )

    return test


def _as_number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(text_of(value))
    except ValueError:
        return None


def _compared(operator: Callable[[float, float], bool], told: float) -> Fits:
    def test(value: Any, record: Record) -> bool:
        del record
        number = _as_number(value)
        return number is not None and operator(number, told)

    return test


def _part(part: Callable[[datetime], int], told: int) -> Fits:
    def test(value: Any, record: Record) -> bool:
        del record
        try:
            moment = datetime.fromisoformat(text_of(value))
        except ValueError:
            return False
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return part(zoned.astimezone(UTC)) == told

    return test


def _network(told: str) -> Fits:
    network = ip_network(told)

    def test(value: Any, record: Record) -> bool:
        del record
        try:
            return ip_address(text_of(value)) in network
        except ValueError:
            return False

    return test


def _referring(told: str, modifiers: list[str]) -> Fits:
    def related(value: str, other: str) -> bool:
        if "contains" in modifiers:
            return other in value
        if "startswith" in modifiers:
            return value.startswith(other)
        return value.endswith(other) if "endswith" in modifiers else value == other

    def test(value: Any, record: Record) -> bool:
        return any(
            related(text_of(value).lower(), text_of(one).lower()) for one in record.values(told)
        )

    return test


def _like(parts: Sequence[Any], cased: bool) -> Fits:
    expression = "".join(
        ".*" if part is MANY else "." if part is ONE else re.escape(part) for part in parts
    )
    found = re.compile(expression, re.S | (re.RegexFlag(0) if cased else re.I))
    return lambda value, _: found.fullmatch(text_of(value)) is not None


def parsed(told: str) -> list[Any]:
    """The text with its wildcards; a backslash escapes a wildcard or a backslash only."""
    parts: list[Any] = []
    rest = iter(range(len(told)))
    for place in rest:
        sign = told[place]
        if sign == "\\" and told[place + 1 : place + 2] in ("*", "?", "\\"):
            parts.append(told[next(rest)])
        else:
            parts.append({"*": MANY, "?": ONE}.get(sign, sign))
    return parts


def _patterns(
    modifiers: list[str], told: Any, values: Mapping[str, list[Any]]
) -> Iterator[list[Any]]:
    each = [parsed(str(told))]
    before: dict[str, bytes] = {}
    if "expand" in modifiers:
        each = [parts for one in each for parts in _expanded(one, values)]
    if "windash" in modifiers:
        each = [parsed(one) for one in _dashed(str(told))]
    for modifier in modifiers:
        if modifier in _ENCODED or modifier == "utf16":
            text = "".join(each[0])
            mark = b"\xff\xfe" if modifier == "utf16" else b""
            before["data"] = mark + text.encode(_ENCODED.get(modifier, "utf-16-le"))
        elif modifier in ("base64", "base64offset"):
            data = before.get("data") or "".join(each[0]).encode()
            each = [[*one] for one in _base64(data, modifier == "base64offset")]
    for parts in each:
        begins = bool({"contains", "endswith"} & {*modifiers})
        ends = bool({"contains", "startswith"} & {*modifiers})
        yield [*([MANY] * begins), *parts, *([MANY] * ends)]


def _base64(data: bytes, offset: bool) -> list[str]:
    if not offset:
        return [base64.b64encode(data).decode()]
    found = []
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).decode()
        # What shares its bits with bytes before or after is left out.
        start = -(-before * 8 // 6)
        found.append(whole[start : (before + len(data)) * 8 // 6])
    return found


def _dashed(told: str) -> Iterator[str]:
    places = [found.start() for found in re.finditer(r"\B[-/]\b", told)]
    for dashes in itertools.product(_DASHES, repeat=len(places)):
        text = [*told]
        for place, dash in zip(places, dashes, strict=True):
            text[place] = dash
        yield "".join(text)


def _expanded(parts: list[Any], values: Mapping[str, list[Any]]) -> list[list[Any]]:
    text = "".join(part if isinstance(part, str) else "\0" for part in parts)
    found = re.search(r"%([^%]+)%", text)
    if found is None:
        return [parts]
    return [
        [*parts[: found.start()], *parsed(str(one)), *parts[found.end() :]]
        for one in values[found[1]]
    ]
