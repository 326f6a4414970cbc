"""Options of the commands that take Sigma rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

rules_option = click.option(
    "--rules",
    "paths",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="Rules, or folders of them, beside the tool's own; may be repeated.",
)
values_option = click.option(
    "--values",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="YAML of what placeholders (|expand) stand for: a name and its list.",
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--rule-settings` and `--as-of`."""
    settings = click.option(
        "--rule-settings",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        metavar="FILE",
        help="YAML of levels of rules, and of matches ignored, each with an owner and an end.",
    )
    as_of = click.option(
        "--as-of",
        metavar="TIME",
        help="Read the ends in --rule-settings as of this time  [default: now].",
    )
    return settings(as_of(command))


def moment(as_of: str | None) -> datetime | None:
    """The time of `--as-of`, in UTC where it names no zone; raises `UsageError` for none."""
    from forensics.timeline import when

    return when.parse(as_of, "UTC").earliest if as_of else None
