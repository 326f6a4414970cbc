"""`forensics timeline`: who did what to whom, and when, traceable to file and record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forensics.cli import asking, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
    output_option,
)


@click.command(cls=LogsCommand, short_help="Events in order, each traceable to its record.")
@asking.query_argument
@asking.question_options
@format_option(*asking.FORMATS)
@output_option
@asking.pager_option
@evidence_options
def command(
    query: str | None,
    output_format: str,
    output: Path | None,
    pager: bool,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
    **asked: Any,
) -> int:
    """Events in order, each with its id, its file and record number.

    QUERY is Lucene-like: actor:contractor-7 AND action:account.* NOT outcome:failure
    "free text", time:[2017-11-02 TO 2017-11-03], src_ip:10.0.0.0/8, _exists_:reason,
    actor:/contractor-[0-9]+/, raw.a.path:x, note:word, tag:key. Several conditions must all hold.
    A regular expression is of the whole value, as in Lucene: reason:/(?i).*press.*/ finds a part.
    A time has the length that is written: time:>2017-11-02T22:50 begins at 22:51:00,
    time:>=2017-11-02T22:50 at 22:50:00, and what was understood is said below the answer.

    An event id may be given by its beginning: --around 3fa1 --same session.

    A csv cell that a spreadsheet would run (=, +, -, @ first) has a ' before it; jsonl and parquet
    hold the values exactly as recorded.
    """
    asking.check(asked)
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        asking.answer(case, query, asked, output_format=output_format, output=output, pager=pager)
        return ExitCode.INCOMPLETE if is_incomplete(case, logs) else ExitCode.CLEAN
