"""A log source as a declaration: TOML read into a frozen model, all faults told at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from forensics import actions, event
from forensics.errors import DeclarationError, InputError
from forensics.sources.paths import json_path

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)\Z")
_UNIT = {"ms": 0.001, "s": 1.0, "m": 60.0}
_TOP = {
    "name", "title", "product", "service", "refs", "sentence", "clock_tolerance", "omits",
    "recognise", "record", "event", "case", "actions", "actions_of", "action_when", "example",
}  # fmt: skip
_SECTIONS = {
    "recognise": {"required", "any_of", "optional", "equals", "last"},
    "record": {"explode", "zone", "embedded", "within", "repeats"},
    "case": {"type", "queue"},
}
_LISTED = {
    "action_when": {"operation", "condition", "action"},
    "example": {"raw", "event", "expect"},
}
_VALUE_KEYS = {"path", "const", "first_of", "sql", "map", "default", "format"}
_TIMES = ("time", "logged_time")
# Columns the compiler fills itself.
_OWN = {
    "event_uid", "source", "file_id", "record_no", "event_no", "raw", "time_precision",
    "time_basis", "action",
}  # fmt: skip
EVENT_KEYS = ({column.name for column in event.COLUMNS} - _OWN) | {"native_id"}


@dataclass(frozen=True)
class Value:
    """How one column is filled: a path, a constant, the first of several paths, or SQL."""

    path: str | None = None
    const: str | None = None
    first_of: tuple[str, ...] = ()
    sql: str | None = None
    map: tuple[tuple[str, str], ...] = ()
    default: str | None = None
    format: tuple[str, ...] = ()


@dataclass(frozen=True)
class When:
    """A discriminator: these operations under this condition are that action."""

    operations: tuple[str, ...]
    condition: str
    action: str


@dataclass(frozen=True)
class Example:
    """A raw record of this source and what columns one of its events, from 0, must have."""

    raw: str
    expect: dict[str, Any]
    event: int = 0


@dataclass(frozen=True)
class Recognise:
    """What a record of this source looks like.

    `last`: its records are made of other sources' records, so that it is asked only when none of
    those is known inside.
    """

    required: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    equals: tuple[tuple[str, tuple[str, ...]], ...] = ()
    last: bool = False


@dataclass(frozen=True)
class Declaration:
    """One log source.

    `clock_tolerance` is the assumed error of its clock, in seconds. `omits` says in sentences what
    the source does not record. `within` are paths under which its records may be carried inside
    another object, as an object or as text that is JSON. `repeats`: equal records of one file are
    as many acts, for there is nothing in them to tell one from the other. `case` are the JSONPaths
    of type and queue of the case that a record names. `text` is the TOML that it was read from.
    """

    name: str
    title: str
    recognise: Recognise
    event: dict[str, Value]
    product: str | None = None
    service: str | None = None
    refs: tuple[str, ...] = ()
    sentence: str = "{actor} did {operation} on {target}: {outcome}"
    clock_tolerance: float = 5.0
    omits: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    explode: str | None = None
    zone: str | None = None
    embedded: str | None = None
    repeats: bool = False
    case: dict[str, str] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)
    action_when: tuple[When, ...] = ()
    examples: tuple[Example, ...] = ()
    text: str = field(default="", compare=False, repr=False)


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


class _Reader:
    """Reads one parsed file, collecting faults instead of stopping at the first."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.faults: list[str] = []

    def table(self, name: str) -> dict[str, Any]:
        """A section of the file; empty, with a fault, when it is something else."""
        given = self.data.get(name, {})
        if not isinstance(given, dict):
            self.faults.append(f"{name}: want a table")
            return {}
        if name in _SECTIONS:
            self.unknown(given, _SECTIONS[name], f"{name}.")
        return given

    def tables(self, name: str) -> list[dict[str, Any]]:
        """The entries of a repeated section."""
        given = self.data.get(name, [])
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            self.faults.append(f"{name}: want [[{name}]] tables")
            return []
        for number, one in enumerate(given):
            self.unknown(one, _LISTED[name], f"{name} {number}: ")
        return given

    def unknown(self, given: dict[str, Any], known: set[str], place: str) -> None:
        self.faults += [f"unknown key {place}{key}" for key in sorted(set(given) - known)]

    def pairs(self, given: object, place: str) -> dict[str, Any]:
        """A table of texts; empty, with a fault, when it is something else."""
        if isinstance(given, dict):
            return given
        self.faults.append(f"{place}: want a table")
        return {}

    def text(self, given: object, place: str) -> str | None:
        if given is None or isinstance(given, str):
            return given
        self.faults.append(f"{place}: want text")
        return None

    def number(self, given: object, place: str) -> int:
        if isinstance(given, int) and given >= 0:
            return given
        self.faults.append(f"{place}: want a number from 0")
        return 0

    def value(self, key: str, given: object) -> Value:
        if isinstance(given, str):
            return Value(path=given)
        if not isinstance(given, dict) or not set(given) <= _VALUE_KEYS:
            self.faults.append(f"event.{key}: want a path or a table of {sorted(_VALUE_KEYS)}")
            return Value()
        ways = [way for way in ("path", "const", "first_of", "sql") if way in given]
        if len(ways) != 1:
            self.faults.append(f"event.{key}: want exactly one of path, const, first_of, sql")
        if "format" in given and key not in _TIMES:
            self.faults.append(f"event.{key}: format is for {_TIMES}")
        return Value(
            path=self.text(given.get("path"), f"event.{key}.path"),
            const=None if given.get("const") is None else str(given["const"]),
            first_of=_strings(given.get("first_of", [])),
            sql=self.text(given.get("sql"), f"event.{key}.sql"),
            map=tuple(
                (str(a), str(b))
                for a, b in self.pairs(given.get("map", {}), f"event.{key}.map").items()
            ),
            default=self.text(given.get("default"), f"event.{key}.default"),
            format=_strings(given.get("format", [])),
        )

    def event(self) -> dict[str, Value]:
        given = self.table("event")
        for key in sorted(set(given) - EVENT_KEYS):
            self.faults.append(f"event.{key}: no such column; see the event reference")
        for key in ("time", "operation"):
            if key not in given:
                self.faults.append(f"event.{key} is missing")
        return {key: self.value(key, one) for key, one in given.items() if key in EVENT_KEYS}

    def repeats(self, given: object) -> bool:
        """Whether equal records are as many acts; a source with ids knows better."""
        if not isinstance(given, bool):
            self.faults.append("record.repeats: want true or false")
        elif given and "native_id" in self.data.get("event", {}):
            self.faults.append("record.repeats: its records have an id, event.native_id")
        return given is True

    def case(self) -> dict[str, str]:
        found = {}
        for key, path in self.table("case").items():
            try:
                found[key] = json_path(str(path))
            except DeclarationError as error:
                self.faults.append(f"case.{key}: {error.message}")
        return found

    def recognise(self) -> Recognise:
        given = self.table("recognise")
        if not given.get("required"):
            self.faults.append("recognise.required is missing: list paths that every record has")
        equals = self.pairs(given.get("equals", {}), "recognise.equals")
        return Recognise(
            required=_strings(given.get("required", [])),
            any_of=_strings(given.get("any_of", [])),
            optional=_strings(given.get("optional", [])),
            equals=tuple((k, _strings(v)) for k, v in equals.items()),
            last=given.get("last") is True,
        )

    def verb(self, verb: object, place: str) -> str:
        if verb != actions.OTHER and str(verb) not in actions.load():
            self.faults.append(f"{place}: {verb!r} is not in actions.toml")
        return str(verb)

    def actions(self) -> dict[str, str]:
        """The verbs of operations: those of the source that is named, and its own before them."""
        own = self.table("actions").items()
        shared = self.text(self.data.get("actions_of"), "actions_of")
        found = {} if shared is None else _actions_of(shared)
        if found is None:
            self.faults.append(f"actions_of: there is no source {shared!r} among those shipped")
        return {**(found or {}), **{op: self.verb(verb, f"actions.{op}") for op, verb in own}}

    def tolerance(self) -> float:
        text = str(self.data.get("clock_tolerance", "5s"))
        found = _SECONDS.match(text)
        if not found:
            self.faults.append(f"clock_tolerance {text!r}: want a number and ms, s or m")
            return 5.0
        return float(found[1]) * _UNIT[found[2]]

    def zone(self, zone: object) -> str | None:
        try:
            return ZoneInfo(str(zone)).key if zone is not None else None
        except (KeyError, ValueError, OSError):
            self.faults.append(f"record.zone {zone!r} is not in the time zone database")
            return None


