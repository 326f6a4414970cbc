"""`forensics demo`: the sample story, from raw logs to a report, in one go."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

import click

from forensics.cli import console
from forensics.cli.exit_codes import ExitCode
from forensics.cli.progress import watching
from forensics.cli.telling import tell_ingest
from forensics.errors import InputError

_STORIES = ("eleven-minutes", "approved-enforcement", "stolen-session")
_TARGET = "@headofstate"


@click.command(short_help="See it work: a sample story, from raw logs to a report.")
@click.option(
    "--story", type=click.Choice(_STORIES), default=_STORIES[0], show_default=True, help="Which."
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("forensics-demo"),
    show_default=True,
    metavar="DIR",
    help="Folder for the logs, the case and the report.",
)
def command(story: str, into: Path) -> int:
    """Copy a sample story's logs, make a case of them, rebuild the outage, scan, write a report.

    The story: on a contractor's last working day, a head of state's account is down for eleven
    minutes. Everything in it is invented.
    """
    from forensics import api
    from forensics.evidence.case import is_case
    from forensics.reports import html, replacing, terminal

    logs = into / "logs" / story
    spoilers = shutil.ignore_patterns("truth.toml")
    shutil.copytree(story_folder(story), logs, dirs_exist_ok=True, ignore=spoilers)
    folder = into / f"case-{story}"
    case = (api.open_case if is_case(folder) else api.create_case)(folder)
    with watching() as progress:
        report = case.ingest(str(logs), progress=progress)
    tell_ingest(report)
    with case:
        rebuilt = case.outage(_TARGET)
        found = case.scan()
        terminal.overview(rebuilt, console.out())
        terminal.scan(found, console.out())
        page = into / f"outage-{story}.html"
        with replacing(page) as stream:
            stream.write(html.outage(rebuilt).encode("utf-8"))
    console.say(
        f"\nThe report is {page}. Try next:\n"
        f"  forensics outage {_TARGET} --case {folder}\n"
        f"  forensics actor contractor-7 --case {folder}\n"
        f"  forensics verify --case {folder}"
    )
    return ExitCode.CLEAN


def story_folder(name: str) -> Path:
    """The folder of a sample story: in the wheel beside the package, else in the source tree."""
    package = Path(str(resources.files("forensics")))
    for base in (package / "sample_logs", package.parent / "sample_logs"):
        if (base / name).is_dir():
            return base / name
    raise InputError(
        "The sample stories did not come with this installation.",
        place=str(package / "sample_logs"),
        remedy="Install the wheel, or run from the source tree.",
    )
