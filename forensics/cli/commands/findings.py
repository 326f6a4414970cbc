"""`forensics findings`: what recorded scans found, how it stands, and what was decided of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import asking, console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import case_option, format_option, open_evidence, output_option

if TYPE_CHECKING:
    from forensics.findings.standing import SaidKind

_STATES = (
    "new", "repeated", "acknowledged", "suppressed", "resolved", "re-opened", "no_longer_found",
)  # fmt: skip
_LEVELS = ("informational", "low", "medium", "high", "critical")


@click.group(short_help="What recorded scans found, and how it stands.")
def command() -> None:
    """Findings from scan to scan: new, repeated, acknowledged, suppressed, resolved, re-opened.

    forensics scan --record writes them into the case. Decisions on them are sealed in its custody
    with author, time and reason; none is ever changed, a later one takes its place.
    """


@command.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    help="Only in this state; may be repeated.",
)
@click.option(
    "-m",
    "--min-level",
    type=click.Choice(_LEVELS),
    default=_LEVELS[0],
    show_default=True,
    help="From this level.",
)
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only of this rule or policy.")
@click.option("--actor", "actors", multiple=True, metavar="WHO", help="Only by this account.")
@click.option(
    "--since-last-scan", is_flag=True, help="Only what the last scan found anew or opened again."
)
@format_option("table", "json", "jsonl", "csv")
@output_option
@case_option
def list_(
    states: tuple[str, ...],
    min_level: str,
    rules: tuple[str, ...],
    actors: tuple[str, ...],
    since_last_scan: bool,
    output_format: str,
    output: Path | None,
    case_folder: Path | None,
) -> int:
    """The findings of all recorded scans as they stand now, gravest first."""
    import msgspec

    delivery.check(output_format, output)
    with open_evidence(case_folder, (), ()) as case:
        from forensics.findings.standing import TO_TELL

        document = case.findings()
        wanted = frozenset(states or _STATES) & (TO_TELL if since_last_scan else {*_STATES})
        kept = tuple(
            one
            for one in document.findings
            if one.standing.state in wanted
            and _LEVELS.index(one.finding.level) >= _LEVELS.index(min_level)
            and (not rules or one.finding.rule in rules)
            and (
                not actors
                or (one.finding.actor or "").casefold() in {who.casefold() for who in actors}
            )
        )
        shown = msgspec.structs.replace(document, findings=kept)
        if output_format == "json":
            delivery.document(shown, output)
        elif output_format == "table":
            from forensics.reports import terminal

            delivery.view(lambda page: terminal.findings(shown, page), output)
        else:
            from forensics.reports.standing_rows import listing

            delivery.table(listing(shown), output_format, output)
        if hidden := len(document.findings) - len(kept):
            console.say(f"{hidden} of {len(document.findings)} findings are not shown.")
    return ExitCode.CLEAN


@command.command("show")
@click.argument("finding")
@format_option("text", "json")
@output_option
@case_option
def show(finding: str, output_format: str, output: Path | None, case_folder: Path | None) -> int:
    """One finding, by the beginning of its id: what it says, said before, and what was decided."""
    delivery.check(output_format, output)
    with open_evidence(case_folder, (), ()) as case:
        document = case.finding(finding)
        if output_format == "json":
            delivery.document(document, output)
        else:
            from forensics.reports import terminal

            delivery.view(lambda page: terminal.finding(document, page), output)
    return ExitCode.CLEAN


_ids = click.argument("ids", nargs=-1, required=True, metavar="FINDING...")
_why = click.option("--why", required=True, metavar="TEXT", help="The reason, kept with it.")


@command.command("ack")
@_ids
@_why
@asking.author_option
@case_option
def acknowledge(ids: tuple[str, ...], why: str, author: str, case_folder: Path | None) -> int:
    """Take note of findings: they are not told of again until other records are found."""
    return _decide(ids, "acknowledge", why, author, case_folder)


@command.command("resolve")
@_ids
@_why
@asking.author_option
@case_option
def resolve(ids: tuple[str, ...], why: str, author: str, case_folder: Path | None) -> int:
    """Close findings: other records found later open them again."""
    return _decide(ids, "resolve", why, author, case_folder)


@command.command("reopen")
@_ids
@_why
@asking.author_option
@case_option
def reopen(ids: tuple[str, ...], why: str, author: str, case_folder: Path | None) -> int:
    """Open findings again that were acknowledged, suppressed or resolved."""
    return _decide(ids, "re-open", why, author, case_folder)


@command.command("suppress")
@_ids
@click.option(
    "--until", required=True, metavar="TIME", help="When it ends: a day, or 90d from now."
)
@_why
@asking.author_option
@case_option
def suppress(
    ids: tuple[str, ...], until: str, why: str, author: str, case_folder: Path | None
) -> int:
    """Tell nothing of findings until a time, whatever is found; there is none without an end."""
    return _decide(ids, "suppress", why, author, case_folder, until)


def _decide(
    ids: tuple[str, ...],
    kind: SaidKind,
    why: str,
    author: str,
    case_folder: Path | None,
    until: str | None = None,
) -> int:
    from datetime import UTC, datetime

    from forensics.errors import UsageError
    from forensics.timeline import when

    end = None
    if until is not None:
        try:
            end = datetime.now(UTC) + when.window(until)
        except UsageError:
            end = when.parse(until, "UTC").earliest
    with open_evidence(case_folder, (), ()) as case:
        # All ids are looked up before anything is written.
        names = [case.finding(one).standing.id for one in ids]
        for name in dict.fromkeys(names):
            case.decide(name, kind, author=author, why=why, until=end)
            state = case.finding(name).standing
            console.say(f"{name[:8]}  {state.state.replace('_', ' ')}: {state.sentence}")
    return ExitCode.CLEAN
