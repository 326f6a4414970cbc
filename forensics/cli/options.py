"""Options that several commands share: where the evidence is, how the answer is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from forensics.cli import console, interrupting, statements
from forensics.cli.telling import REREAD, tell_enrichment, tell_ingest
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.api import Case

F = TypeVar("F", bound=Callable[..., Any])
_LIMITS = f"{__name__}.limits"
_ASSUMED = f"{__name__}.assumed"


_EXCLUDING = re.compile(r"-([a-z_@]+|raw\.[^:]+):.*", re.DOTALL)


def _check_signs(ctx: click.Context, args: list[str]) -> None:
    """Refuse `-outcome:failure`, which would be taken for `-o utcome:failure` and write a file."""
    for one in args[: args.index("--")] if "--" in args else args:
        if _EXCLUDING.fullmatch(one):
            raise click.UsageError(
                f"{one!r} begins like an option. Write 'NOT {one[1:]}', or put -- before it.", ctx
            )


class LogsCommand(click.Command):
    """A command whose `--logs` takes every path up to the next option, as shells expand globs.

    What looks like a query that begins with a minus sign is refused.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Turn `--logs a b` into `--logs a --logs b`."""
        _check_signs(ctx, args)
        spread: list[str] = []
        taking = first = False
        for position, one in enumerate(args):
            if one == "--":
                spread += args[position:]
                break
            if one == "--logs":
                taking = first = True
                continue
            if taking and (not one.startswith("-") or one == "-"):
                spread += ["--logs", one]
                first = False
                continue
            if taking and first:
                raise click.UsageError("--logs needs at least one path.", ctx)
            taking = False
            spread.append(one)
        if taking and first:
            raise click.UsageError("--logs needs at least one path.", ctx)
        return super().parse_args(ctx, spread)


def _size(text: str) -> int:
    """A number of bytes, as people write it: 500000, 64GiB, 2T; units are powers of 1024."""
    found = re.fullmatch(r"(\d{1,15})\s*(?:([KMGT])I?)?B?", text.strip().upper())
    if not found:
        raise click.BadParameter(f"{text!r} is no size; write it as 64GiB.")
    return int(found[1]) << 10 * " KMGT".index(found[2] or " ")


def _limit(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep how to read for whoever reads the input, so that no command passes it on."""
    ctx.meta.setdefault(_LIMITS, {})[param.name] = value


def _assume(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    """Keep what is told of clocks for `open_evidence`, so that no command passes it on."""
    del param
    ctx.meta[_ASSUMED] = value


def assumed() -> tuple[str, ...]:
    """What the command was told of clocks with `--assume`."""
    told: tuple[str, ...] = click.get_current_context().meta.get(_ASSUMED) or ()
    return told


def limits() -> dict[str, Any]:
    """How input is to be read, how far compressed input may expand too, as the command was told."""
    found: dict[str, Any] = click.get_current_context().meta.get(_LIMITS, {})
    return found


def expansion_options(command: F) -> F:
    """`--max-ratio` and `--max-bytes`; see `limits`."""
    for option in (
        click.option(
            "--max-bytes",
            type=_size,
            default="256GiB",
            show_default=True,
            metavar="SIZE",
            expose_value=False,
            callback=_limit,
            help="How much one compressed file or archive may expand to.",
        ),
        click.option(
            "--max-ratio",
            type=click.IntRange(min=1),
            default=200,
            show_default=True,
            metavar="N",
            expose_value=False,
            callback=_limit,
            help="How many times its own size a compressed file or archive may expand to.",
        ),
    ):
        command = option(command)
    return command


reread_option = click.option(
    "--reread",
    is_flag=True,
    expose_value=False,
    callback=_limit,
    help="Read files that the case knows anew, in place of what was made of them.",
)


def evidence_options(command: F) -> F:
    """`--case` or `--logs`, what bounds reading them, and the catalog of own sources."""
    for option in (
        expansion_options,
        _logs_enrichment_options,
        click.option(
            "--assume",
            multiple=True,
            metavar="SOURCE=±5s",
            expose_value=False,
            callback=_assume,
            help="Take the clock of a source to be off so far, or as in SOURCE=-90s..+10s.",
        ),
        click.option(
            "--zone",
            "default_zone",
            metavar="ZONE",
            help="Zone of roster dates whose row, site and provider name none.",
        ),
        catalog_option,
        click.option(
            "--logs",
            multiple=True,
            metavar="PATH...",
            help="Ask files, folders or globs directly, over a throwaway case in the cache.",
        ),
        case_option,
    ):
        command = option(command)
    return command


case_option = click.option(
    "--case",
    "case_folder",
    envvar="FORENSICS_CASE",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The case to ask (also $FORENSICS_CASE).",
)


catalog_option = click.option(
    "--catalog",
    "catalog_folders",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A folder of own source declarations (also $FORENSICS_CATALOG).",
)


def enrichment_options(command: F) -> F:
    """`--geoip` and `--ranges`: what addresses are looked up in."""
    return _lookups(command, "")


def _logs_enrichment_options(command: F) -> F:
    """The same for `--logs`; see `limits`."""
    return _lookups(command, " With --logs.", expose_value=False, callback=_limit)


def _lookups(command: F, where: str, **how: Any) -> F:
    for option in (
        click.option(
            "--ranges",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A CSV list cidr,label[,note] that labels addresses; the longest prefix counts."
            + where,
            **how,
        ),
        click.option(
            "--geoip",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="A folder of .mmdb databases of countries, cities, AS or anonymous addresses."
            + where,
            **how,
        ),
    ):
        command = option(command)
    return command


def format_option(*formats: str) -> Callable[[F], F]:
    """`-t`: how the answer is written; the first is the default."""
    return click.option(
        "-t",
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How the answer is written.",
    )


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to a file instead of stdout; it appears whole or not at all.",
)

