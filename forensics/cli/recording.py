"""A scan that the case records, so that a night says the same thing once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from forensics.cli import console
from forensics.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.api.case import Case
    from forensics.findings.document import ScanReport


def recording_options(command: Callable[..., int]) -> Callable[..., int]:
    """`--record` and `--new`."""
    new = click.option(
        "--new",
        "new_only",
        is_flag=True,
        help="With --record: show only what no scan told of before, or what was opened again.",
    )
    record = click.option(
        "--record",
        is_flag=True,
        help="Keep the scan and its findings in the case: see forensics findings and scans.",
    )
    return record(new(command))


def check(*, record: bool, new_only: bool, logs: Sequence[str]) -> None:
    """Raise `UsageError` for what cannot be meant, before anything is read."""
    if new_only and not record:
        raise UsageError(
            "Nothing is new to a scan that is not recorded.", remedy="Add --record, or leave --new."
        )
    if record and logs:
        raise UsageError(
            "A scan is recorded in a case, and --logs makes none.",
            remedy="forensics ingest LOGS --case DIR, then scan --case DIR --record",
        )


def scan(
    case: Case, asked: Callable[[], ScanReport], *, record: bool, new_only: bool
) -> ScanReport:
    """The scan that was asked for; with `new_only` its findings are those to be told of now."""
    import msgspec

    if not record:
        return asked()
    from forensics.findings.standing import TO_TELL
    from forensics.reports import terminal

    document, _ = case.record(asked)
    standings = case.findings()
    console.say(terminal.night(document, standings))
    if not new_only:
        return document
    told = {one.standing.id for one in standings.findings if one.standing.state in TO_TELL}
    kept = tuple(one for one in document.findings if one.id in told)
    return msgspec.structs.replace(document, findings=kept)
