"""A draft declaration for an unknown log, from what its first records look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from forensics import actions
from forensics.errors import DeclarationError, InputError
from forensics.sources.declaration import Declaration, parse, shipped
from forensics.sources.drafting import columns, verbs
from forensics.sources.drafting.draft import Draft
from forensics.sources.drafting.knowing import Known, known_by
from forensics.sources.drafting.sample import example_of, exploded, shapes, whole_lines
from forensics.sources.drafting.toml_text import array, record, table, text
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
_ABSENT = (
    ("actor", "Who acted is not recorded."),
    ("target", "What was acted on is not recorded."),
    ("outcome", "Whether an act succeeded is not recorded."),
    ("src_ip", "The source address is not recorded."),
    ("session_id", "The session is not recorded."),
)
_TO_FILL_IN = "To fill in: what else it leaves out, how long it is kept, who can change it."


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
    said = known_by(made, shipped() if known is None else known, alone)
    body = "\n".join(_declaration(plain, made, said))
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


def _declaration(name: str, made: Draft, said: Known) -> Iterator[str]:
    """The lines of a draft but for its examples."""
    shape = made.sample.shape
    yield f"name = {text(name)}"
    yield f"title = {text(name.replace('_', ' ').capitalize())}"
    yield f"product = {text(name)}"
    yield "refs = []  # where the format is documented"
    yield from ("omits = [", *(f"    {text(one)}," for one in _omitted(made)), "]", "")
    yield "[recognise]"
    if not said.sure:
        yield "# check: no path is in every record; are these records of one log?"
    yield f"required = {array(said.required)}"
    if said.optional:
        yield f"optional = {array(said.optional)}"
    if said.equals:
        yield f"equals = {table(said.equals)}"
    settings = {"embedded": shape.embedded, "explode": shape.explode}
    lines = [f"{setting} = {text(value)}" for setting, value in settings.items() if value]
    lines += [f"within = {array([shape.within])}"] if shape.within else []
    if columns.lacks_zone(made):
        lines += [*_doubt(made, "zone"), 'zone = "UTC"']
    if lines:
        yield from ("", "[record]", *lines)
    yield from ("", "[event]")
    for column in _ORDER:
        if column in made.lines:
            yield from (*_doubt(made, column), f"{column} = {made.lines[column]}")
    yield from ("", "[actions]  # operation = normalised verb  # how often it was seen")
    counted = sorted(made.operations.items(), key=lambda one: (-one[1], one[0]))
    seen = set()
    for operation, count in counted[:_OPERATIONS]:
        if (named := text(operation)) not in seen:
            yield f"{named} = {text(verbs.verb_of(operation, made.hint))}  # {count}"
        seen.add(named)
    yield ""


def _doubt(made: Draft, column: str) -> list[str]:
    return [f"# check: {made.doubts[column]}"] if column in made.doubts else []


def _omitted(made: Draft) -> list[str]:
    absent = [sentence for column, sentence in _ABSENT if column not in made.lines]
    zone = ["Its stamps do not name their zone."] if columns.lacks_zone(made) else []
    return [*absent, *zone, _TO_FILL_IN]


# Examples


def _examples(made: Draft, body: str, chosen: list[int]) -> Iterator[str]:
    """Up to three records of the sample, with what the draft makes of them."""
    try:
        declaration = parse(body, "draft")
        for place in chosen:
            number, event = made.sample.origins[place]
            raw = example_of(made.sample, number)
            row = normalise(declaration, raw.encode())[event]
            yield from _example(raw, event, row)
    except (DeclarationError, IndexError):
        # Without a time nothing becomes an event: the record alone, to be filled in.
        yield from _example(example_of(made.sample, 0), 0, {})


def _chosen(made: Draft) -> list[int]:
    """Places of an ordinary act, of one that failed, and of one that takes something away."""
    destructive = set(actions.destructive())
    acts = made.told or [""] * len(made.sample.events)
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
    return [one for one in chosen if one is not None] or [0]


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
