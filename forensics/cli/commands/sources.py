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

if TYPE_CHECKING:
    from forensics.sources.recognise import Recognition


@click.group(short_help="Known log sources: list, show, recognise, coverage, scaffold, test.")
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
        unknown += source is None and not beside and found.unread != "empty_page"
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
@click.option("-v", "--verbose", is_flag=True, help="Name every file, source, operation and gap.")
@format_option("text", "json")
@output_option
@evidence_options
def coverage(
    verbose: bool,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """The ledger of reading: what every file and source gave, lost, and never showed.

    First the sum, then what was not read, by reason. For each source its span, gaps, late records,
    operations without a verb and columns that no record filled; for each file what it was taken
    for and what became of its records. Of many files the text is an overview: --verbose and the
    JSON tell all. Exit 4 when a file was not, or not wholly, read.
    """
    delivery.check(output_format, output)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        document = case.coverage()
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.ledger(document, shown, verbose=verbose), output)
        return ExitCode.INCOMPLETE if document.not_read else ExitCode.CLEAN


@command.command("scaffold")
@click.argument("path", metavar="FILE")
@click.option("--name", metavar="NAME", help="Name of the source  [default: from the file name].")
@catalog_option
def scaffold(path: str, name: str | None, catalog_folders: tuple[Path, ...]) -> int:
    """Print a draft declaration for a log that is not known.

    FILE may be compressed, an archive (its first member that holds records is taken) or - for
    standard input. Save the draft as NAME.toml in a folder, look at the lines marked "check", and
    use that folder with --catalog DIR or $FORENSICS_CATALOG. Its examples are records of the log:
    put invented names into them before it is handed on.
    """
    from forensics.cli import drafting
    from forensics.sources.declaration import catalog

    made = drafting.draft(path, name, catalog(catalog_folders))
    console.data(made.text)
    if made.label != path:
        console.say(f"Learnt from {made.label}.")
    if made.known_as:
        console.say(f"This log is known already, as {made.known_as}.")
    console.say('A draft: look at what is marked "check", then forensics sources test it.')
    return ExitCode.CLEAN


@command.command("show")
@click.argument("name")
@catalog_option
def show(name: str, catalog_folders: tuple[Path, ...]) -> int:
    """A source's page: how it is known, its columns and actions, and what it does not record."""
    from forensics.cli import declarations
    from forensics.sources.declaration import catalog

    found = declarations.named(name, catalog(catalog_folders))
    delivery.view(lambda shown: declarations.page(found, shown), None)
    return ExitCode.CLEAN


@command.command("test")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@format_option("text", "json")
@catalog_option
def test(path: Path, output_format: str, catalog_folders: tuple[Path, ...]) -> int:
    """Run the examples of a declaration, or of all in a folder, and compare what they expect.

    Warns of an example that would be taken for another source of the catalog. Exit 1 when a column
    of an example is not what it should be.
    """
    from forensics.cli import declarations
    from forensics.sources.declaration import catalog

    known = catalog(catalog_folders)
    runs = [declarations.run(one, known) for one in declarations.files(path)]
    if output_format == "json":
        delivery.value([one.plain() for one in runs])
    else:
        for one in runs:
            for warning in one.warnings:
                console.say(warning)
            delivery.view(one.draw, None)
    return ExitCode.FINDINGS if any(one.failed for one in runs) else ExitCode.CLEAN
