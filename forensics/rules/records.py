"""Where the record that rules speak of stands in what was kept of it, and all values of a path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from sqlglot import exp

from forensics.conditions.fields import asked, json_path, raw_field
from forensics.engine import Engine
from forensics.rules import lines
from forensics.rules.lists import named_values
from forensics.rules.logsource import LogSource
from forensics.sources.recognise import decode, recognise

_RAW = exp.column("raw", quoted=True)
# A cell of a table that holds an object: its quotes are doubled.
_DOUBLED = '{""'
_CELL = r'(?s)"(\{"".*\})"(?:,|\s*$)'
_OBJECT = r"(?s)\{.*"
# More files of one source than that are seldom of more kinds.
_FILES = 500
_FIRSTS = """
WITH firsts AS (
  SELECT source, file_id, min(event_uid) AS event_uid FROM events GROUP BY source, file_id
  QUALIFY row_number() OVER (PARTITION BY source ORDER BY file_id) <= $files)
SELECT source, raw FROM events WHERE event_uid IN (SELECT event_uid FROM firsts)
ORDER BY source, event_uid
"""


@dataclass(frozen=True)
class Reading:
    """How the fields of the records of some sources are read."""

    sources: tuple[LogSource, ...] = ()

    def plain(self, path: str) -> bool:
        """Whether the value stands at that path of the kept text, and nowhere else."""
        return not self._lines() and self._records() == [_RAW] and not self._elsewhere(path)

    def columns(self) -> list[exp.Expr]:
        """The records that `values` reads, one within the other, each under its name."""
        if self._lines() or self._records() == [_RAW]:
            return []
        return [exp.alias_(one, name) for one, name in zip(self._records(), _named(), strict=False)]

    def values(self, path: str, named: bool = False) -> exp.Expr:
        """All values of a path as a list; where `named`, of the columns that `columns` adds."""
        records = self._records()
        if named and self.columns():
            names = _named()
            records = [exp.column(next(names)) for _ in records]
        found: list[exp.Expr] = []
        if self._lines():
            found.append(lines.values(path))
        for one in dict.fromkeys((path, *self._elsewhere(path))):
            if one.startswith("@"):
                column = exp.cast(exp.column(one.removeprefix("@"), quoted=True), "VARCHAR")
                found.append(exp.array(column, dialect="duckdb"))
            elif one.startswith("="):
                found.append(exp.array(asked(one.removeprefix("=")), dialect="duckdb"))
            elif one.startswith("#"):
                found += [named_values(one.removeprefix("#"), record) for record in records]
            elif not self._lines():
                found += [raw_field(one, record=record).value for record in records]
        return exp.Anonymous(this="list_concat", expressions=found) if found[1:] else found[0]

    def of_event(self, path: str) -> set[str]:
        """The columns of the event that `values` reads beside the record."""
        told = self._elsewhere(path)
        columns = {one.removeprefix("@") for one in told if one.startswith("@")}
        return columns | {"event_no" for one in told if one.startswith("#")}

    def _lines(self) -> bool:
        return any(source.lines for source in self.sources)

    def _elsewhere(self, path: str) -> list[str]:
        told = dict.fromkeys(one for source in self.sources for one in source.names.elsewhere(path))
        return list(told)

    def _records(self) -> list[exp.Expr]:
        outer: exp.Expr = _RAW.copy()
        if any(source.cells for source in self.sources):
            cell = _called("regexp_extract", outer, _text(_CELL), exp.Literal.number(1))
            doubled = _called("replace", cell, _text('""'), _text('"'))
            whole = _called("starts_with", outer.copy(), _text("{"))
            outer = exp.case().when(whole, outer.copy()).else_(doubled)
        carried = dict.fromkeys(one for source in self.sources for one in source.carried)
        return [outer, *(_within(outer, path) for path in carried)]


def _named() -> Iterator[str]:
    return (f"record_{number}" for number in count())


def _within(record: exp.Expr, path: tuple[str, ...]) -> exp.Expr:
    """What a record carries under a path: an object, or text that ends with one."""
    for one in path:
        at = asked(json_path(one.replace('"', "").split(".")))
        text = _called("json_extract_string", record.copy(), at)
        record = _called("regexp_extract", _called("TRY", text), _text(_OBJECT))
    return record


def carried(engine: Engine, sources: Sequence[LogSource]) -> list[LogSource]:
    """The sources with how this case carries their records, judged by one record of each file."""
    rows = engine.rows(_FIRSTS, {"files": _FILES})
    raws: dict[str, list[str]] = {}
    for row in rows:
        raws.setdefault(row["source"], []).append(row["raw"] or "")
    return [_told(source, raws.get(source.name, [])) for source in sources]


def _told(source: LogSource, raws: Sequence[str]) -> LogSource:
    cells = any(_DOUBLED in raw and not raw.lstrip().startswith("{") for raw in raws)
    bare = not source.lines and any(raw and "{" not in raw for raw in raws)
    if source.declaration is None:
        return replace(source, cells=cells, bare=bare)
    paths: dict[tuple[str, ...], None] = {}
    for document in decode([raw.encode() for raw in raws]):
        if isinstance(document, dict):
            told = recognise([document], {source.name: source.declaration})
            paths.setdefault(told.within)
    under = tuple(sorted(path for path in paths if path))
    return replace(source, cells=cells, bare=bare, carried=under)


def _called(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)
