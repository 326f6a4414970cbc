"""Cases of a rule: records that it fires on, and records that it is silent on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule
from sigma.rule.base import SigmaYAMLLoader

from forensics import event
from forensics.engine import Row
from forensics.errors import DeclarationError, ForensicsError
from forensics.located import unknown_word
from forensics.rules import correlate, logsource
from forensics.rules.files import CASES
from forensics.rules.load import Rule
from forensics.sources.declaration import Declaration
from forensics.sources.normalise import normalise_each

FIRES, SILENT = "fires_on", "silent_on"

_KEY = "tests"
_KEYS = ("source", "record", FIRES, SILENT)
_REPEAT, _EVERY, _AT = "repeat", "every", "at"
# More rows of one case than that are no case any more.
_MOST = 100_000
_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_REMEDY = "See the section on testing rules in docs/sigma.md."


@dataclass(frozen=True)
class Cases:
    """The cases of one rule, and the file that they stand in.

    Without a `source`, each is a row of the event table, else what the members of `record` are
    in this case.
    """

    place: str
    source: str | None
    record: Mapping[str, Any]
    given: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def count(self) -> int:
        """How many cases there are."""
        return sum(map(len, self.given.values()))


def of_rule(rule: Rule, beside: Sequence[Rule] = (), within: Path | None = None) -> Cases | None:
    """The cases under `tests` in a rule, or in the file beside it; None where it has none.

    Where the rule's file holds others of `beside`, the file of cases is about its correlation.
    Files are named `within` a folder, as those of the tool's own rules are. Raises
    `DeclarationError` where the cases cannot be read.
    """
    if _KEY in rule.sigma.custom_attributes:
        return parsed(rule.sigma.custom_attributes[_KEY], rule.file)
    path = Path(rule.file)
    folder = within or Path()
    places = [path.with_name(f"{path.stem}{CASES}{suffix}") for suffix in (".yml", ".yaml")]
    place = next((one for one in places if (folder / one).is_file()), None)
    others = [one for one in beside if one.file == rule.file and one is not rule]
    if place is None or (others and not rule.is_correlation):
        return None
    return _read(place, folder)


def _read(place: Path, folder: Path) -> Cases:
    data = (folder / place).read_bytes()
    try:
        told = yaml.load(data, Loader=SigmaYAMLLoader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise DeclarationError(said, place=str(place), remedy=_REMEDY) from error
    return parsed(told, str(place))


def parsed(told: Any, place: str) -> Cases:
    """Cases as they were read from YAML; raises `DeclarationError` for anything else."""

    def refuse(message: str) -> DeclarationError:
        return DeclarationError(message, place=place, remedy=_REMEDY)

    if not isinstance(told, dict):
        raise refuse(f"cases are a mapping of {', '.join(_KEYS)}")
    for key in told:
        if key not in _KEYS:
            raise refuse(unknown_word("key of cases", key, _KEYS))
    source, record = told.get("source"), told.get("record", {})
    if source is not None and not isinstance(source, str):
        raise refuse("source must be the name of a log source")
    if not isinstance(record, dict):
        raise refuse("record must be a mapping")
    given = {key: told.get(key) or [] for key in (FIRES, SILENT)}
    for key, listed in given.items():
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise refuse(f"{key} must be a list of mappings")
    if not any(given.values()):
        raise refuse(f"there is no case under {FIRES} or {SILENT}")
    return Cases(place, source, record, given)


def source_of(rule: Rule, cases: Cases, declarations: Mapping[str, Declaration]) -> str | None:
    """The log source that the cases are records of; None where they are rows of the event table.

    Where they do not say, the only one that the rule reads. Raises `DeclarationError` where there
    is no such source, or not only one.
    """
    if cases.source is not None:
        if cases.source not in declarations:
            said = unknown_word("log source", cases.source, declarations)
            raise DeclarationError(said, place=cases.place, remedy=_REMEDY)
        return cases.source
    if any(one.logsource.category == logsource.NORMALISED for one in _bases(rule)):
        return None
    known = [one for one in map(logsource.declared, declarations.values()) if one is not None]
    read = [logsource.scope(one.logsource, known).sources or () for one in _bases(rule)]
    names = sorted({source.name for sources in read for source in sources})
    if len(names) == 1:
        return names[0]
    told = f"one of {', '.join(names)}" if names else "none here is read by the rule"
    message = f"the key source must say which log source the cases are of: {told}"
    raise DeclarationError(message, place=cases.place, remedy=_REMEDY)


def _bases(rule: Rule) -> list[SigmaRule]:
    sigma = rule.sigma
    return correlate.bases(sigma) if isinstance(sigma, SigmaCorrelationRule) else [sigma]


def events(cases: Cases, declaration: Declaration | None) -> dict[str, list[Row]]:
    """By case (`fires_on 1`), its rows of the event table.

    Raises `DeclarationError` where a case names a column that there is not, or is no record of
    its source.
    """
    named = {
        f"{key} {number}": one
        for key, listed in cases.given.items()
        for number, one in enumerate(listed, start=1)
    }
    if declaration is None:
        return {name: list(_rows(name, one, cases.place)) for name, one in named.items()}
    raws = [_bytes({**cases.record, **one}) for one in named.values()]
    found = {}
    for name, rows in zip(named, normalise_each(declaration, raws), strict=True):
        if isinstance(rows, ForensicsError) or not any(row["operation"] for row in rows):
            said = rows.message if isinstance(rows, ForensicsError) else "it has no operation"
            message = f"{name} is no record of {declaration.name}: {said}"
            raise DeclarationError(message, place=cases.place, remedy=_REMEDY)
        columns = [{column: row[column] for column in event.BY_NAME} for row in rows]
        found[name] = [one | {"event_uid": f"{name} {n}"} for n, one in enumerate(columns)]
    return found


def _rows(name: str, given: Mapping[str, Any], place: str) -> Iterator[Row]:
    """A case as often as it says, from `at` seconds on; columns that it does not name are NULL."""
    fields = dict(given)
    repeat, every = fields.pop(_REPEAT, 1), fields.pop(_EVERY, 0)
    at = fields.pop(_AT, 0)
    seconds = type(every) in (int, float) and type(at) in (int, float)
    if type(repeat) is not int or not 1 <= repeat <= _MOST or not seconds:
        message = f"{name}: repeat must be a number from 1 to {_MOST:,}, every and at of seconds"
        raise DeclarationError(message, place=place, remedy=_REMEDY)
    for key, value in fields.items():
        if said := _fault(key, value):
            raise DeclarationError(f"{name}: {said}", place=place, remedy=_REMEDY)
    first = _moment(fields.pop("time", _START), name, place)
    if isinstance(fields.get("raw"), dict):
        fields["raw"] = json.dumps(fields["raw"], default=str)
    held: Row = {"source": "made_up", "raw": "{}", **fields}
    for number in range(repeat):
        time = first + timedelta(seconds=at + number * every)
        yield held | {"time": time, "event_uid": f"{name} {number}"}


def _fault(key: str, value: Any) -> str | None:
    """What is wrong with a column of a case, whose value would otherwise count as not said."""
    if key not in event.BY_NAME:
        return unknown_word("column", key, event.BY_NAME)
    kind = event.BY_NAME[key].type
    fits: dict[str, Callable[[Any], bool]] = {
        "BIGINT": lambda one: type(one) is int,
        "INTEGER": lambda one: type(one) is int,
        "VARCHAR[]": lambda one: isinstance(one, list) and all(type(e) is str for e in one),
        "VARCHAR": lambda one: isinstance(one, str) or (key == "raw" and isinstance(one, dict)),
    }
    if value is None or kind not in fits or fits[kind](value):
        return None
    words = {"VARCHAR": "a text", "VARCHAR[]": "a list of texts"}
    return f"{key} must be {words.get(kind, 'a whole number')}, not {value!r}"


def _moment(told: Any, name: str, place: str) -> datetime:
    try:
        found = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    except ValueError as error:
        message = f"{name}: time must be as in 2026-01-05T09:00:00Z, not {told!r}"
        raise DeclarationError(message, place=place, remedy=_REMEDY) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bytes(record: Mapping[str, Any]) -> bytes:
    def written(value: object) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)

    return json.dumps(record, default=written).encode("utf-8")
