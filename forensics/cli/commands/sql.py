"""`forensics sql`: one SELECT over the relations of a case, in a locked engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import asking, console, delivery
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
    from rich.text import Text

_MOST_ROWS = 200
_BETWEEN = 2


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
        told = asking.told_of_clocks(case)
        if output_format == "table":
            delivery.view(lambda shown: _draw(found, told, shown), output)
        else:
            delivery.table(found, output_format, output, told)
    return ExitCode.CLEAN


def _draw(found: pa.Table, told: list[str], shown: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    from forensics.reports.escaping import terminal
    from forensics.reports.terminal import remarks

    names = [Text(terminal(name)) for name in found.column_names]
    # By column, not by name: an answer may have two columns of one name.
    columns = [column.to_pylist() for column in found.slice(0, _MOST_ROWS).columns]
    rows = [
        [Text("" if one is None else terminal(str(one))) for one in row]
        for row in zip(*columns, strict=True)
    ]
    widths = [max(cell.cell_len for cell in column) for column in zip(names, *rows, strict=True)]
    if rows and sum(widths) + _BETWEEN * (len(widths) - 1) > shown.width:
        _draw_records(names, rows, shown)
    else:
        table = Table(box=None, pad_edge=False)
        for name in names:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*row)
        shown.print(table)
    remarks(told, shown)
    if found.num_rows > _MOST_ROWS:
        console.say(f"{found.num_rows - _MOST_ROWS:,} more rows; -t csv gives all.")


def _draw_records(names: list[Text], rows: list[list[Text]], shown: Console) -> None:
    """One block per record, a line per column; what is longer than the line is cut."""
    from rich.text import Text

    cut = False
    for number, row in enumerate(rows, 1):
        shown.print(Text(f"record {number}", style="bold"))
        for name, cell in zip(names, row, strict=True):
            line = Text.assemble("  ", name, ": ", cell)
            line.rstrip()
            cut |= line.cell_len > shown.width
            line.truncate(shown.width, overflow="ellipsis")
            shown.print(line, no_wrap=True)
    if cut:
        console.say("Values that end in … are cut; -t jsonl gives all.")
