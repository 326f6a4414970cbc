"""`forensics note`: notes and tags beside events, sealed in the custody of the case."""

from __future__ import annotations

from pathlib import Path

import click

from forensics.cli import asking, console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import case_option, format_option, open_evidence


class Notes(click.Group):
    """A group that takes the id of an event for the command that notes something beside it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but `EVENT TEXT` is `add EVENT TEXT`."""
        if args and self.get_command(ctx, args[0]) is None:
            args = ["add", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Notes, short_help="Notes and tags beside events: EVENT TEXT, list, remove.")
def command() -> None:
    """Notes and tags beside events; they show in timelines and reports.

    forensics note 3fa1 "the ticket was closed by then" --tag key notes something beside an event.
    Each is sealed in the custody of the case, with author and time. None is ever changed.
    """


@command.command("add")
@click.argument("event")
@click.argument("text", default="")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A word to find it by: tag:TAG.")
@asking.author_option
@case_option
def add(event: str, text: str, tags: tuple[str, ...], author: str, case_folder: Path | None) -> int:
    """Note something beside the event whose id begins with EVENT."""
    with open_evidence(case_folder, (), ()) as case:
        made = case.note(event, text, author=author, tags=tags)
    console.say(f"Note {made.note_id} beside event {made.event_uid}.")
    return ExitCode.CLEAN


@command.command("list")
@click.argument("event", required=False)
@click.option("--withdrawn", is_flag=True, help="Also notes that were withdrawn since.")
@format_option(*asking.FORMATS)
@asking.pager_option
@case_option
def list_(
    event: str | None, withdrawn: bool, output_format: str, pager: bool, case_folder: Path | None
) -> int:
    """All notes in the order of writing, or those of one event."""
    delivery.check(output_format, None)
    with open_evidence(case_folder, (), ()) as case:
        found = case.questions.notes(event, withdrawn=withdrawn)
        if not found.num_rows:
            console.say('There is no note. Write one with: forensics note EVENT "..."')
        if output_format == "table":
            from forensics.reports import terminal

            delivery.view(lambda shown: terminal.notes(found, shown), None, pager=pager)
        else:
            delivery.table(found, output_format, None)
    return ExitCode.CLEAN


@command.command("remove")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--why", default="", metavar="TEXT", help="The reason, kept with it.")
@asking.author_option
@case_option
def remove(number: int, why: str, author: str, case_folder: Path | None) -> int:
    """Withdraw the note of that NUMBER: it no longer shows, and stays in custody."""
    with open_evidence(case_folder, (), ()) as case:
        gone = case.notebook.withdraw(number, author=author, why=why)
    console.say(f"Note {gone.note_id} is withdrawn; forensics note list --withdrawn still has it.")
    return ExitCode.CLEAN
