"""`forensics enrich`: look up the addresses and clients of a case, beside its events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import enrichment_options, format_option
from forensics.cli.telling import tell_enrichment

if TYPE_CHECKING:
    from forensics.evidence.enriching import Enrichment


@click.command(short_help="Look up the addresses and clients of a case.")
@click.option(
    "--case",
    "case_folder",
    envvar="FORENSICS_CASE",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The case to enrich (also $FORENSICS_CASE).",
)
@enrichment_options
@click.option("--replace", is_flag=True, help="Forget what is not named again.")
@format_option("text", "json")
def command(
    case_folder: Path,
    geoip: Path | None,
    ranges: Path | None,
    replace: bool,
    output_format: str,
) -> int:
    """Look up every source address and user agent of a case, each once.

    Country, city and autonomous system come from databases of your own; labels such as cloud or
    anonymous from a list of ranges of your own; the kind of network (private, cgnat, ...) and the
    family of client from tables of the tool. What is found lies beside the events, in the relations
    addresses and user_agents; events show country and AS where the record itself does not say.

    A folder of databases takes the place of the one before, as a whole, and a list that of the
    list; what neither is named for stays as it was found. After further logs were read, run it
    again, with the databases: the list is kept in the case, they are not.
    """
    from forensics import api

    with api.open_case(case_folder) as case:
        found = case.enrich(geoip=geoip, ranges=ranges, replace=replace)
    if output_format == "json":
        from dataclasses import asdict

        delivery.value(asdict(found))
    else:
        _show(found)
    tell_enrichment(found)
    return ExitCode.CLEAN


def _show(found: Enrichment) -> None:
    console.data(
        f"{found.addresses:,} address{'' if found.addresses == 1 else 'es'}:"
        f" {_counted(found.networks) or 'none'}\n"
        f"  country known of {found.countries:,}, autonomous system of {found.systems:,}\n"
        f"  labels: {_counted(found.labels) or 'none'}\n"
        f"{found.user_agents:,} user agent{'' if found.user_agents == 1 else 's'}:"
        f" {_counted(found.kinds) or 'none'}\n"
    )


def _counted(words: dict[str, int]) -> str:
    from forensics.reports.escaping import terminal

    listed = sorted(words.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{terminal(word)} {count:,}" for word, count in listed)
