"""Running SQL: one dialect (DuckDB's), one protocol, one file an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


class Engine(Protocol):
    """A place where relations are registered by name and SQL in DuckDB's dialect is asked.

    Values travel as named parameters (`$name`); times come back as aware UTC datetimes.
    """

    def table(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer of one query as an Arrow table."""
        ...

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The answer of one query as a list of dicts, for small answers."""
        ...

    def register_rows(
        self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Make a few rows readable under a name; `columns` are names and SQL types."""
        ...

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table readable under a name."""
        ...

    def define(self, name: str, sql: str) -> None:
        """Make a query readable under a name, as a view."""
        ...

    def keep(self, name: str, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Make the answer of a query readable under a name, computed once."""
        ...

    def relations(self) -> Sequence[str]:
        """Names that can be read now, sorted."""
        ...
