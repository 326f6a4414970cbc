"""From a declaration to one SQL query: raw records in, rows of the event table out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from forensics import actions, event
from forensics.errors import DeclarationError
from forensics.sources import carriers
from forensics.sources.declaration import Declaration, Value
from forensics.sources.lists import Lists
from forensics.sources.paths import json_path
from forensics.sources.stamps import Stamp, stamp

# Functions of the mapping language that are more than one DuckDB builtin.
MACROS = (
    """CREATE OR REPLACE TEMP MACRO pick(list, k, v, wanted) AS
       list_filter(try_cast(list AS JSON[]), lambda e: json_extract_string(e, k) = v)[1]
       ->> wanted""",
    """CREATE OR REPLACE TEMP MACRO each(list, wanted) AS
       list_filter(
         list_transform(try_cast(list AS JSON[]), lambda e: json_extract_string(e, wanted)),
         lambda v: v IS NOT NULL)""",
)

# What is not a scalar of one record: queries, aggregates, windows, lists of rows, outer values.
_REFUSED = (
    exp.Query, exp.Table, exp.Star, exp.Parameter, exp.Placeholder, exp.Command, exp.Columns,
    exp.Explode, exp.Window, exp.AggFunc, exp.Exists, exp.SessionParameter,
)  # fmt: skip
# DuckDB functions whose answer is not of the record alone, or that do more than answer.
_IMPURE = re.compile(
    r"current_\w+|pg_\w+|get_\w+|getenv|getvariable|nextval|currval|setval|setseed|random|now|today"
    r"|uuid\w*|gen_random_uuid|txid_current|transaction_timestamp|localtime\w*|in_search_path"
    r"|error|sleep_ms|stats|vector_type|write_log|version|(read|parquet|query|glob|sniff)_?\w*"
)
_ELEMENT = "@."
_OUTER = "outer."
# The document that each kind of read is of.
_DOCUMENTS = {"": "doc", _ELEMENT: "element", _OUTER: "outer_doc"}
# Keys of a declaration that are compiled and stand outside [event].
_NO_COLUMN = frozenset({"action_when", "record.explode", "recognise"})
_T = TypeVar("_T")


class _Paths:
    """The distinct paths one read needs, and where each stands in its list (from 1)."""

    def __init__(self, column: str) -> None:
        self._column = column
        self.paths: list[str] = []

    def read(self, path: str) -> exp.Expr:
        wanted = json_path(path)
        if wanted not in self.paths:
            self.paths.append(wanted)
        index = exp.Literal.number(self.paths.index(wanted) + 1)
        return exp.Bracket(this=exp.column(self._column), expressions=[index], offset=1)

    def list_call(self, function: str, document: str) -> str:
        paths = exp.array(*(exp.Literal.string(one) for one in self.paths), dialect="duckdb")
        return f"{function}({document}, {paths.sql(dialect='duckdb')}) AS {self._column}"


@dataclass(frozen=True)
class Mapping:
    """A compiled declaration, for records carried under the paths of `within`, outermost first.

    `sql` reads a relation named `given` (file_id, record_no, raw, doc) and an optional relation
    `action_map` (operation, action), and yields every event column, in order, plus `native_id` and
    `fits`, whether the record has what its source is recognised by.
    """

    declaration: Declaration
    sql: str
    action_map: tuple[tuple[str, str], ...]
    within: tuple[str, ...] = ()


class _Compiler:
    def __init__(self, declaration: Declaration, *, carried: bool) -> None:
        self.declaration = declaration
        self.carried = carried
        self.text = {"": _Paths("x"), _ELEMENT: _Paths("ex"), _OUTER: _Paths("ox")}
        self.json = {"": _Paths("j"), _ELEMENT: _Paths("ej"), _OUTER: _Paths("oj")}
        self.lists = Lists()
        self.faults: list[str] = []

    def kept(self, part: Callable[[str], _T], name: str) -> _T | None:
        """One part of the query; its fault is noted, so that all of them can be told at once."""
        try:
            return part(name)
        except DeclarationError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            key = name if name in _NO_COLUMN else f"event.{name}"
            self.faults.append(f"{key}: {error.message}{remedy}")
            return None

    def _read(self, path: str, *, as_json: bool = False) -> exp.Expr:
        prefix = next((one for one in (_ELEMENT, _OUTER) if path.startswith(one)), "")
        if prefix == _ELEMENT and not self.declaration.explode:
            raise DeclarationError(f"{path!r}: '@.' is for sources with record.explode")
        if prefix == _OUTER and not self.declaration.within:
            raise DeclarationError(f"{path!r}: 'outer.' is for sources with record.within")
        if prefix == _OUTER and not self.carried:
            json_path(path.removeprefix(_OUTER))
            return exp.cast(exp.null(), "JSON" if as_json else "VARCHAR")
        store = (self.json if as_json else self.text)[prefix]
        return store.read(path.removeprefix(prefix))

    def sql(self, text: str) -> exp.Expr:
        """A declaration's SQL with its reads resolved; anything but a scalar is refused."""
        try:
            tree: exp.Expr = sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition)
            words = sqlglot.tokenize(text, dialect="duckdb")
        except SqlglotError as error:
            raise DeclarationError(f"sql {text!r} cannot be parsed: {error}") from error
        if tree.find(*_REFUSED):
            raise DeclarationError(f"sql {text!r}: only a scalar expression over text() and json()")
        for token in words:
            if token.token_type != TokenType.STRING and _IMPURE.fullmatch(token.text.lower()):
                raise DeclarationError(
                    f"sql {text!r}: {token.text!r} is not a scalar function of the record"
                )
        bound = {name.name for lam in tree.find_all(exp.Lambda) for name in lam.expressions}
        for column in tree.find_all(exp.Column):
            if column.name not in bound:
                raise DeclarationError(
                    f"sql {text!r}: {column.name!r} is neither text() nor json()"
                )
        return tree.transform(self._resolve)

    def _list(self, node: exp.Anonymous) -> exp.Expr | None:
        """pick() or each() of a list in the record, asked of its structs; None for another's."""
        given, *rest = node.expressions
        names = [one.name for one in rest if isinstance(one, exp.Literal) and one.is_string]
        picks = node.name.lower() == "pick" and len(rest) == 3
        if not isinstance(given, exp.ParseJSON) or len(names) < (2 if picks else 1):
            return None
        if picks:
            if not all(isinstance(one, exp.Literal) for one in (rest[0], rest[2])):
                return None
            names = [rest[0].name, rest[2].name]
        read = self._read(_argument("json", [given.this]), as_json=True).sql(dialect="duckdb")
        column = self.lists.column(read, names)
        if column is None:
            return None
        if not picks:
            return sqlglot.parse_one(
                f"list_filter(list_transform({column}, lambda e: e[{_literal(names[0])}]),"
                " lambda v: v IS NOT NULL)",
                dialect="duckdb",
            )
        value = rest[1].transform(self._resolve).sql(dialect="duckdb")
        return sqlglot.parse_one(
            f"list_filter({column}, lambda e: e[{_literal(names[0])}] = {value})[1]"
            f"[{_literal(names[1])}]",
            dialect="duckdb",
        )

    def _resolve(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous) and node.name.lower() in {"pick", "each"}:
            return self._list(node) or node
        if isinstance(node, exp.Anonymous) and node.name.lower() == "text":
            return self._read(_argument("text", node.expressions))
        if isinstance(node, exp.ParseJSON):
            return self._read(_argument("json", [node.this]), as_json=True)
        return node

    def value(self, value: Value) -> exp.Expr:
        if value.const is not None:
            return exp.Literal.string(value.const)
        found: exp.Expr
        if value.sql is not None:
            found = self.sql(value.sql)
        elif value.first_of:
            found = exp.func("coalesce", *(_blank_is_null(self._read(p)) for p in value.first_of))
        else:
            found = self._read(value.path or "")
        if value.map:
            case = exp.Case(this=found)
            for given, wanted in value.map:
                case = case.when(exp.Literal.string(given), exp.Literal.string(wanted))
            default = value.default
            found = case.else_(exp.Literal.string(default) if default else exp.null())
        elif value.default is not None:
            found = exp.func("coalesce", _blank_is_null(found), exp.Literal.string(value.default))
        return found

    def stamps(self, name: str) -> Stamp | None:
        value = self.declaration.event.get(name)
        if value is None:
            return None
        plain = Value(path=value.path, const=value.const, first_of=value.first_of, sql=value.sql)
        text = _blank_is_null(self.value(plain)).sql(dialect="duckdb")
        return stamp(text, value.format or ("iso",), self.declaration.zone or "UTC")

    def column(self, name: str) -> str:
        value = self.declaration.event.get(name)
        wanted = event.BY_NAME[name].type if name in event.BY_NAME else "VARCHAR"
        if value is None:
            return f"CAST(NULL AS {wanted})"
        text = self.value(value)
        if wanted == "VARCHAR[]":
            return text.sql(dialect="duckdb")
        if wanted != "VARCHAR":
            return f"TRY_CAST({text.sql(dialect='duckdb')} AS {wanted})"
        return _blank_is_null(text).sql(dialect="duckdb")

    def reads(self) -> list[str]:
        """One list column for each document and kind of read that the columns made use of."""
        stores = {"json_extract_string": self.text, "json_extract": self.json}
        return [
            store.list_call(function, _DOCUMENTS[prefix])
            for function, kinds in stores.items()
            for prefix, store in kinds.items()
            if store.paths
        ]

    def fits(self, _name: str) -> str:
        """Whether a record has what the source is recognised by; others may be another's."""
        wanted = self.declaration.recognise
        tests = [f"{self._text(path)} IS NOT NULL" for path in wanted.required]
        for path, values in wanted.equals:
            listed = ", ".join(_literal(one) for one in values)
            tests.append(f"{self._text(path)} IN ({listed})")
        return " AND ".join(tests)

    def _text(self, path: str) -> str:
        return self._read(path).sql(dialect="duckdb")

    def condition(self, _name: str) -> str:
        """The action of an event: discriminators first, then the map, else `other`."""
        branches = []
        for when in self.declaration.action_when:
            test = self.sql(when.condition).sql(dialect="duckdb")
            if when.operations:
                wanted = ", ".join(_literal(one) for one in when.operations)
                test = f"named.operation IN ({wanted}) AND ({test})"
            branches.append(f"WHEN {test} THEN {_literal(when.action)}")
        fallback = f"coalesce(action_map.action, {_literal(actions.OTHER)})"
        return f"CASE {' '.join(branches)} ELSE {fallback} END" if branches else fallback


