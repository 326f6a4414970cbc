"""Options of the commands that take Sigma rules."""

from __future__ import annotations

from pathlib import Path

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
