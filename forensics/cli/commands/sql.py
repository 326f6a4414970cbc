"""`forensics sql`: one SELECT over the relations of a case, in a locked engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    open_evidence,
    output_option,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

_MOST_ROWS = 200


@click.command(cls=LogsCommand, short_help="One SELECT over the relations of a case.")
@click.argument("statement")
@format_option("table", "csv", "jsonl", "json", "parquet")
@output_option
@evidence_options
def command(
    statement: str,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Run one SELECT over events, files, rejects, duplicates, employment, accounts, approvals ...

    Read-only: no file, network or setting can be reached from the statement.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        found = case.sql_table(statement)
        if output_format == "table":
            delivery.view(lambda shown: _draw(found, shown), output)
        else:
            delivery.table(found, output_format, output)
    return ExitCode.CLEAN


def _draw(found: pa.Table, shown: Console) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from forensics.reports.escaping import terminal  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for name in found.column_names:
        table.add_column(Text(terminal(name)), overflow="fold")
    # By column, not by name: an answer may have two columns of one name.
    columns = [column.to_pylist() for column in found.slice(0, _MOST_ROWS).columns]
    for row in zip(*columns, strict=True):
        table.add_row(*(Text("" if v is None else terminal(str(v))) for v in row))
    shown.print(table)
    if found.num_rows > _MOST_ROWS:
        console.say(f"{found.num_rows - _MOST_ROWS:,} more rows; -t csv gives all.")
