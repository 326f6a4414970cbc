"""`--statements`: what witnesses say, beside the records or without any."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from forensics.cli import console

if TYPE_CHECKING:
    from forensics.timeline.statements import Statements

_FILES = f"{__name__}.files"


def _keep(ctx: click.Context, param: click.Parameter, value: tuple[Path, ...]) -> None:
    """Keep the files for `told`, so that no command passes them on."""
    del param
    ctx.meta[_FILES] = value


statements_option = click.option(
    "--statements",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    expose_value=False,
    callback=_keep,
    help="YAML of what witnesses say, weighed beside the records; several may be given.",
)


def files() -> tuple[Path, ...]:
    """The files that the command was given."""
    given: tuple[Path, ...] = click.get_current_context().meta.get(_FILES, ())
    return given


def told() -> Statements:
    """What the files say that the command was given; raises as `timeline.statements.load` does."""
    from forensics.timeline.statements import load

    return load(files())


def case_or_nothing(
    case_folder: Path | None, logs: tuple[str, ...], said: Statements
) -> Path | None:
    """The case to ask: where none is named and there are statements, one that holds no record."""
    if case_folder is not None or logs or not said:
        return case_folder
    from forensics.evidence.throwaway import nothing

    console.say("No records are named: only statements are weighed.")
    return nothing()
