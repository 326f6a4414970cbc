"""A draft declaration for an unknown log, from what its first records look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from forensics import actions
from forensics.errors import DeclarationError, InputError
from forensics.sources.declaration import Declaration, parse, shipped
from forensics.sources.drafting import columns, pairs, verbs
from forensics.sources.drafting.draft import Draft, distance
from forensics.sources.drafting.knowing import Known, known_by
from forensics.sources.drafting.sample import example_of, exploded, said, shapes, whole_lines
from forensics.sources.drafting.toml_text import array, comment, record, table, text
from forensics.sources.normalise import normalise
from forensics.sources.opening import HEAD

# Operations that are listed; of a log with more, this is not the path of what was done.
_OPERATIONS = 200
_ORDER = (
    "native_id", "time", "logged_time", "sequence", "actor", "actor_id", "actor_name",
    "actor_email", "actor_type", "on_behalf_of", "operation", "outcome", "outcome_reason",
    "target", "target_id", "target_name", "target_type", "targets", "reason", "reason_code",
    "case_id", "src_ip", "src_country", "user_agent", "device_id", "session_id", "request_id",
    "tool", "tenant",
)  # fmt: skip
_EXPECTED = (
    "time", "actor", "operation", "action", "outcome", "outcome_reason", "target", "src_ip",
)  # fmt: skip
_WANTED = (
    ("actor", "who acted"),
    ("target", "the target"),
    ("outcome", "the outcome"),
    ("src_ip", "the source address"),
)
# Unused paths that are listed, in lines of some each, and how much of a value is shown.
_UNUSED = 12
_A_LINE = 3
_LONGEST = 80
_SHOWN = 32
_TO_FILL_IN = "To fill in: what it leaves out, how long it is kept, who can change it."
# A stamp of syslog up to where its year would stand; 2024 has every day there is.
_NO_YEAR = re.compile(r"(?:<\d{1,3}>)?[A-Z][a-z]{2} {1,2}\d{1,2} (?=\d\d:)")
_YEAR = "2024 "


def draft(name: str, head: bytes, known: Mapping[str, Declaration] | None = None) -> str:
    """TOML text of a declaration to correct by hand; `head` is the opening bytes of the log.

    It parses, its examples hold, and it is recognised before all `known` sources (by default
    those that are shipped). Raises `InputError` when there are no records to learn from.
    """
    made = _best(whole_lines(head, HEAD))
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    if not plain[:1].isalpha():
        plain = f"log_{plain}" if plain else "my_source"
    chosen = _chosen(made)
    alone = sorted({made.sample.origins[place][0] for place in chosen})
    known_as = known_by(made, shipped() if known is None else known, alone)
    body = "\n".join(_declaration(plain, made, known_as))
    return "\n".join([body, *_examples(made, body, chosen)]) + "\n"


def _best(head: bytes) -> Draft:
    """The draft under the shape in which most is found; the plainest one among equals."""
    best: Draft | None = None
    for sample in shapes(head):
        for one in (sample, *exploded(sample)):
            if not one.values:
                continue
            made = columns.drafted(one)
            if best is None or columns.weight(made) > columns.weight(best):
                best = made
    if best is None:
        raise InputError(
            "There are no JSON objects or table rows to learn from.",
            remedy="Give a file with some records of the log.",
        )
    return best


def _declaration(name: str, made: Draft, known_as: Known) -> Iterator[str]:
    """The lines of a draft but for its examples."""
    shape = made.sample.shape
    yield f"name = {text(name)}"
    yield f"title = {text(name.replace('_', ' ').capitalize())}"
    yield f"product = {text(name)}"
    yield "refs = []  # where the format is documented"
    yield from (f"omits = [{text(_TO_FILL_IN)}]", "", "[recognise]")
    if not known_as.sure:
        yield "# check: no path is in every record; are these records of one log?"
    yield f"required = {array(known_as.required)}"
    if known_as.optional:
        yield f"optional = {array(known_as.optional)}"
    if known_as.equals:
        yield f"equals = {table(known_as.equals)}"
    settings = {"embedded": shape.embedded, "explode": shape.explode}
    lines = [f"{setting} = {text(value)}" for setting, value in settings.items() if value]
    lines += [f"within = {array([shape.within])}"] if shape.within else []
    if columns.lacks_zone(made):
        lines += [*_doubt(made, "zone"), 'zone = "UTC"']
    lines += _repeats(made)
    if lines:
        yield from ("", "[record]", *lines)
    yield from ("", "[event]", *_not_found(made))
    for column in _ORDER:
        if column in made.lines:
            yield from (*_doubt(made, column), f"{column} = {made.lines[column]}")
    yield from _unused(made)
    yield from ("", "[actions]  # operation = normalised verb  # how often it was seen")
    counted = sorted(made.operations.items(), key=lambda one: (-one[1], one[0]))
    seen = set()
    for operation, count in counted[:_OPERATIONS]:
        if (named := text(operation)) not in seen:
            yield f"{named} = {text(verbs.verb_of(operation, made.hint))}  # {count}"
        seen.add(named)
    yield ""


def _repeats(made: Draft) -> list[str]:
    """What to say of a log in which nothing tells equal records apart."""
    raws = made.sample.raws
    equal = len(raws) - len(set(raws))
    if not equal or "native_id" in made.lines:
        return []
    return [
        f"# {equal} of {len(raws)} sampled records equal an earlier one, and none has an id;",
        "# if each is an act of its own, and no copy, say so:",
        "# repeats = true",
    ]


def _doubt(made: Draft, column: str) -> list[str]:
    return [f"# check: {made.doubts[column]}"] if column in made.doubts else []


def _not_found(made: Draft) -> list[str]:
    """What no path was found for: that says nothing about what the log records."""
    absent = [words for column, words in _WANTED if column not in made.lines]
    return [f"# check: no path found for {', '.join(absent)}"] if absent else []


def _unused(made: Draft) -> Iterator[str]:
    """Paths that feed no column, with a value each, for whoever looks for what is missing."""
    split = {pair[0] for path in made.sample.values if (pair := pairs.split(path))}
    free = sorted((one for one in made.free() if one not in split), key=distance)
    shown = [_sampled(path, made.sample.values[path][0]) for path in free[:_UNUSED]]
    for place in range(0, len(shown), _A_LINE):
        yield f"# unused: {', '.join(shown[place : place + _A_LINE])}"
    if len(free) > _UNUSED:
        yield f"# unused: {len(free) - _UNUSED} more"


def _sampled(path: str, value: str) -> str:
    pair = pairs.split(path)
    name = comment(f"{pair[1]} in {pair[0]}" if pair else path)
    return f"{name[:_LONGEST]} = {text(value if len(value) <= _SHOWN else f'{value[:_SHOWN]}...')}"


# Examples


def _examples(made: Draft, body: str, chosen: list[int]) -> Iterator[str]:
    """Up to three records of the sample, with what the draft makes of them."""
    try:
        declaration = parse(body, "draft")
        for place in chosen:
            number, event = made.sample.origins[place]
            raw = example_of(made.sample, number)
            row = normalise(declaration, raw.encode())[event]
            if row["time"] is None and (start := _NO_YEAR.match(raw)):
                yield "# The line names no year; this one is invented."
                raw = f"{start[0]}{_YEAR}{raw[start.end() :]}"
                row = normalise(declaration, raw.encode())[event]
            yield from _example(raw, event, row)
    except (DeclarationError, IndexError):
        # Without a time nothing becomes an event: the record alone, to be filled in.
        yield from _example(example_of(made.sample, 0), 0, {})


def _chosen(made: Draft) -> list[int]:
    """Places of an ordinary act, of one that failed, and of one that takes something away."""
    destructive = set(actions.destructive())
    timed = _timed(made)
    told = made.told or [""] * len(timed)
    acts = [one if has else "" for one, has in zip(told, timed, strict=True)]
    takes = [verbs.verb_of(one, made.hint) in destructive for one in acts]
    fails = [one in {"failure", "denied"} for one in columns.endings(made)] or [False] * len(acts)

    def first(*, taking: bool, failing: bool) -> int | None:
        kinds = zip(acts, takes, fails, strict=True)
        found = (n for n, one in enumerate(kinds) if one[0] and one[1:] == (taking, failing))
        return next(found, None)

    failed = first(taking=False, failing=True)
    chosen = [
        first(taking=False, failing=False),
        first(taking=True, failing=True) if failed is None else failed,
        first(taking=True, failing=False),
    ]
    return [one for one in chosen if one is not None] or [timed.index(True)]


def _timed(made: Draft) -> list[bool]:
    """Which events have a time; all of them, where none has one as it stands."""
    path = made.paths.get("time")
    if path is None or path not in made.sample.values:
        return [True] * len(made.sample.events)
    return [bool(said(event.get(path) or "").strip()) for event in made.sample.events]


def _example(raw: str, event: int, row: dict[str, Any]) -> Iterator[str]:
    wanted = ", ".join(
        f"{name} = {_value(row[name])}" for name in _EXPECTED if row.get(name) is not None
    )
    yield "[[example]]"
    yield f"raw = {record(raw)}"
    if event:
        yield f"event = {event}"
    yield f"expect = {{ {wanted} }}" if wanted else "expect = {}"
    yield ""


def _value(value: object) -> str:
    if isinstance(value, datetime):
        fine = "auto" if value.microsecond % 1000 else "milliseconds"
        told = value.astimezone(UTC).isoformat(timespec=fine if value.microsecond else "auto")
        return text(told.replace("+00:00", "Z"))
    return text(str(value))
