"""What is said, beside the answer, of files that were read and of addresses that were looked up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forensics.cli import console

if TYPE_CHECKING:
    from forensics.evidence.enriching import Enrichment
    from forensics.evidence.ingest import IngestReport

REREAD = "To have them read anew, give all files of the source to forensics ingest --reread."
_SHOWN = 12
_WHERE = "forensics sources coverage tells of all"


def tell_ingest(report: IngestReport) -> None:
    """Say what was picked up beside logs, and what could not be read."""
    if report.context:
        listed = ", ".join(f"{one.kind} ({Path(one.name).name})" for one in report.context)
        console.say(f"Also taken into account: {listed}.")
    if report.replaced:
        count = len({row.path for row in report.replaced if row.read})
        console.say(f"Read anew, in place of what was made of them before: {count:,}.")
    for one in report.outdated:
        console.say(f"{one.sentence}. {REREAD}")
    for row in report.incomplete[:_SHOWN]:
        why = row.told or "every record was rejected"
        told = "read only in part" if row.stored or row.duplicate else "not read as a log"
        console.complain(f"{told}: {row.path}: {why}")
    if (left := len(report.incomplete) - _SHOWN) > 0:
        console.complain(f"... and {left:,} more files; {_WHERE}.")
    for warning in report.warnings[:_SHOWN]:
        console.say(warning)
    if (left := len(report.warnings) - _SHOWN) > 0:
        console.say(f"... and {left:,} more such remarks; {_WHERE}.")
    if any(row.status == "unrecognised" for row in report.incomplete):
        console.say("For a log of your own: forensics sources scaffold FILE > my_source.toml")
    rejected = sum(row.rejected for row in report.files)
    if rejected:
        console.say(
            f"{rejected} broken record{'' if rejected == 1 else 's'} kept as rejects, with reasons."
            " They are the relation rejects of forensics sql."
        )


def tell_enrichment(found: Enrichment) -> None:
    """Say what addresses were looked up in, and what the enrichment before had beside it."""
    for one in found.inputs:
        if one["built_at"]:
            console.say(f"{one['name']}: {one['type']} built on {one['built_at']:%Y-%m-%d}")
    if found.kept:
        console.say(f"Kept from before: {', '.join(found.kept)}. To forget it: --replace.")
    if found.unasked:
        console.say(
            f"Addresses that came after the databases were asked: {found.unasked:,};"
            " name these again with --geoip DIR."
        )
    if found.no_longer:
        console.say(f"No longer looked up in: {', '.join(found.no_longer)}.")
    if not found.changed:
        console.say("The case held all of it already; nothing was changed.")