def _argument(function: str, given: list[exp.Expr]) -> str:
    """The path that text() or json() reads: one string literal."""
    if len(given) != 1 or not isinstance(given[0], exp.Literal) or not given[0].is_string:
        raise DeclarationError(f"{function}() wants one path, in single quotes")
    return given[0].name


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql(dialect="duckdb")


def _blank_is_null(found: exp.Expr) -> exp.Expr:
    return exp.func("nullif", found, exp.Literal.string(""))


_DIRECT = (
    "native_id", "sequence", "actor", "actor_id", "actor_name", "actor_email", "actor_type",
    "on_behalf_of", "operation", "outcome", "outcome_reason", "target", "target_id",
    "target_name", "target_type", "targets", "reason", "reason_code", "case_id", "src_ip",
    "src_country", "src_asn", "user_agent", "device_id", "session_id", "request_id", "tool",
    "tenant", "asserted_state", "approval_for", "approval_by", "approval_requested_by",
    "assignee",
)  # fmt: skip
_TARGETS = """list_filter([target, CASE WHEN target_id IS DISTINCT FROM target THEN target_id END,
    CASE WHEN target_name IS DISTINCT FROM target AND target_name IS DISTINCT FROM target_id
    THEN target_name END], lambda v: v IS NOT NULL)"""


