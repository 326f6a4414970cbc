"""The tests in a policy file: a few records and tables each, and the verdict they should give."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse

from forensics import actions, event
from forensics.engine import Row
from forensics.located import Faults, Located, unknown_word
from forensics.policy.model import LEVELS, Policy
from forensics.policy.verdict import Belief
from forensics.policy.words import duration, duration_fault
from forensics.sources import context
from forensics.sources.context import ContextFile

W = TypeVar("W", bound=str)
Expected = Literal["violation", "compliant", "unknown", "out_of_scope"]
EXPECTED: tuple[Expected, ...] = get_args(Expected)
BELIEFS: tuple[Belief, ...] = get_args(Belief)

TABLES = tuple(kind for kind in context.KINDS if context.headers(kind))
"""The kinds of tables that a test may give: those that are told by a header of their own."""

KEYS = ("name", "zone", "clocks", "events", *TABLES, "expect")
_EXPECT = ("verdict", "event", "as_known", "level", "missing", "sentence")
_REMEDY = "Correct the lines named; until then none of its tests is run."
_SOURCE = "console"
# Whatever a table does not date was known before any record of a test.
_IMPORTED = datetime(1970, 1, 1, tzinfo=UTC)

_WORDS: dict[str, tuple[str, ...]] = {
    "time_precision": event.TIME_PRECISIONS,
    "time_basis": event.TIME_BASES,
    "outcome": event.OUTCOMES,
    "actor_type": event.ACTOR_TYPES,
}


@dataclass(frozen=True)
class Expectation:
    """The verdict an act should get under one belief; None and empty ask for nothing.

    Each of `missing` should be found within a missing fact, each of `sentences` within what is
    said.
    """

    line: int
    event: str
    verdict: Expected
    as_known: Belief
    level: str | None
    missing: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class PolicyTest:
    """One test: what is recorded and known, and what is expected of it.

    `tolerances` tell, by source, how far its clock may be off, in seconds; `zone` is that of the
    organisation.
    """

    name: str
    line: int
    zone: str | None
    tolerances: Mapping[str, float]
    events: tuple[Row, ...]
    context: tuple[ContextFile, ...]
    expect: tuple[Expectation, ...]


def parsed_tests(policy: Policy) -> tuple[PolicyTest, ...]:
    """The tests of a policy; raises `DeclarationError` listing all faults of theirs by line."""
    faults = Faults(policy.file, "list of tests", _REMEDY)
    tests = read_tests(policy.tests, faults)
    faults.raise_if_any()
    return tests


def read_tests(nodes: Sequence[Located], faults: Faults) -> tuple[PolicyTest, ...]:
    """The tests that can be read; what is wrong with any is added to the faults."""
    tests: list[PolicyTest] = []
    for node in nodes:
        before = len(faults.found)
        test = _test(node, faults)
        if any(test.name and test.name == other.name for other in tests):
            faults.add(node.line, f"two tests are called {test.name!r}.")
        if len(faults.found) == before:
            tests.append(test)
    return tuple(tests)


def _test(node: Located, faults: Faults) -> PolicyTest:
    entries = faults.keys(node, KEYS, "a test")
    for key in ("name", "events", "expect"):
        if key not in entries:
            faults.add(node.line, f"a test needs the key {key!r}.")
    events = _events(entries.get("events"), faults)
    return PolicyTest(
        name=_text(entries.get("name"), "name", faults) or "",
        line=node.line,
        zone=_zone(entries.get("zone"), faults),
        tolerances=_clocks(entries.get("clocks"), faults),
        events=events,
        context=tuple(_table(kind, entries[kind], faults) for kind in TABLES if kind in entries),
        expect=_expectations(entries.get("expect"), [one["event_uid"] for one in events], faults),
    )


def _text(node: Located | None, key: str, faults: Faults) -> str | None:
    if node is None:
        return None
    if not isinstance(node.value, str) or not node.value.strip():
        faults.add(node.line, f"{key} must be a text.")
        return None
    return node.value.strip()


def _zone(node: Located | None, faults: Faults) -> str | None:
    name = _text(node, "zone", faults)
    try:
        return ZoneInfo(name).key if name else None
    except (KeyError, ValueError, OSError):
        line = node.line if node else 1
        faults.add(line, f"zone {name!r} is unknown; write an IANA name such as Europe/Paris.")
        return None


def _clocks(node: Located | None, faults: Faults) -> dict[str, float]:
    if node is None:
        return {}
    found = {}
    if not isinstance(node.value, dict):
        faults.add(node.line, "clocks must be a mapping of sources, as in {console: 2s}.")
        return {}
    for source, child in node.value.items():
        if fault := duration_fault(child.plain(), f"the clock of {source}"):
            faults.add(child.line, fault)
        elif length := duration(child.value):
            found[source] = length.total_seconds()
        else:
            found[source] = 0.0
    return found


def _listed(node: Located, what: str, faults: Faults) -> list[Located]:
    """The mappings of a list; anything else is a fault."""
    if not isinstance(node.value, list):
        faults.add(node.line, f"{what} must be a list of mappings.")
        return []
    for one in node.value:
        if not isinstance(one.value, dict):
            faults.add(one.line, f"{what} must be a list of mappings.")
    return [one for one in node.value if isinstance(one.value, dict)]


# Events


def _events(node: Located | None, faults: Faults) -> tuple[Row, ...]:
    if node is None:
        return ()
    rows = [
        _event(place, one, faults)
        for place, one in enumerate(_listed(node, "events", faults), start=1)
    ]
    if isinstance(node.value, list) and not node.value:
        faults.add(node.line, "events is empty; a test needs the act that is judged.")
    uids = [row["event_uid"] for row in rows]
    if len(set(uids)) < len(uids):
        faults.add(node.line, "two events have the same event_uid.")
    return tuple(rows)


def _event(place: int, node: Located, faults: Faults) -> Row:
    row: Row = {
        "event_uid": f"e{place}",
        "source": _SOURCE,
        "file_id": 1,
        "record_no": place - 1,
        "event_no": 0,
        "time_precision": "s",
        "time_basis": "utc",
    }
    for key, child in faults.keys(node, event.BY_NAME, "an event").items():
        try:
            row[key] = _READ[event.BY_NAME[key].type](key, child.plain())
        except ValueError as error:
            faults.add(child.line, f"{key} {error}")
    if "time" not in node.value:
        faults.add(node.line, "an event needs its time, as in 2017-11-02T22:50:03Z.")
    return row


def _varchar(key: str, value: Any) -> str | None:
    if key == "raw" and isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"must be a text, not {value!r}.")
    text = str(value)
    if key == "action" and text not in (*actions.load(), actions.OTHER):
        raise ValueError(f"is an {unknown_word('action', text, actions.load())}")
    if key in _WORDS and text not in _WORDS[key]:
        raise ValueError(f"is an {unknown_word('word', text, _WORDS[key])}")
    return text


def _varchars(key: str, value: Any) -> list[str] | None:
    if value is not None and not isinstance(value, list):
        raise ValueError(f"must be a list of texts, not {value!r}.")
    return None if value is None else [_varchar(key, one) or "" for one in value]


def _whole(key: str, value: Any) -> int | None:
    del key
    if value is not None and type(value) is not int:
        raise ValueError(f"must be a whole number, not {value!r}.")
    return value


def _instant(key: str, value: Any) -> datetime | None:
    if value is None and key != "time":
        return None
    try:
        instant: datetime = isoparse(str(value))
        if instant.tzinfo is None:
            raise ValueError("an offset is missing")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        shape = "an instant with its offset, as in 2017-11-02T22:50:03Z"
        raise ValueError(f"must be {shape}, not {value!r}: {error}.") from error


_READ: dict[str, Callable[[str, Any], Any]] = {
    "VARCHAR": _varchar,
    "VARCHAR[]": _varchars,
    "BIGINT": _whole,
    "INTEGER": _whole,
    "TIMESTAMPTZ": _instant,
}


# Tables beside the records


def _table(kind: str, node: Located, faults: Faults) -> ContextFile:
    """The rows as the CSV file that they would stand in; columns nobody names are blank."""
    rows = []
    for one in _listed(node, kind, faults):
        row = {}
        for name, child in one.value.items():
            cell = child.plain()
            if isinstance(cell, (dict, list)):
                faults.add(child.line, f"{name} must be a single value, as a cell of a table.")
                continue
            row[name.strip().lower()] = "" if cell is None else str(cell)
        rows.append(row)
    names = dict.fromkeys(name for row in rows for name in row)
    # Of several headers of one kind the nearest to what is named.
    wanted = min(context.headers(kind), key=lambda one: (len(one - names.keys()), sorted(one)))
    header = [*names, *sorted(wanted - names.keys())]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode("utf-8")
    digest = hashlib.sha256(data).hexdigest()
    return ContextFile(kind, kind, digest, data, _IMPORTED)


# What is expected


def _expectations(
    node: Located | None, uids: Sequence[str], faults: Faults
) -> tuple[Expectation, ...]:
    if node is None:
        return ()
    nodes = node.value if isinstance(node.value, list) else [node]
    if not nodes:
        faults.add(node.line, "expect is empty; name a verdict.")
    return tuple(_expectation(one, uids, faults) for one in nodes)


def _expectation(node: Located, uids: Sequence[str], faults: Faults) -> Expectation:
    entries = faults.keys(node, _EXPECT, "what is expected")
    if isinstance(node.value, dict) and "verdict" not in entries:
        faults.add(node.line, "what is expected needs the key 'verdict'.")
    return Expectation(
        line=node.line,
        event=_which(entries.get("event"), node.line, uids, faults),
        verdict=_word(entries.get("verdict"), "verdict", EXPECTED, faults) or "compliant",
        as_known=_word(entries.get("as_known"), "belief", BELIEFS, faults) or "at_act",
        level=_word(entries.get("level"), "level", LEVELS, faults),
        missing=_texts(entries.get("missing"), "missing", faults),
        sentences=_texts(entries.get("sentence"), "sentence", faults),
    )


def _which(node: Located | None, line: int, uids: Sequence[str], faults: Faults) -> str:
    """The uid of the event meant, which is named by its uid or by its place from 1."""
    if node is None:
        if len(uids) > 1:
            faults.add(line, f"event must say which is judged: {', '.join(uids)}.")
        return uids[0] if uids else ""
    value = node.plain()
    if type(value) is int and 1 <= value <= len(uids):
        return uids[value - 1]
    if value not in uids:
        faults.add(node.line, unknown_word("event", value, uids))
    return str(value)


def _word(node: Located | None, what: str, allowed: Sequence[W], faults: Faults) -> W | None:
    if node is None:
        return None
    for word in allowed:
        if word == node.value:
            return word
    faults.add(node.line, unknown_word(what, node.plain(), allowed))
    return None


def _texts(node: Located | None, key: str, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    texts: Iterable[Located] = node.value if isinstance(node.value, list) else [node]
    for one in texts:
        if not isinstance(one.value, str) or not one.value.strip():
            faults.add(one.line, f"{key} must be a text or a list of texts.")
    return tuple(str(one.value) for one in texts)
