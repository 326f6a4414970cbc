"""`forensics scan`: run every detector and rule over a case."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from forensics.cli import console, delivery, measuring, notifying, recording
from forensics.cli.exit_codes import ExitCode
from forensics.cli.measuring import metrics_option
from forensics.cli.notifying import notify_option
from forensics.cli.options import (
    LogsCommand,
    evidence_options,
    format_option,
    open_evidence,
    output_option,
)
from forensics.cli.recording import recording_options
from forensics.cli.rule_options import moment, settings_options

_SHOWN = 12
_LEVELS = ("informational", "low", "medium", "high", "critical")


@click.command(cls=LogsCommand, short_help="Run every detector and rule: what needs attention?")
@click.option(
    "--fail-on",
    type=click.Choice(_LEVELS),
    help="Exit with 1 when there is a finding of this level or above.",
)
@click.option(
    "-m",
    "--min-level",
    type=click.Choice(_LEVELS),
    default=_LEVELS[0],
    show_default=True,
    help="Show from this level.",
)
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Sigma rules, or folders of them, beside the tool's own; may be repeated.",
)
@click.option(
    "--values",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="YAML of what placeholders (|expand) in rules stand for.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=0),
    metavar="N",
    help="Tell at most so many unusual nights of people of each night (default 5).",
)
@settings_options
@recording_options
@notify_option
@metrics_option
@format_option("text", "json")
@output_option
@evidence_options
def command(
    record: bool,
    new_only: bool,
    notify: tuple[str, ...],
    metrics: Path | None,
    fail_on: str | None,
    min_level: str,
    rules: tuple[Path, ...],
    values: Path | None,
    rule_settings: Path | None,
    as_of: str | None,
    budget: int | None,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None,
) -> int:
    """Ask every detector, policy and rule of the whole case.

    Each finding names its evidence, the counts behind it, and what may be innocent about it.
    With --record the case keeps them, and --record --new says the same thing once.
    Exit code 4: an input could not be read, a policy or rule is faulty or not supported,
    somebody could not be notified, or metrics not be written.
    """
    delivery.check(output_format, output)
    recording.check(record=record, new_only=new_only, logs=logs)
    measuring.check(metrics, record=record)
    to = notifying.services(notify, record=record)
    with open_evidence(case_folder, logs, catalog_folders, default_zone) as case:
        asked = partial(case.scan, rules, values, rule_settings, moment(as_of), budget)
        scanned = recording.scan(case, asked, record=record, new_only=new_only)
        document = scanned.document
        floor = _LEVELS.index(min_level)
        shown = scanned.of(f for f in document.findings if _LEVELS.index(f.level) >= floor)
        # Before the answer is drawn: whoever reads it may leave, and the scan is recorded.
        unnotified = notifying.tell(shown, case.paths.root, to)
        measured = measuring.write(case, scanned, unnotified, metrics)
        if output_format == "json":
            delivery.document(shown.document, output)
        elif shown.document.findings or not new_only:
            from forensics.reports import terminal

            delivery.view(lambda page: terminal.scan(shown.document, page), output)
        _tell_hidden(len(document.findings) - len(shown.document.findings), min_level)
        for line in document.remarks:
            console.complain(line)
        if case.ingest_report is None:
            _tell_incomplete(document.incomplete)
    if document.incomplete or unnotified or not measured:
        return ExitCode.INCOMPLETE
    grave = fail_on is not None and any(
        _LEVELS.index(one.level) >= _LEVELS.index(fail_on) for one in document.findings
    )
    return ExitCode.FINDINGS if grave else ExitCode.CLEAN


def _tell_hidden(number: int, min_level: str) -> None:
    if number:
        noun = "finding is" if number == 1 else "findings are"
        console.say(f"{number} {noun} below {min_level} and not shown.")


def _tell_incomplete(lines: tuple[str, ...]) -> None:
    """Name the first few inputs and checks that were not looked at, and where the others are."""
    for line in lines[:_SHOWN]:
        console.complain(f"not looked at: {line}")
    if len(lines) > _SHOWN:
        console.complain(
            f"... and {len(lines) - _SHOWN:,} more: forensics sources coverage tells of the inputs,"
            " -t json of the checks too."
        )