def _uid(declaration: Declaration) -> str:
    """SQL of event_uid: from the native id where there is one, else from the bytes."""
    source = _literal(declaration.name)
    # A line whose stamp has no year may stand in the logs of two.
    year = ", epoch_us(time)" if declaration.repeats else ""
    raw = f"md5(concat_ws(chr(31), {source}, 'raw', raw{year}, nullif(event_no, 0)))"
    if "native_id" not in declaration.event:
        return raw
    native = (
        f"md5(concat_ws(chr(31), {source}, coalesce(tenant, ''), native_id, nullif(event_no, 0)))"
    )
    return f"CASE WHEN native_id IS NULL THEN {raw} ELSE {native} END"


def _final(name: str, declaration: Declaration) -> str:
    if name == "event_uid":
        return f"{_uid(declaration)} AS event_uid"
    if name == "source":
        return f"{_literal(declaration.name)} AS source"
    if name == "targets" and "targets" not in declaration.event:
        return f"{_TARGETS} AS targets"
    if name in {"outcome", "actor_type"}:
        return f"coalesce({name}, 'unknown') AS {name}"
    if name == "action":
        return "_action AS action"
    return name


def _carried(within: tuple[str, ...], declared: tuple[str, ...]) -> tuple[list[str], str]:
    """CTEs that replace each record by what it carries, and the name of the last of them.

    What carries nothing stands for itself. Text that is no JSON is left where it is.
    """
    ctes, relation = [], "given"
    for number, one in enumerate(within):
        inner = carriers.inner("doc", one)
        outer = "doc AS outer_doc, " if one in declared and one == within[-1] else ""
        ctes.append(
            f"carried_{number} AS (SELECT {outer}* REPLACE ({inner} AS doc) FROM {relation})"
        )
        relation = f"carried_{number}"
    return ctes, relation


