"""`forensics schedule`: the night scan as units for systemd, cron, Kubernetes and GitHub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from forensics.cli import console, scheduling
from forensics.cli.exit_codes import ExitCode

F = TypeVar("F", bound=Callable[..., Any])
_LEVELS = ("informational", "low", "medium", "high", "critical")


@click.group(short_help="Print units that run the night scan: systemd, cron, and others.")
def command() -> None:
    """Print a unit that ingests what is there, scans the case and records the scan.

    Nothing is installed. The unit fails where something could not be looked at, and where
    something of --fail-on is new; the graver exit code of ingest and scan is its own.
    """


def _night_options(command: F) -> F:
    """What is read, into which case, when, and from which level on a night fails."""
    options = (
        click.argument("logs", nargs=-1, required=True, metavar="LOGS...", type=Path),
        click.option("--case", required=True, type=Path, metavar="DIR", help="The case to keep."),
        click.option(
            "--at",
            default="03:00",
            show_default=True,
            metavar="HH:MM",
            help="When, by the clock of the machine; for kubernetes and github in UTC.",
        ),
        click.option(
            "--fail-on",
            type=click.Choice(_LEVELS),
            default="high",
            show_default=True,
            help="Fail when a finding of this level or above is new.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


_program = click.option(
    "--program",
    type=Path,
    default=scheduling.program,
    show_default="the one that runs",
    metavar="FILE",
    help="The forensics command on the machine that scans.",
)


@command.command("systemd")
@_night_options
@_program
@click.option("--unit", type=click.Choice(("service", "timer")), help="Only one of the two units.")
def systemd(unit: str | None, at: str, **asked: Any) -> int:
    """A service and its timer, named forensics-night.

    The service may write into the case alone, which has to be there, and reaches no network.
    """
    units = {
        "service": scheduling.service(scheduling.night(**asked)),
        "timer": scheduling.timer(*scheduling.clock(at)),
    }
    shown = units if unit is None else {unit: units[unit]}
    text = "\n".join(f"# forensics-night.{name}\n{body}" for name, body in shown.items())
    return _print(text)


@command.command("cron")
@_night_options
@_program
def cron(at: str, **asked: Any) -> int:
    """One line of a crontab.

    It is silent on a night that does not fail, so that cron sends no mail then.
    """
    return _print(scheduling.crontab(scheduling.night(**asked), *scheduling.clock(at)))


@command.command("kubernetes")
@_night_options
@click.option("--image", required=True, metavar="NAME", help="The image that holds forensics.")
@click.option(
    "--claim", required=True, metavar="NAME", help="The volume claim that holds the case."
)
@click.option(
    "--logs-claim", required=True, metavar="NAME", help="The volume claim that holds the logs."
)
def kubernetes(at: str, image: str, claim: str, logs_claim: str, **asked: Any) -> int:
    """A CronJob; LOGS is one folder, where the claim of the logs is mounted read-only."""
    night = scheduling.night(program=Path("forensics"), **asked)
    hour, minute = scheduling.clock(at)
    return _print(scheduling.cron_job(night, hour, minute, image, claim, logs_claim))


@command.command("github")
@_night_options
def github(at: str, **asked: Any) -> int:
    """A workflow for a runner of your own, on whose disk the case stays."""
    night = scheduling.night(program=Path("forensics"), **asked)
    return _print(scheduling.workflow(night, *scheduling.clock(at)))


def _print(text: str) -> int:
    console.data(text)
    return ExitCode.CLEAN
