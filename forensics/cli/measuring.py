"""The metrics of a recorded scan, in a file that is there whole or as it was before."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console, delivery
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.api.case import Case
    from forensics.cli.recording import Scanned


def metrics_option(command: Callable[..., int]) -> Callable[..., int]:
    """`--metrics`."""
    return click.option(
        "--metrics",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="With --record: also write Prometheus metrics to this file, as NAME.prom.",
    )(command)


def check(metrics: Path | None, *, record: bool) -> None:
    """Raise `UsageError` for metrics that could not be written, before the scan."""
    if metrics is None:
        return
    if not record:
        raise UsageError(
            "Metrics are of recorded scans.", remedy="Add --record, or leave --metrics."
        )
    delivery.check("text", metrics)


def write(case: Case, scanned: Scanned, unnotified: int, metrics: Path | None) -> bool:
    """Write the metrics, if asked for; whether they are there, or else it is said on stderr.

    Everybody may read them: the collector is another user, and no number of them is secret.
    """
    if metrics is None or scanned.standings is None or scanned.standings.scan is None:
        return True
    from forensics.reports import replacing
    from forensics.reports.metrics import Night, exposition

    scan = scanned.standings.scan
    night = Night(
        scan=scan,
        standings=scanned.standings,
        coverage=scanned.document.coverage,
        success=max((one.time for one in case.scans() if one.complete), default=None),
        latest=case.latest(scan.time),
        unnotified=unnotified,
    )
    try:
        with replacing(metrics) as stream:
            stream.write(exposition(night).encode("utf-8"))
            os.fchmod(stream.fileno(), 0o644)
    except (OSError, UsageError) as error:
        # The scan is recorded, and its answer still to be drawn.
        console.complain(f"metrics not written: {error}")
        return False
    return True
