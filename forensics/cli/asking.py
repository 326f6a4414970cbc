"""Questions to the events on the command line: their options, and how they are answered."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from forensics.cli import console, delivery, nothing_found
from forensics.cli.options import display_zone, zone_option

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

    from forensics.api import Case

F = TypeVar("F", bound=Callable[..., Any])
# More gaps than these are counted.
_GAPS = 6
# A table is for reading; more events than this are read by a program.
_MOST_SHOWN = 2000
# From so many events on, how they lie in time says more than their list.
_WORTH_DRAWING = 10
_COUNTING = ("count_by", "first_seen")
_SHARED = ("session", "actor", "target", "ip", "case")

FORMATS = ("table", "csv", "jsonl", "json", "parquet")


def _shared(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """What is shared, by single names, whether these were given one by one or by commas."""
    choice = click.Choice(_SHARED)
    names = (name.strip() for one in value for name in one.split(","))
    return tuple(dict.fromkeys(choice.convert(name, param, ctx) for name in names))


_WHO = (
    click.option("--actor", metavar="WHO", help="Acts of this account: login, e-mail, id or name."),
    click.option("--target", metavar="WHAT", help="Acts on this object, by any of its names."),
)
_WHEN = (
    click.option(
        "--since", metavar="TIME", help='From then on: "2017-11-02 18:50 EDT", "3 days ago".'
    ),
    click.option("--until", metavar="TIME", help="Before then; a date means its whole day."),
)
_QUESTION = (
    *_WHO,
    click.option(
        "--action", metavar="VERB", help="Acts of this kind: account.deactivate, account.*"
    ),
    click.option("--source", metavar="NAME", help="Events of this log source."),
    *_WHEN,
    click.option(
        "--around",
        metavar="EVENT|TIME",
        help="What lies within --window of this time (with its date), or of the event whose id"
        " begins so.",
    ),
    click.option(
        "--window",
        metavar="SPAN",
        help="For --around  [default: 15m; without end where --same is given]",
    ),
    click.option(
        "--same",
        multiple=True,
        metavar="WHAT[,WHAT]",
        callback=_shared,
        help=f"What shares this with the event of --around: {', '.join(_SHARED)}.",
    ),
    click.option(
        "--context",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Also the N events of the case before and after each; ▸ marks what was asked for.",
    ),
    click.option(
        "--limit",
        type=click.IntRange(min=0),
        metavar="N",
        help="Only the first N rows; with --around the event and those nearest to it.",
    ),
    click.option("--raw", is_flag=True, help="Show each record as it stood."),
    click.option(
        "--count-by",
        metavar="FIELD[,FIELD]",
        help="Count the events by these fields instead: actor,action or raw.a.path; also by day"
        " or hour, of UTC.",
    ),
    click.option(
        "--first-seen",
        metavar="FIELD[,FIELD]",
        help="Only the first event of each value that no event before --since bears.",
    ),
    zone_option,
)


def _one_query(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> str | None:
    """The query; several words are one that the shell took apart, with the quotes in it gone."""
    del param
    if len(value) > 1:
        whole = shlex.quote(" ".join(value))
        raise click.UsageError(f"Put the whole query in quotes, as in {whole}.", ctx)
    return value[0] if value else None


query_argument = click.argument("query", nargs=-1, metavar="[QUERY]", callback=_one_query)


def question_options(command: F) -> F:
    """What the events have to be, what they are pivoted and counted by, and the zone of times."""
    for option in reversed(_QUESTION):
        command = option(command)
    return command


def who_and_when(command: F) -> F:
    """Of the same options those that say whose acts, on what and when."""
    for option in reversed((*_WHO, *_WHEN)):
        command = option(command)
    return command


def _login() -> str:
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError):
        return ""


author_option = click.option(
    "--author",
    envvar="FORENSICS_AUTHOR",
    default=_login,
    show_default="your login",
    metavar="WHO",
    help="Who writes this (also $FORENSICS_AUTHOR).",
)


pager_option = click.option(
    "--pager/--no-pager",
    default=True,
    help="Read a long table in $PAGER, on a terminal  [default: pager]",
)


def check(asked: Mapping[str, Any]) -> None:
    """Refuse options that do not go together."""
    context = click.get_current_context()
    if asked.get("window") is not None and asked.get("around") is None:
        raise click.UsageError("--window goes with --around EVENT or TIME.", context)
    if asked.get("same") and asked.get("around") is None:
        raise click.UsageError("--same goes with --around EVENT.", context)
    if asked.get("count_by") and asked.get("first_seen"):
        raise click.UsageError("--count-by and --first-seen exclude each other.", context)
    if asked.get("context") and any(asked.get(one) for one in _COUNTING):
        raise click.UsageError("--context goes with a plain timeline.", context)


def answer(
    case: Case,
    query: str | None,
    asked: Mapping[str, Any],
    *,
    output_format: str,
    output: Path | None,
    pager: bool,
) -> None:
    """Put the question to the case and hand over the answer; `asked` is by option."""
    filters = {name: one for name, one in asked.items() if name not in _COUNTING}
    zone = display_zone(filters.get("zone") or "UTC")
    if fields := asked.get("count_by"):
        found = case.questions.count_by(fields, query, **_shown_at_most(filters, output_format))
        what = "rows"
    elif fields := asked.get("first_seen"):
        found = case.questions.first_seen(fields, query, **_shown_at_most(filters, output_format))
        _say_compared(case, query, filters)
        what = "first events"
    else:
        found = case.questions.timeline(query, **_shown_at_most(filters, output_format))
        what = "events"
    if not found.num_rows:
        nothing_found.say(case, filters, query, what)
    _say_gaps(case, query, filters)
    remarks = _remarks(case, query, found)
    total = _total(case, query, asked, found)
    if output_format != "table":
        delivery.table(found, output_format, output, remarks)
        if total is not None:
            console.say(f"There are {total:,} {what} in all; --limit left out the others.")
        return
    from forensics.reports import terminal

    few = found.slice(0, _MOST_SHOWN) if filters.get("limit") is None else found
    bins = _bins(case, query, filters, few, found) if what == "events" else None

    def draw(shown: Console) -> None:
        if what == "rows":
            terminal.counts(few, shown, zone, total)
        else:
            terminal.timeline(few, shown, zone, bins, total)
        terminal.remarks(remarks, shown)

    delivery.view(draw, output, pager=pager)
    if few.num_rows < found.num_rows:
        console.say(
            f"Only the first {_MOST_SHOWN:,} {what} are shown. Narrow the question,"
            " or take all with -t csv."
        )


def _total(case: Case, query: str | None, asked: Mapping[str, Any], found: pa.Table) -> int | None:
    """How many rows there are where `--limit` left some out; else None."""
    limit = asked.get("limit")
    marked = "matched" in found.column_names
    shown = found["matched"].to_pylist().count(True) if marked else found.num_rows
    if limit is None or shown < limit:
        return None
    filters = {name: one for name, one in asked.items() if name not in _COUNTING}
    every = {**filters, "limit": None}
    if fields := asked.get("count_by"):
        total = case.questions.count_by(fields, query, **every).num_rows
    elif fields := asked.get("first_seen"):
        total = case.questions.first_seen(fields, query, **every).num_rows
    else:
        total = case.questions.total(query, **every)
    return total if total > shown else None


def _remarks(case: Case, query: str | None, found: pa.Table) -> list[str]:
    """How the times of a query were read, what was told of clocks, and which were not measured."""
    from forensics.conditions.query import understood
    from forensics.timeline.succession import COLUMN

    said = [*understood(query or ""), *told_of_clocks(case)]
    judged = COLUMN in found.column_names and found[COLUMN].null_count < found.num_rows
    if judged and (unmeasured := case.questions.unmeasured()):
        said.append(unmeasured)
    return said


def told_of_clocks(case: Case) -> list[str]:
    """What `--assume` told, beside an answer that shows the times of records."""
    as_stamped = "Times of events are shown as recorded; what was assumed does not move them."
    return [*case.assumed, as_stamped] if case.assumed else []


def try_out(case: Case, query: str | None, asked: Mapping[str, Any]) -> None:
    """Raise `UsageError` when the question could not be asked; its answer is not looked for."""
    display_zone(asked.get("zone") or "UTC")
    filters = {name: one for name, one in asked.items() if name not in _COUNTING} | {"limit": 0}
    if fields := asked.get("count_by"):
        case.questions.count_by(fields, query, **filters)
    elif fields := asked.get("first_seen"):
        case.questions.first_seen(fields, query, **filters)
    else:
        case.questions.timeline(query, **filters)


def _shown_at_most(filters: Mapping[str, Any], output_format: str) -> dict[str, Any]:
    """The filters; for a table that names no limit, one row more than it shows."""
    capped = output_format == "table" and filters.get("limit") is None
    return {**filters, "limit": _MOST_SHOWN + 1} if capped else dict(filters)


def _bins(
    case: Case, query: str | None, filters: Mapping[str, Any], few: pa.Table, found: pa.Table
) -> pa.Table | None:
    """All events that fit over time; None where there are few, or context among them."""
    from forensics.timeline import tallies

    if found.num_rows < _WORTH_DRAWING or filters.get("context"):
        return None
    limit = filters.get("limit")
    whole = few.num_rows == found.num_rows and (limit is None or found.num_rows < limit)
    return tallies.bins(found["time"]) if whole else case.questions.histogram(query, **filters)


def _say_compared(case: Case, query: str | None, filters: Mapping[str, Any]) -> None:
    """What the window was compared with; a first event means little where that is nothing."""
    if filters.get("since") is None and filters.get("around") is None:
        console.say("No --since: compared with nothing, so this is the first event of every value.")
        return
    from forensics.timeline.when import utc_text

    before = case.questions.before(query, **filters)
    if before.since is None:
        console.say("No event that fits lies before the window: every value in it is a first one.")
    else:
        console.say(
            f"Compared with {before.events:,} events before, from {utc_text(before.since)}."
        )


def _say_gaps(case: Case, query: str | None, filters: Mapping[str, Any]) -> None:
    """Where records are missing in the time asked about: what is not shown may have been."""
    found = case.questions.gaps(query, **filters)
    for one in found[:_GAPS]:
        console.say(one.sentence)
    if (more := len(found) - _GAPS) > 0:
        console.say(f"... and {more} more gaps; forensics sources coverage tells of all.")