def parse(text: str, place: str) -> Declaration:
    """A declaration from TOML text; raises `DeclarationError` with every fault of the file."""
    try:  # Some editors open a file with a mark, which is no part of what was written.
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"not TOML: {error}", place=place) from error
    reader = _Reader(data)
    record = reader.table("record")
    reader.faults += [f"unknown key {key!r}" for key in sorted(set(data) - _TOP)]
    if not _NAME.match(str(data.get("name", ""))):
        reader.faults.append("name: want lower case letters, digits and _")
    declaration = Declaration(
        name=str(data.get("name", "")),
        title=str(data.get("title", data.get("name", ""))),
        product=data.get("product"),
        service=data.get("service"),
        refs=_strings(data.get("refs", [])),
        sentence=str(data.get("sentence", Declaration.sentence)),
        clock_tolerance=reader.tolerance(),
        omits=_strings(data.get("omits", [])),
        within=_strings(record.get("within", [])),
        recognise=reader.recognise(),
        explode=reader.text(record.get("explode"), "record.explode"),
        zone=reader.zone(record.get("zone")),
        embedded=reader.text(record.get("embedded"), "record.embedded"),
        repeats=reader.repeats(record.get("repeats", False)),
        event=reader.event(),
        case=reader.case(),
        actions=reader.actions(),
        action_when=tuple(
            When(
                _strings(one.get("operation", [])),
                str(one.get("condition", "true")),
                reader.verb(one.get("action"), f"action_when {number}"),
            )
            for number, one in enumerate(reader.tables("action_when"))
        ),
        examples=tuple(
            Example(
                str(one.get("raw", "")),
                reader.pairs(one.get("expect", {}), "example.expect"),
                reader.number(one.get("event", 0), "example.event"),
            )
            for one in reader.tables("example")
        ),
        text=text,
    )
    if reader.faults:
        raise DeclarationError("; ".join(reader.faults), place=place, remedy="See docs/reference.")
    return declaration


