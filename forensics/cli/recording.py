"""A scan that the case records, so that a night says the same thing once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from forensics.cli import console
from forensics.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forensics.api.case import Case
    from forensics.findings.document import Finding, ScanReport
    from forensics.findings.standing import FindingList, StandingFinding


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


@dataclass(frozen=True)
class Scanned:
    """A scan, with the findings to show; recorded, also how those of the case stand since then."""

    document: ScanReport
    standings: FindingList | None = None

    @property
    def told(self) -> tuple[StandingFinding, ...]:
        """What no scan told of before, or what was opened again, of the findings to show."""
        from forensics.findings.standing import TO_TELL

        if self.standings is None:
            return ()
        here = {one.id for one in self.document.findings}
        return tuple(
            one
            for one in self.standings.findings
            if one.standing.state in TO_TELL and one.standing.id in here
        )

    def of(self, findings: Iterable[Finding]) -> Scanned:
        """The same scan with these of its findings to show."""
        import msgspec

        shown = msgspec.structs.replace(self.document, findings=tuple(findings))
        return replace(self, document=shown)


def scan(case: Case, asked: Callable[[], ScanReport], *, record: bool, new_only: bool) -> Scanned:
    """The scan that was asked for; with `new_only` its findings are those to be told of now."""
    if not record:
        return Scanned(asked())
    from forensics.reports import terminal

    document, _ = case.record(asked)
    scanned = Scanned(document, case.findings())
    if scanned.standings is not None:
        console.say(terminal.night(document, scanned.standings))
    if not new_only:
        return scanned
    told = {one.standing.id for one in scanned.told}
    return scanned.of(one for one in document.findings if one.id in told)
