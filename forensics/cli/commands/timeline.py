"""`forensics timeline`: who did what to whom, and when, traceable to file and record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from forensics.cli import console, delivery
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

# A table is for reading; more events than this are read by a program.
_MOST_SHOWN = 2000


Named = Literal["actor", "target", "action", "source"]


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
    chosen = click.get_current_context().get_parameter_source("window")
    if around is None and chosen is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--window goes with --around TIME.", click.get_current_context())
    delivery.check(output_format, output)
    capped = output_format == "table" and limit is None
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
            limit=_MOST_SHOWN + 1 if capped else limit,
            raw=raw,
            zone=zone,
        )
        if not found.num_rows:
            asked: dict[Named, str | None] = {
                "actor": actor, "target": target, "action": action, "source": source,
            }  # fmt: skip
            _say_nothing_found(case, asked, query)
        if output_format == "table":
            from forensics.reports import terminal

            few = found.slice(0, _MOST_SHOWN) if capped else found
            delivery.view(lambda shown: terminal.timeline(few, shown, shown_in), output)
            if few.num_rows < found.num_rows:
                console.say(
                    f"Only the first {_MOST_SHOWN:,} events are shown. Narrow the question,"
                    " or take all with -t csv."
                )
        else:
            delivery.table(found, output_format, output)
        return ExitCode.INCOMPLETE if logs and is_incomplete(case) else ExitCode.CLEAN


def _say_nothing_found(case: Case, names: Mapping[Named, str | None], query: str | None) -> None:
    """No event fits; say which source is absent, or propose names near those asked for."""
    from forensics.conditions.query import asked_of

    held = case.sources()
    wanted = [names["source"], *asked_of(query or "", "source")]
    absent = sorted({one.strip() for one in wanted if one and one.strip().lower() not in held})
    told = bool(absent)
    for one in absent:
        console.say(f"No event fits. None here is of {one}; there are {', '.join(held)}.")
    for column, text in names.items():
        if text is None or text in absent:
            continue
        near = [one for one in case.near_names(column, text.strip("*")) if one != text]
        if near:
            console.say(f"No event fits. Recorded {column}s like {text!r}: {', '.join(near)}.")
            told = True
    if not told:
        console.say("No event fits. Widen the time or drop a condition.")
