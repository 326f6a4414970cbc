"""DuckDB, embedded: the default engine."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from forensics.engine import Row
from forensics.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_INSTANT = "TIMESTAMP WITH TIME ZONE"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def quoted(name: str) -> str:
    """An SQL identifier, whatever its characters. Done here because sqlglot is slow to load."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """An SQL string literal, for the places where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _values(column: pa.ChunkedArray, kind: str) -> list[Any]:
    """The values of a column as the engine would give them one by one."""
    if kind == _INSTANT:
        return list(map(_moment, column.cast("int64").to_pylist()))
    values: list[Any] = column.to_pylist()
    # A sum of integers comes as a decimal of no places.
    return [None if one is None else int(one) for one in values] if kind == "HUGEINT" else values


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be a registered value")


class DuckDBEngine:
    """One in-memory DuckDB connection, in UTC, with bounded memory and threads."""

    def __init__(
        self,
        *,
        memory_limit: str = "1200MiB",
        threads: int | None = None,
        spill_directory: Path | None = None,
    ) -> None:
        config: dict[str, Any] = {
            "memory_limit": memory_limit,
            "threads": threads or min(os.cpu_count() or 1, 8),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            # Otherwise a table name in SQL may read a Python variable of that name.
            "python_enable_replacements": "false",
            "temp_directory": str(spill_directory) if spill_directory else "",
        }
        self._connection = duckdb.connect(":memory:", config=config)
        self._connection.execute("SET TimeZone = 'UTC'")

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement whose answer nobody reads."""
        self._connection.execute(sql, dict(parameters or {}))

    def table(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer of one query as an Arrow table."""
        relation = self._connection.sql(sql, params=dict(parameters) if parameters else None)
        return relation.to_arrow_table()

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The answer of one query as a list of dicts, for small answers.

        Instants travel as integers, because DuckDB and Arrow would both load pandas (half a
        second) or pytz (not a dependency) to make datetimes of them.
        """
        ran = self._connection.execute(sql, dict(parameters or {}))
        described = ran.description or []
        names, kinds = [one[0] for one in described], [str(one[1]) for one in described]
        if not any(_INSTANT in kind for kind in kinds):
            return [dict(zip(names, row, strict=True)) for row in ran.fetchall()]
        with warnings.catch_warnings():
            # It would have the rows not copied; asked for beforehand they cost a second plan.
            warnings.simplefilter("ignore", UserWarning)
            table: pa.Table = ran.to_arrow_table()
        columns = [_values(column, kind) for column, kind in zip(table.columns, kinds, strict=True)]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def register_rows(
        self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Make a few rows readable under a name; `columns` are names and SQL types.

        Values are what JSON can say; datetimes are given as aware datetimes or ISO text.
        """
        listed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} ({listed})")
        shape = json.dumps([dict(columns)])
        text = json.dumps(
            [{column: row.get(column) for column, _ in columns} for row in rows], default=_plain
        )
        self._connection.execute(
            f"INSERT INTO {quoted(name)} SELECT unnest(from_json($rows, $shape), max_depth := 2)",
            {"rows": text, "shape": shape},
        )

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""
        self._connection.register(name, table)

    def unregister(self, name: str) -> None:
        """Forget a registered Arrow table."""
        self._connection.unregister(name)

    def define(self, name: str, sql: str) -> None:
        """Make a query readable under a name, as a view; names are quoted, never trusted."""
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {sql}")

    def keep(self, name: str, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Make the answer of a query readable under a name, computed once."""
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {sql}", dict(parameters or {})
        )

    def relations(self) -> Sequence[str]:
        """Names that can be read now, sorted."""
        found = self._connection.execute(
            "SELECT DISTINCT table_name FROM information_schema.tables ORDER BY 1"
        ).fetchall()
        return [name for (name,) in found]

    def lock(self, readable: Sequence[Path]) -> None:
        """Give up files, network and settings, for SQL that a user wrote.

        Only files below `readable` stay readable; the settings cannot be changed back.
        """
        listed = ", ".join(text_literal(str(path)) for path in readable)
        self._connection.execute(f"SET allowed_directories = [{listed}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def select(self, sql: str) -> pa.Table:
        """The answer of one SELECT a user wrote; anything else is refused with a reason."""
        try:
            statements = duckdb.extract_statements(sql)
        except duckdb.Error as error:
            raise UsageError(f"The SQL cannot be parsed: {error}") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise UsageError(
                "Only one SELECT statement is allowed.",
                remedy="Relations are read-only; see the reference for their columns.",
            )
        try:
            return self._connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(f"The SQL cannot be run: {error}") from error

    def interrupt(self) -> None:
        """Stop the running query, from another thread or a signal handler."""
        self._connection.interrupt()

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()
