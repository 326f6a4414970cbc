"""`forensics sources`: the log sources that are known, and help with one that is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    catalog_option,
    evidence_options,
    format_option,
    open_evidence,
    output_option,
)
from forensics.errors import InputError

if TYPE_CHECKING:
    from forensics.sources.recognise import Recognition


@click.group(short_help="Known log sources: list, recognise, coverage, scaffold, test.")
def command() -> None:
    """The log sources that are known, and help with one that is not."""


@command.command("list")
@format_option("text", "json")
@catalog_option
def list_(output_format: str, catalog_folders: tuple[Path, ...]) -> int:
    """All known sources, with what they are."""
    from forensics.sources.declaration import catalog

    known = sorted(catalog(catalog_folders).values(), key=lambda one: one.name)
    if output_format == "json":
        rows = [
            {"name": o.name, "title": o.title, "product": o.product, "actions": len(o.actions)}
            for o in known
        ]
        delivery.value(rows)
    else:
        width = max(len(one.name) for one in known)
        delivery.lines([f"{one.name:{width}}  {one.title}" for one in known])
    return ExitCode.CLEAN


@command.command("recognise")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@format_option("text", "json")
@catalog_option
def recognise(paths: tuple[str, ...], output_format: str, catalog_folders: tuple[Path, ...]) -> int:
    """Which source each file is of, how sure that is, and why.

    Members of archives are files of their own.
    """
    from tempfile import TemporaryDirectory

    from forensics.evidence.inputs import expand
    from forensics.evidence.reading import identify_all
    from forensics.sources.declaration import catalog

    known = catalog(catalog_folders)
    rows, unknown = [], 0
    with TemporaryDirectory() as folder:
        found_all = [
            (one.label, one.beside, found)
            for given in expand(paths)
            for one, found in identify_all(given, Path(folder), known)
        ]
    for label, beside, found in found_all:
        recognition: Recognition | None = found.recognition
        whole = found.context or found.archive
        source = whole or (recognition.source if recognition else None)
        sure: str | None = recognition.confidence if recognition else None
        unknown += source is None and not beside
        sure = "high" if whole else sure
        rows.append({"path": label, "source": source, "confidence": sure, "why": found.why})
    if output_format == "json":
        delivery.value(rows)
    else:
        delivery.lines([_recognised(row) for row in rows])
    if unknown:
        console.say("For a log of your own: forensics sources scaffold FILE > my_source.toml")
    return ExitCode.INCOMPLETE if unknown else ExitCode.CLEAN


def _recognised(row: dict[str, str | None]) -> str:
    sure = f" ({row['confidence']})" if row["confidence"] else ""
    return f"{row['path']}: {row['source'] or 'not recognised'}{sure}: {row['why']}"


@command.command("coverage", cls=LogsCommand)
@format_option("text", "json")
@output_option
@evidence_options
def coverage(
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """The ledger of reading: what every file and source gave, lost, and never showed.

    For each source its span, gaps, late records, operations without a verb and columns that no
    record filled; for each file what it was taken for and what became of its records. Exit 4 when
    a file was not, or not wholly, read.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.coverage()
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.ledger(document, shown), output)
        return ExitCode.INCOMPLETE if document.not_read else ExitCode.CLEAN


@command.command("scaffold")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", metavar="NAME", help="Name of the source  [default: from the file name].")
def scaffold(path: Path, name: str | None) -> int:
    """Print a draft declaration for a log that is not known.

    Save it as NAME.toml in a folder, correct it, and use that folder with --catalog.
    """
    from forensics.evidence.reading import open_input
    from forensics.sources import scaffold as drafts

    with open_input(path, str(path), None) as opened:
        console.data(drafts.draft(name or path.name.split(".")[0], opened.head))
    console.say("A draft: check each line, then try forensics sources test on it.")
    return ExitCode.CLEAN


@command.command("test")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@format_option("text", "json")
def test(path: Path, output_format: str) -> int:
    """Run the examples of a declaration and compare every column they name."""
    from forensics.sources import declaration, examples

    parsed = declaration.parse(path.read_text(encoding="utf-8"), str(path))
    if not parsed.examples:
        raise InputError("This declaration has no [[example]].", place=str(path))
    faults = [
        f"example {number}: {fault}"
        for number, one in enumerate(parsed.examples)
        for fault in examples.faults(parsed, one)
    ]
    if output_format == "json":
        delivery.value({"source": parsed.name, "examples": len(parsed.examples), "faults": faults})
        return ExitCode.USAGE if faults else ExitCode.CLEAN
    for fault in faults:
        console.complain(fault)
    delivery.lines([f"{parsed.name}: {len(parsed.examples)} examples, {len(faults)} faults"])
    return ExitCode.USAGE if faults else ExitCode.CLEAN
