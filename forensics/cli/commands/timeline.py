"""`forensics timeline`: who did what to whom, and when, traceable to file and record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    display_zone,
    evidence_options,
    format_option,
    is_incomplete,
    open_evidence,
    output_option,
    zone_option,
)

if TYPE_CHECKING:
    from forensics.api import Case

_NO_LIMIT = "all"


@click.command(cls=LogsCommand, short_help="Events in order, each traceable to its record.")
@click.argument("query", required=False)
@click.option("--actor", metavar="WHO", help="Acts of this account: login, e-mail, id or name.")
@click.option("--target", metavar="WHAT", help="Acts on this object, by any of its names.")
@click.option("--action", metavar="VERB", help="Acts of this kind: account.deactivate, account.*")
@click.option("--source", metavar="NAME", help="Events of this log source.")
@click.option("--since", metavar="TIME", help='From then on: "2017-11-02 18:50 EDT", "3 days ago".')
@click.option("--until", metavar="TIME", help="Before then; a date means its whole day.")
@click.option("--around", metavar="TIME", help="What lies within --window of this time.")
@click.option("--window", default="15m", show_default=True, metavar="SPAN", help="For --around.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N events.")
@click.option("--raw", is_flag=True, help="Show each record as it stood.")
@zone_option
@format_option("table", "csv", "jsonl", "json", "parquet")
@output_option
@evidence_options
def command(
    query: str | None,
    actor: str | None,
    target: str | None,
    action: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
    around: str | None,
    window: str,
    limit: int | None,
    raw: bool,
    zone: str,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Events in order, each with its file and record number.

    QUERY is Lucene-like: actor:contractor-7 AND action:account.* NOT outcome:failure
    "free text". Several conditions must all hold.
    """
    shown_in = display_zone(zone)
    if output_format == "parquet" and output is None:
        raise click.UsageError("parquet needs a file: -o FILE", click.get_current_context())
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        found = case.timeline_table(
            query,
            actor=actor,
            target=target,
            action=action,
            source=source,
            since=since,
            until=until,
            around=around,
            window=window,
            limit=limit,
            raw=raw,
            zone=zone,
        )
        if not found.num_rows:
            _say_nothing_found(case, actor=actor, target=target, action=action, source=source)
        if output_format == "table":
            _show(found, shown_in, output)
        else:
            _write(found, output_format, output)
        return ExitCode.INCOMPLETE if logs and is_incomplete(case) else ExitCode.CLEAN


def _show(found, zone, output: Path | None) -> None:  # type: ignore[no-untyped-def]
    from forensics.reports.terminal import timeline  # noqa: PLC0415

    if output is None:
        timeline(found, console.out(), zone)
        return
    from rich.console import Console  # noqa: PLC0415

    from forensics.reports import replacing  # noqa: PLC0415

    plain = Console(width=160, record=True, file=_Nowhere(), highlight=False, markup=False)
    timeline(found, plain, zone)
    with replacing(output) as stream:
        stream.write(plain.export_text().encode("utf-8"))


class _Nowhere:
    """A file that keeps nothing; the console's record is what is wanted."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def _write(found, output_format: str, output: Path | None) -> None:  # type: ignore[no-untyped-def]
    from forensics.reports import replacing, table_format  # noqa: PLC0415

    writer = table_format(output_format)
    if output is None:
        writer.write(found, console.stdout_bytes())
        return
    with replacing(output) as stream:
        writer.write(found, stream)
    console.say(f"{found.num_rows:,} events written to {output}.")


def _say_nothing_found(case: Case, **names: str | None) -> None:
    """No event fits; propose recorded names near those that were asked for."""
    told = False
    for column, text in names.items():
        if text is None:
            continue
        near = [one for one in case.near_names(column, text.strip("*")) if one != text]
        if near:
            console.say(f"No event fits. Recorded {column}s like {text!r}: {', '.join(near)}.")
            told = True
    if not told:
        console.say("No event fits. Widen the time or drop a condition.")
