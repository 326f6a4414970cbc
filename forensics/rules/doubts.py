"""What of a rule cannot match, or matches anything, although it can be evaluated."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from sigma.correlations import SigmaCorrelationRule, SigmaCorrelationType
from sigma.rule import SigmaRule
from sigma.rule.detection import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaExpansion, SigmaString, SigmaTimestampPart

from forensics.conditions import vocabulary
from forensics.conditions.selection import pattern
from forensics.errors import UsageError
from forensics.rules import logsource
from forensics.rules.correlate_conditions import Bounds, bounds, expression
from forensics.sources.declaration import Declaration, shipped
from forensics.sources.recognise import decode

# From a time in ISO 8601, in UTC.
_PARTS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "week": (1, 53),
    "month": (1, 12),
    "year": (1, 9999),
}
_COUNTS = {SigmaCorrelationType.EVENT_COUNT, SigmaCorrelationType.VALUE_COUNT}
# How alike a name must be to one of a source that it is taken for a slip of it.
_ALIKE = 0.8


def of_rule(rule: SigmaRule) -> Iterator[str]:
    """Items of the selections that no record can fulfil, or every one that has the field."""
    native = rule.logsource.category != logsource.NORMALISED
    for name, detection in rule.detection.detections.items():
        for item in _items(detection):
            for told in _of_item(item, native=native):
                yield f"the selection {name!r}: {told}"


def of_correlation(sigma: SigmaCorrelationRule) -> Iterator[str]:
    """A condition that no window can fulfil."""
    if expression(sigma) is not None:
        return
    asked = bounds(sigma)
    told = ", ".join(f"{operator}: {bound:g}" for operator, bound in asked.asked)
    if sigma.type in _COUNTS or sigma.type.name.startswith("TEMPORAL"):
        # A window closes at an event, and so holds one at least.
        most = float("inf") if sigma.type in _COUNTS else len(sigma.referenced_rules)
        if not any(asked.hold(n) for n in _near(asked) if 1 <= n <= most and n == int(n)):
            yield f"no window can fulfil its condition ({told})"
    elif not any(asked.hold(n) for n in _near(asked)):
        yield f"no number can fulfil its condition ({told})"


def _near(asked: Bounds) -> Iterator[float]:
    """Numbers of which one fulfils the bounds, if any number does."""
    edges = sorted({1, *(bound for _, bound in asked.asked)})
    yield from edges
    yield from (whole for edge in edges for whole in (int(edge) - 1, int(edge) + 1))
    yield from ((one + other) / 2 for one, other in pairwise(edges))


def _items(detection: SigmaDetection) -> Iterator[SigmaDetectionItem]:
    for one in detection.detection_items:
        if isinstance(one, SigmaDetection):
            yield from _items(one)
        else:
            yield one


def _of_item(item: SigmaDetectionItem, *, native: bool) -> Iterator[str]:
    if item.modifiers and any(not one.s for one in _texts(item.original_value)):
        yield f"{item.field}: an empty text is part of every text"
    for value in _flat(item.value):
        if isinstance(value, SigmaTimestampPart):
            part = value.timestamp_part.name.lower()
            least, most = _PARTS[part]
            if not least <= int(value.number) <= most:
                yield f"{item.field}: no {part} is {value.number}: it is from {least} to {most}"
        elif isinstance(value, SigmaString) and item.field is not None and not native:
            try:
                vocabulary.check(item.field, pattern(value))
            except UsageError as error:
                yield f"{item.field}: {error.message} {error.remedy or ''}".rstrip()


def _flat(values: Any) -> Iterator[Any]:
    for one in values:
        if isinstance(one, SigmaExpansion):
            yield from _flat(one.values)
        else:
            yield one


def _texts(values: Any) -> Iterator[SigmaString]:
    listed = values if isinstance(values, list) else [values]
    return (one for one in listed if isinstance(one, SigmaString))


def unknown_fields(rule: SigmaRule) -> Iterator[str]:
    """Fields that its sources are not known to have, but one of nearly the same name."""
    if rule.logsource.category == logsource.NORMALISED:
        return
    sources = _sources(rule)
    known = frozenset().union(*(_paths(one.name) for one in sources))
    every = [item.field for one in rule.detection.detections.values() for item in _items(one)]
    for field in dict.fromkeys(one for one in every if one is not None):
        told = {field, *(path for one in sources for path in one.names.elsewhere(field))}
        above, _, key = field.rpartition(".")
        beside = {path.rpartition(".")[2] for path in known if path.rpartition(".")[0] == above}
        near = difflib.get_close_matches(key, sorted(beside), n=1, cutoff=_ALIKE)
        if near and not told & known and not any(one.names.capitals for one in sources):
            path = ".".join(filter(None, (above, near[0])))
            yield f"no record of its source is known to have {field!r}. Did you mean {path!r}?"


def _sources(rule: SigmaRule) -> tuple[logsource.LogSource, ...]:
    found = [logsource.declared(one) for one in _shipped()]
    return logsource.scope(rule.logsource, [one for one in found if one]).sources or ()


@cache
def _shipped() -> tuple[Declaration, ...]:
    return tuple(shipped().values())


@cache
def _paths(name: str) -> frozenset[str]:
    """What the mapping of a source reads, and what its examples have."""
    (declaration,) = (one for one in _shipped() if one.name == name)
    found = {value.path for value in declaration.event.values() if value.path}
    for example in declaration.examples:
        for document in decode([example.raw.encode()]):
            found.update(_keys(document, ""))
    return frozenset(found)


def _keys(value: Any, above: str) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _keys(one, above)
    elif isinstance(value, dict):
        for key, one in value.items():
            path = f"{above}.{key}" if above else str(key)
            yield path
            yield from _keys(one, path)
