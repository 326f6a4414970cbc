"""Sigma correlations over lists of dicts, as the specification says them and as slow as that is."""

from __future__ import annotations

import itertools
import operator
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
Rules = Mapping[str, "Callable[[Event], bool] | dict[str, Any]"]

OPERATORS = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Hit:
    """An event that a rule matched, or the event that a match of a correlation ended with."""

    stage: int
    time: int
    event: Event
    uids: frozenset[str]

    def __hash__(self) -> int:
        return hash((self.stage, self.time, self.uids))


@dataclass(frozen=True)
class Window:
    """Hits of one group that fulfil the condition together, and the number they reach."""

    key: tuple[str, ...]
    hits: tuple[Hit, ...]
    opened: int
    closed: int
    reached: float

    @property
    def uids(self) -> frozenset[str]:
        return frozenset(uid for hit in self.hits for uid in hit.uids)


@dataclass(frozen=True)
class Stretch:
    """Windows of one group that overlap."""

    key: tuple[str, ...]
    first: int
    last: int
    reached: float
    uids: frozenset[str]


def seconds(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def taking_part(windows: Sequence[Window]) -> set[str]:
    return {uid for window in windows for uid in window.uids}


def stretches(windows: Sequence[Window], *, least: bool = False) -> list[Stretch]:
    """Windows joined while they overlap."""
    found: list[list[Window]] = []
    for window in sorted(windows, key=lambda one: (one.key, one.opened)):
        last = found[-1] if found else []
        if last and last[0].key == window.key and window.opened <= max(w.closed for w in last):
            last.append(window)
        else:
            found.append([window])
    return [
        Stretch(
            one[0].key,
            min(hit.time for w in one for hit in w.hits),
            max(hit.time for w in one for hit in w.hits),
            (min if least else max)(w.reached for w in one),
            frozenset(uid for w in one for uid in w.uids),
        )
        for one in found
    ]


def windows(asked: dict[str, Any], rules: Rules, history: Sequence[Event]) -> list[Window]:
    """Every window of a correlation in one history that fulfils its condition."""
    groups: dict[tuple[str, ...], list[Hit]] = {}
    for stage, name in enumerate(asked["rules"]):
        for hit in _hits(stage, name, asked, rules, history):
            key = _key(asked, name, hit.event)
            if key is not None:
                groups.setdefault(key, []).append(hit)
    return [
        window
        for key, hits in groups.items()
        for window in _windows(asked, key, sorted(hits, key=lambda hit: hit.time), history)
    ]


def _hits(
    stage: int, name: str, asked: dict[str, Any], rules: Rules, history: Sequence[Event]
) -> Iterator[Hit]:
    rule = rules[name]
    if callable(rule):
        for event in history:
            if event["time"] is not None and rule(event):
                yield Hit(stage, event["time"], event, frozenset({event["uid"]}))
        return
    inner = windows(rule, rules, history)
    by_uid = {event["uid"]: event for event in history}
    if not asked["type"].startswith("temporal"):
        for one in stretches(inner):
            last = max(uid for uid in one.uids if by_uid[uid]["time"] == one.last)
            yield Hit(stage, one.last, by_uid[last], one.uids)
        return
    for key in {window.key for window in inner}:
        same = [window for window in inner if window.key == key]
        taking = {hit for window in same for hit in window.hits}
        for end in {hit for window in same for hit in _ends(rule, window)}:
            opened = min(window.opened for window in same if end in _ends(rule, window))
            inside = [hit for hit in taking if opened <= hit.time <= end.time]
            uids = frozenset(uid for hit in inside for uid in hit.uids)
            yield Hit(stage, end.time, end.event, uids)


def _ends(asked: dict[str, Any], window: Window) -> tuple[Hit, ...]:
    """The hits that a window ends with; a chain ends with its last, whatever is as late."""
    if asked["type"] == "temporal_ordered":
        return window.hits[-1:]
    return tuple(hit for hit in window.hits if hit.time == window.closed)


def _key(asked: dict[str, Any], rule: str, event: Event) -> tuple[str, ...] | None:
    aliases = asked.get("aliases", {})
    names = [aliases[name][rule] if name in aliases else name for name in asked["group-by"]]
    values = [event.get(name) for name in names]
    if any(value is None for value in values):
        return None
    return tuple(str(value).lower() for value in values)


def _windows(
    asked: dict[str, Any], key: tuple[str, ...], hits: list[Hit], history: Sequence[Event]
) -> Iterator[Window]:
    kind, condition = asked["type"], asked.get("condition", {"gte": len(asked["rules"])})
    if "new_terms" in asked:
        yield from _new(asked, key, hits, history)
    elif kind == "temporal_ordered":
        yield from _ordered(asked, key, hits, history)
    elif isinstance(condition, str) and "not" in condition.split():
        yield from _absent(asked, key, hits, history)
    else:
        yield from _behind(asked, key, hits, condition)


def _behind(
    asked: dict[str, Any], key: tuple[str, ...], hits: list[Hit], condition: Any
) -> Iterator[Window]:
    """Windows that end at a hit."""
    span = seconds(asked["timespan"])
    if asked["type"] == "event_count":
        hits = list({(hit.time, hit.uids): hit for hit in hits}.values())
    if asked["type"].startswith("value_"):
        hits = [hit for hit in hits if _values(hit, asked)]
        hits = list({(hit.time, hit.uids): hit for hit in hits}.values())
    for end in hits:
        inside = [hit for hit in hits if end.time - span <= hit.time <= end.time]
        stages = {hit.stage for hit in inside}
        if isinstance(condition, str):
            named = {name: n in stages for n, name in enumerate(asked["rules"])}
            fulfilled, number = eval(condition, {}, named), float(len(stages))
        else:
            number = _number(asked, inside, stages)
            fulfilled = all(
                OPERATORS[name](number, bound)
                for name, bound in condition.items()
                if name in OPERATORS
            )
        if fulfilled:
            yield Window(key, tuple(inside), inside[0].time, end.time, number)


def _values(hit: Hit, asked: dict[str, Any]) -> list[Any]:
    value = hit.event.get(asked["condition"]["field"])
    values = value if isinstance(value, list) else [value]
    said = [one.lower() for one in values if one is not None]
    if asked["type"] == "value_count":
        return said
    return [float(one) for one in said if one.lstrip("-").isdigit()]


def _number(asked: dict[str, Any], inside: list[Hit], stages: set[int]) -> float:
    kind = asked["type"]
    if kind == "event_count":
        return len(inside)
    if kind == "temporal":
        return len(stages)
    values = [value for hit in inside for value in _values(hit, asked)]
    if kind == "value_count":
        return len(set(values))
    if kind == "value_sum":
        return sum(values)
    if kind == "value_avg":
        return sum(values) / len(values)
    if kind == "value_median":
        return statistics.median(values)
    values.sort()
    place = asked["condition"]["percentile"] / 100 * (len(values) - 1)
    low = values[int(place)]
    high = values[min(int(place) + 1, len(values) - 1)]
    return low + (high - low) * (place - int(place))


def _absent(
    asked: dict[str, Any], key: tuple[str, ...], hits: list[Hit], history: Sequence[Event]
) -> Iterator[Window]:
    """Windows that begin at a hit which is wanted, and of which the records tell the whole."""
    wanted = {n for n, name in enumerate(asked["rules"]) if f"not {name}" not in asked["condition"]}
    span = seconds(asked["timespan"])
    for start in (hit for hit in hits if hit.stage in wanted):
        inside = [hit for hit in hits if start.time <= hit.time <= start.time + span]
        stages = {hit.stage for hit in inside}
        missing = [n for n in range(len(asked["rules"])) if n not in stages]
        whole = start.time + span <= _last(start.event, history)
        # Where the records end too early, any of the rules may have occurred after.
        could = [()] if whole else _subsets(missing)
        if all(_fulfilled(asked, stages | set(more)) for more in could):
            taking = tuple(hit for hit in inside if hit.stage in wanted)
            yield Window(key, taking, start.time, taking[-1].time, len(stages))


def _subsets(stages: list[int]) -> list[tuple[int, ...]]:
    sizes = range(len(stages) + 1)
    return [one for size in sizes for one in itertools.combinations(stages, size)]


def _fulfilled(asked: dict[str, Any], stages: set[int]) -> bool:
    named = {name: n in stages for n, name in enumerate(asked["rules"])}
    return bool(eval(asked["condition"], {}, named))


def _last(event: Event, history: Sequence[Event]) -> int:
    return max(
        one["time"]
        for one in history
        if one["source"] == event["source"] and one["time"] is not None
    )


def _ordered(
    asked: dict[str, Any], key: tuple[str, ...], hits: list[Hit], history: Sequence[Event]
) -> Iterator[Window]:
    """Every chain of hits, one for each rule, each after the one before it."""
    span = seconds(asked["timespan"])
    for order in _orders(asked):
        wanted = [stage for stage, positive in order if positive]
        lines = [[hit for hit in hits if hit.stage == stage] for stage in wanted]
        for chain in itertools.product(*lines):
            if chain[-1].time - chain[0].time > span:
                continue
            if not all(_may_precede(*pair) for pair in itertools.pairwise(chain)):
                continue
            if _kept_apart(order, chain, hits, span, history):
                yield Window(key, chain, chain[0].time, chain[-1].time, len(chain))


def _orders(asked: dict[str, Any]) -> list[list[tuple[int, bool]]]:
    """The alternatives of the condition: rules in order, wanted or not."""
    condition = asked.get("condition", " and ".join(asked["rules"]))
    found = []
    for alternative in condition.split(" or "):
        parts = {
            part.removeprefix("not "): "not " not in part for part in alternative.split(" and ")
        }
        found.append([(n, parts[name]) for n, name in enumerate(asked["rules"]) if name in parts])
    return found


def _may_precede(one: Hit, other: Hit) -> bool:
    first, second = one.event, other.event
    if first["uid"] == second["uid"] or one.time > other.time:
        return False
    numbers = first["sequence"], second["sequence"]
    if one.time < other.time or None in numbers:
        return True
    together = first["source"] == second["source"] and first["tenant"] == second["tenant"]
    return not (together and numbers[0] > numbers[1])


def _kept_apart(
    order: list[tuple[int, bool]],
    chain: tuple[Hit, ...],
    hits: list[Hit],
    span: int,
    history: Sequence[Event],
) -> bool:
    """No rule that must not occur does, between its neighbours or after the last of the chain."""
    place = -1
    for stage, wanted in order:
        if wanted:
            place += 1
            continue
        last = place == len(chain) - 1
        until = chain[place].time + span if last else chain[place + 1].time
        if any(h.stage == stage and chain[place].time <= h.time <= until for h in hits):
            return False
        if last and until > _last(chain[place].event, history):
            return False
    return True


def _new(
    asked: dict[str, Any], key: tuple[str, ...], hits: list[Hit], history: Sequence[Event]
) -> Iterator[Window]:
    span = seconds(asked["timespan"])
    given = asked["new_terms"]
    warm_up = seconds(given.get("warm_up", asked["timespan"]))
    if any(part.strip() in given["placeholders"] for part in key):
        return
    for hit in hits:
        seen = any(hit.time - span <= other.time < hit.time for other in hits)
        first = min(
            one["time"]
            for one in history
            if one["source"] == hit.event["source"] and one["time"] is not None
        )
        if not seen and first + warm_up <= hit.time:
            yield Window(key, (hit,), hit.time, hit.time, 1)