zone_option = click.option(
    "--tz",
    "zone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="Zone in which times are read and shown.",
)


def display_zone(name: str) -> tzinfo:
    """A zone for showing times; raises `UsageError` when there is none of that name."""
    from zoneinfo import ZoneInfo

    with suppress(KeyError, ValueError, OSError):
        return ZoneInfo(name)
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    near = get_close_matches(name, sorted(available_timezones()), n=3, cutoff=0.5)
    raise UsageError(
        f"There is no time zone {name!r}.",
        remedy="Write an IANA name such as " + ", ".join(near or ["Europe/Paris"]) + ".",
    )


def open_evidence(
    case_folder: Path | None,
    logs: tuple[str, ...],
    catalog_folders: tuple[Path, ...],
    default_zone: str | None = None,
) -> Case:
    """The case that the evidence options name; raises `UsageError` when they name none or both."""
    from forensics import api

    if logs:
        asked = click.get_current_context().get_parameter_source("case_folder")
        if asked is click.core.ParameterSource.COMMANDLINE:
            raise UsageError("--case and --logs exclude each other.", remedy="Give one of them.")
        from forensics.cli.progress import watching

        with watching() as progress:
            case = api.open_logs(
                *logs,
                catalog_folders=catalog_folders,
                default_zone=default_zone,
                progress=progress,
                **limits(),
            )
        if case.ingest_report:
            tell_ingest(case.ingest_report)
            if case.ingest_report.enrichment:
                tell_enrichment(case.ingest_report.enrichment)
        else:
            console.say("Using the case kept from the last time these same files were read.")
        return _ready(case)
    if case_folder is None:
        either = "logs" in click.get_current_context().params
        raise UsageError(
            "There is nothing to ask.",
            remedy=f"Name a case with --case DIR{', or files with --logs PATH...' * either}",
        )
    if any(limits().get(name) for name in ("geoip", "ranges")):
        raise UsageError(
            "--geoip and --ranges go with --logs.",
            remedy="A case is enriched by forensics enrich --case DIR, with the same options.",
        )
    case = api.open_case(case_folder, catalog_folders=catalog_folders, default_zone=default_zone)
    for one in case.outdated(given_only=True):
        console.say(f"{one.sentence}. {REREAD}")
    return _ready(case)


def _ready(case: Case) -> Case:
    """A case to ask: interruptible, its inputs safe from the answer, clocks as they were told."""
    interrupting.watch(case)
    _spare_inputs(case)
    if told := assumed():
        case.assume(*told)
    return case


def _spare_inputs(case: Case) -> None:
    """Refuse to write the answer over a file that was read as evidence, or that witnesses wrote."""
    output = click.get_current_context().params.get("output")
    if output is None or not output.exists():
        return
    read = [*(Path(row.path) for row in case.store.files), *statements.files()]
    if output.resolve() in {path.resolve() for path in read}:
        raise UsageError(
            "This file was read as evidence; it is not overwritten.",
            place=str(output),
            remedy="Name another file with -o.",
        )


@contextmanager
def growing_case(folder: Path, catalog_folders: tuple[Path, ...] = ()) -> Iterator[Case]:
    """The case to add to, made when there is none; one that was made for nothing is removed."""
    import shutil

    from forensics import api
    from forensics.evidence.case import is_case

    existed, stood = is_case(folder), folder.exists()
    opening = api.open_case if existed else api.create_case
    with opening(folder, catalog_folders=catalog_folders) as case:
        try:
            yield case
        except BaseException:
            if not existed and not any(case.paths.segments.glob("*.parquet")):
                shutil.rmtree(folder, ignore_errors=True)
                if stood:
                    folder.mkdir(mode=0o700)
            raise


def is_incomplete(case: Case, logs: Sequence[str] | None = None) -> bool:
    """Whether part of what the case was given could not be read.

    Given the `logs` of a question (none where it asks a case), what counts is whether it was read
    for that question, or nothing was read at all: the rest, the command that read it told.
    """
    from forensics.evidence.known import is_unread

    files = case.store.files
    unread = any(is_unread(row) for row in files)
    told = logs is not None and not logs
    return unread and not (told and any(row.stored or row.duplicate for row in files))
