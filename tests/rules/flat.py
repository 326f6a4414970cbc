"""Sigma by another engine: flat rows in SQLite, asked as Zircolite's converter of rules says.

Records are made flat as Zircolite does it: names with dots, an array as the text of it, nothing for
null and for an empty text. A `Trait` is something of this project that such rows have not. Where
the engines differ, the same query is asked again of rows with some traits; those without which it
still differs are why.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import naive
from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.policy.profiles import TrustedPolicy
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import ValueListPlaceholderTransformation

from forensics.rules import logsource
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource

PAGE = Path(__file__).parents[2] / "docs" / "sigma_other_engine.md"
KEYWORDS = "every_value"
_UID = "uid"
_LIST = "\x1e"
_INTEGERS = range(-(1 << 63), 1 << 63)
_ATTRIBUTE = re.compile(r"""([\w-]+(?:\[\d+\])?)=(?:"([^"]*)"|'([^']*)'|([^\s"'\x1d]*))""")


class Trait(StrEnum):
    """What a row of this project's has, and a flat row has not."""

    LISTS = "any element of an array"
    EMPTY = "an empty text is there"
    CELL = "the record within a cell"
    CARRIED = "the record within another"
    EVENT = "lines of one event together"
    NAMES = "names of fields in other exports"


EVERY = frozenset(Trait)


@dataclass(frozen=True)
class Query:
    """A rule as the other engine asks it, and the fields that it reads."""

    rule_id: str
    sql: str
    fields: tuple[str, ...]


@dataclass
class Kept:
    """A record of the case: its text and the columns of its event."""

    uid: str
    raw: str
    columns: Mapping[str, Any] = field(default_factory=dict)


def queries(files: Iterable[Path], values: Mapping[str, list[str]]) -> Iterator[Query]:
    """The rules of files as queries; one that the engine cannot ask is left out."""
    for file in files:
        places = ProcessingItem(ValueListPlaceholderTransformation())
        pipeline = ProcessingPipeline(items=[places], vars=dict(values))
        backend = sqliteBackend(pipeline, fulltext_field=KEYWORDS)
        text = file.read_text(encoding="utf-8")
        try:
            rules = SigmaCollection.from_yaml(text, policy=TrustedPolicy)
            asked = json.loads(backend.convert(rules, "zircolite"))
        except SigmaError:
            continue
        for one in asked:
            yield Query(one["id"], " UNION ".join(one["rule"]), tuple(one["required_fields"]))


@dataclass
class Comparison:
    """What both engines find, and how often and why only one finds a rule's match.

    Keys of `differences` are the rule's id, whether this project alone has the match, and the
    traits that make it; None where none do.
    """

    both: set[tuple[str, str]]
    differences: Counter[tuple[str, bool, tuple[Trait, ...] | None]]


def compare(
    rules: Sequence[Rule],
    sources: Sequence[LogSource],
    kept: Mapping[str, Sequence[Kept]],
    found: Collection[tuple[str, str]],
    values: Mapping[str, list[str]],
) -> Comparison:
    """The matches that were found beside those of the other engine, over records by source."""
    asked = {one.rule_id: one for one in queries([Path(one.file) for one in rules], values)}
    assert set(asked) == {one.id for one in rules}
    held = {one.uid: (one, source) for source in sources for one in kept.get(source.name, ())}
    theirs: set[tuple[str, str]] = set()
    for source in sources:
        fitting = [asked[one.id] for one in rules if source in _sources(one, sources)]
        theirs.update(plain(kept.get(source.name, ()), source, fitting))
    differences: Counter[tuple[str, bool, tuple[Trait, ...] | None]] = Counter()
    for rule, uid in theirs.symmetric_difference(found):
        ours = (rule, uid) in found
        differences[rule, ours, traits(*held[uid], asked[rule], ours)] += 1
    return Comparison(theirs.intersection(found), differences)


def _sources(rule: Rule, among: Sequence[LogSource]) -> Sequence[LogSource]:
    asked: Any = rule.sigma
    return logsource.scope(asked.logsource, among).sources or ()