def _exploded(path: str | None, relation: str) -> str:
    """SQL that gives each element of the list at a JSON path, or the record, an event number."""
    if path is None:
        return f"SELECT *, 0 AS event_no FROM {relation}"
    path = _literal(path)
    # Declared text stands in it as literals only.
    return f"""SELECT * EXCLUDE (elements), unnest(elements) AS element,
            unnest(range(len(elements)))::INTEGER AS event_no
          FROM (SELECT *, CASE json_type(doc, {path})
            WHEN 'ARRAY' THEN CASE WHEN json_array_length(doc, {path}) = 0 THEN [NULL]
                 ELSE CAST(json_extract(doc, {path}) AS JSON[]) END
            WHEN 'OBJECT' THEN [json_extract(doc, {path})] ELSE [NULL] END AS elements
            FROM {relation})"""


def compile_mapping(declaration: Declaration, within: tuple[str, ...] = ()) -> Mapping:
    """The query that turns this source's records, carried under `within`, into events.

    Raises `DeclarationError` with every fault of its paths, SQL and time formats.
    """
    compiler = _Compiler(declaration, carried=bool(set(within[-1:]) & set(declaration.within)))
    columns = [f"{compiler.kept(compiler.column, name)} AS {name}" for name in _DIRECT]
    time = compiler.kept(compiler.stamps, "time")
    logged = compiler.kept(compiler.stamps, "logged_time")
    action = compiler.kept(compiler.condition, "action_when")
    fits = compiler.kept(compiler.fits, "recognise")
    explode = declaration.explode
    path = compiler.kept(lambda _: json_path(explode or ""), "record.explode") if explode else None
    if compiler.faults or time is None:
        raise DeclarationError(
            "; ".join(compiler.faults) or "event.time is missing",
            place=f"source {declaration.name}",
            remedy="See docs/reference.",
        )
    columns += [
        f"{time.time} AS time",
        f"{time.precision} AS time_precision",
        f"{time.basis} AS time_basis",
        f"{logged.time if logged else 'CAST(NULL AS TIMESTAMPTZ)'} AS logged_time",
        f"coalesce({fits}, false) AS fits",
    ]
    final = ", ".join(
        [_final(column.name, declaration) for column in event.COLUMNS] + ["native_id", "fits"]
    )
    carried, relation = _carried(within, declaration.within)
    ctes = ", ".join((*carried, f"exploded AS ({_exploded(path, relation)})"))
    sql = f"""WITH {ctes},
      extracted AS (SELECT *, {", ".join(compiler.reads())} FROM exploded),
      listed AS (SELECT {", ".join(("*", *compiler.lists.columns()))} FROM extracted),
      named AS (SELECT * EXCLUDE (doc), {", ".join(columns)} FROM listed),
      judged AS (SELECT named.*, {action} AS _action
        FROM named LEFT JOIN action_map ON action_map.operation = named.operation)
      SELECT {final} FROM judged"""
    return Mapping(declaration, sql, tuple(sorted(declaration.actions.items())), within)