def _shipped_files() -> Traversable:
    return resources.files("forensics.sources").joinpath("catalog")


@cache
def _actions_of(name: str) -> dict[str, str] | None:
    """The table of a shipped source, for another that writes the same operations otherwise."""
    file = _shipped_files().joinpath(f"{name}.toml")
    if not _NAME.match(name) or not file.is_file():
        return None
    found: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8")).get("actions", {})
    return found


@cache
def shipped() -> dict[str, Declaration]:
    """The declarations that come with the tool, by name."""
    files = sorted(
        (one for one in _shipped_files().iterdir() if one.name.endswith(".toml")), key=str
    )
    found = [parse(one.read_text(encoding="utf-8"), one.name) for one in files]
    return {one.name: one for one in found}


def searched(folders: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The folders of the user's own declarations: `$FORENSICS_CATALOG`, then those given."""
    named = os.environ.get("FORENSICS_CATALOG")
    return (*((Path(named),) if named else ()), *folders)


def catalog(folders: tuple[Path, ...] = ()) -> dict[str, Declaration]:
    """`$FORENSICS_CATALOG`'s and `folders`' own declarations, then those that are shipped.

    What stands first comes first, by its name and among sources that fit records equally well.
    """
    own = given(folders)
    return own | shipped() | own


def given(folders: Sequence[Path] = ()) -> dict[str, Declaration]:
    """The user's own declarations: `$FORENSICS_CATALOG`'s, then `folders`', later ones winning."""
    found: dict[str, Declaration] = {}
    for folder in searched(folders):
        if not folder.is_dir():
            raise InputError("This catalog folder does not exist.", place=str(folder))
        found.update(_own(folder))
    return found


def _own(folder: Path) -> dict[str, Declaration]:
    """The declarations of one folder, by name; each name stands in one file."""
    found: dict[str, Declaration] = {}
    places: dict[str, Path] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            # Its bytes as they lie, so that its digest is that of the file.
            text = path.read_bytes().decode("utf-8")
        except (OSError, ValueError) as error:
            raise DeclarationError(f"cannot be read: {error}", place=str(path)) from error
        one = parse(text, str(path))
        if one.name in found:
            raise DeclarationError(
                f"name: {one.name!r} is also declared by {places[one.name].name}",
                place=str(path),
                remedy="Name one of them otherwise, or remove it.",
            )
        found[one.name], places[one.name] = one, path
    if not found:
        raise InputError(
            "This catalog folder holds no .toml declaration.",
            place=str(folder),
            remedy="Name the folder of your declarations; forensics sources scaffold drafts one.",
        )
    return found