def table(comparison: Comparison, rules: Iterable[Rule]) -> list[str]:
    """The differences as rows of the table in the documentation."""
    titles = {one.id: one.title for one in rules}
    told: dict[tuple[str, str, str], list[int]] = {}
    for (rule, ours, why), count in comparison.differences.items():
        cause = " + ".join(why) if why is not None else "not explained"
        told.setdefault((cause, titles[rule], rule[:8]), [0, 0])[not ours] += count
    return [f"| {' | '.join([*key, *map(str, told[key])])} |" for key in sorted(told)]


def documented(part: str) -> list[str]:
    """The rows of the table in a part of the page about differences."""
    text = PAGE.read_text(encoding="utf-8").split(f"## {part}\n")[1].split("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("| ")][2:]


def plain(
    kept: Sequence[Kept], source: LogSource, asked: Sequence[Query]
) -> Iterator[tuple[str, str]]:
    """Rule and record of every match, as Zircolite has them."""
    names = {one.lower(): one for each in asked for one in each.fields}
    kinds: dict[str, str] = {}
    rows = []
    for one in kept:
        for documents in _rows(one.raw, source, frozenset()):
            found = Values(documents, frozenset())
            row = {names[key]: told[0] for key, told in found.by_name.items() if key in names}
            for name, value in row.items():
                kinds.setdefault(name, "INTEGER" if isinstance(value, int) else "TEXT")
            rows.append(row | {_UID: one.uid, KEYWORDS: "\n".join(found.texts)})
    with _table([*names.values()], kinds, rows) as database:
        for query in asked:
            yield from ((query.rule_id, uid) for uid in sorted(_found(database, query)))


def traits(kept: Kept, source: LogSource, query: Query, matches: bool) -> tuple[Trait, ...] | None:
    """The fewest traits with which the engine says so of a record; None where none make it."""
    needed = EVERY
    if _judged(kept, source, query, needed) is not matches:
        return None
    for one in Trait:
        if _judged(kept, source, query, needed - {one}) is matches:
            needed -= {one}
    return tuple(sorted(needed))


def _judged(kept: Kept, source: LogSource, query: Query, with_: frozenset[Trait]) -> bool:
    rows = []
    for documents in _rows(kept.raw, source, with_):
        found = Values(documents, with_)
        row = {name: found.cell(_told(name, kept, source, found, with_)) for name in query.fields}
        rows.append(row | {_UID: kept.uid, KEYWORDS: "\n".join(found.texts)})
    with _table(query.fields, {}, rows, several=True) as database:
        return bool(_found(database, query))


def _told(
    name: str, kept: Kept, source: LogSource, found: Values, with_: Collection[Trait]
) -> list[Any]:
    told = found.of(name)
    for one in source.names.elsewhere(name) if Trait.NAMES in with_ else ():
        if one.startswith("@"):
            value = kept.columns.get(one[1:])
            told = told if value is None else [*told, value]
        elif one.startswith("#"):
            place = one[1:], kept.columns.get("event_no")
            told = [*told, *(v for each in found.documents for v in naive.named(each, *place))]
        else:
            told = [*told, one[1:]] if one.startswith("=") else [*told, *found.of(one)]
    return told


class Values:
    """What stands in documents under dotted names."""

    def __init__(self, documents: Iterable[Any], with_: Collection[Trait]) -> None:
        self.with_ = with_
        self.by_name: dict[str, list[Any]] = {}
        self.texts: list[str] = []
        self.documents = list(documents)
        for one in self.documents:
            self._add(one)

    def _add(self, found: Any, name: str = "") -> None:
        if isinstance(found, dict):
            for key, inner in found.items():
                self._add(inner, f"{name}.{key}" if name else key)
        elif isinstance(found, list):
            self._put(name, str(found))
            for inner in found if Trait.LISTS in self.with_ else ():
                self._add(inner, name)
        elif found is not None and (found != "" or Trait.EMPTY in self.with_):
            self._put(name, str(found).lower() if isinstance(found, bool) else found)

    def _put(self, name: str, value: Any) -> None:
        if isinstance(value, int) and value not in _INTEGERS:
            value = str(value)
        self.by_name.setdefault(name.lower(), []).append(value)
        self.texts.append(str(value))

    def of(self, name: str) -> list[Any]:
        return self.by_name.get(name.lower(), [])

    def cell(self, told: Sequence[Any]) -> Any:
        if Trait.LISTS in self.with_ and len(told) > 1:
            return _LIST + _LIST.join(map(str, told))
        return str(told[0]) if told else None


def _rows(raw: str, source: LogSource, with_: Collection[Trait]) -> list[list[Any]]:
    """The documents that one row each is made of."""
    whole = _parsed(raw)
    if not isinstance(whole, dict) and source.lines:
        lines = [_attributes(line) for line in raw.splitlines()]
        return [lines] if Trait.EVENT in with_ else [[one] for one in lines]
    if not isinstance(whole, dict):
        cell = re.search(r'"(\{"".*\})"(?:,|\s*$)', raw, re.S) if Trait.CELL in with_ else None
        whole = _parsed(cell[1].replace('""', '"')) if cell else {}
    if source.lines and Trait.EVENT in with_:
        return [[whole, *_lines_of(whole)]]
    within = source.carried if Trait.CARRIED in with_ else ()
    return [[whole, *(_within(whole, path) for path in within)]]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _within(record: Any, path: Sequence[str]) -> Any:
    """What a record carries under a path, itself or as a text that ends with it."""
    for step in path:
        for key in step.replace('"', "").split("."):
            record = record.get(key) if isinstance(record, dict) else None
        if isinstance(record, str) and "{" in record:
            record = _parsed(record[record.index("{") :])
    return record


def _attributes(line: str) -> dict[str, Any]:
    """The attributes of one line of an audit log; what several have is an array."""
    found: dict[str, list[str]] = {}
    for name, *told in _ATTRIBUTE.findall(line.replace("msg='", " ")):
        found.setdefault(re.sub(r"\[\d+\]", "", name), []).append("".join(told))
    return {name: told if told[1:] else told[0] for name, told in found.items()}


def _lines_of(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines that Laurel writes under their types, with arguments by number."""
    yield {"type": [*whole]}
    for told in whole.values():
        for one in told if isinstance(told, list) else [told]:
            if isinstance(one, dict):
                arguments = one.get("ARGV", ())
                yield one | {f"a{number}": value for number, value in enumerate(arguments)}


@contextmanager
def _table(
    names: Iterable[str],
    kinds: Mapping[str, str],
    rows: Iterable[Mapping[str, Any]],
    several: bool = False,
) -> Iterator[sqlite3.Connection]:
    """The rows as a table; where `several`, any of the values of a cell may be meant."""
    columns = [_UID, KEYWORDS, *(one for one in names if one != KEYWORDS)]
    told = ", ".join(f"{_quoted(one)} {kinds.get(one, 'TEXT')} COLLATE NOCASE" for one in columns)
    marks = ", ".join("?" * len(columns))
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("regexp", 2, _searched)
        if several:
            database.create_function("like", 3, _like)
            database.create_collation("NOCASE", _collated)
        database.execute(f"CREATE TABLE logs ({told})")
        values = ([row.get(one) for one in columns] for row in rows)
        database.executemany(f"INSERT INTO logs VALUES ({marks})", values)
        yield database


def _found(database: sqlite3.Connection, query: Query) -> set[str]:
    return {row[0] for row in database.execute(query.sql)}


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _each(value: Any) -> list[str]:
    return str(value).removeprefix(_LIST).split(_LIST)


def _searched(pattern: str, value: Any) -> bool:
    return value is not None and any(re.search(pattern, one) for one in _each(value))


def _like(pattern: str, value: Any, _: str) -> bool | None:
    if value is None:
        return None
    return any(_of_like(pattern).fullmatch(one) for one in _each(value))


@lru_cache(maxsize=4096)
def _of_like(pattern: str) -> re.Pattern[str]:
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\?.", pattern, re.S)
    text = "".join(wild.get(one) or re.escape(one[-1]) for one in parts)
    return re.compile(text, re.S | re.I | re.A)


def _collated(one: str, other: str) -> int:
    a, b = ({text.lower() for text in _each(side)} for side in (one, other))
    return 0 if a & b else -1
