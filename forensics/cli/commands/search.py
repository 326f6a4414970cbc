"""`forensics search`: questions kept in the case by name."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forensics.cli import asking, console, delivery
from forensics.cli.exit_codes import ExitCode
from forensics.cli.options import (
    LogsCommand,
    case_option,
    format_option,
    open_evidence,
    output_option,
)

_COMMANDLINE = click.core.ParameterSource.COMMANDLINE


@click.group(short_help="Questions kept in the case by name: save, list, show, run, delete.")
def command() -> None:
    """Questions of `forensics timeline`, kept in the case by name.

    Relative times ("3 days ago") are kept as words and read anew at each run. What was saved or
    deleted, by whom and when, is sealed in the custody of the case.
    """


@command.command("save")
@click.argument("name")
@asking.query_argument
@asking.question_options
@click.option("--replace", is_flag=True, help="Take the place of a search of that name.")
@asking.author_option
@case_option
def save(
    name: str,
    query: str | None,
    replace: bool,
    author: str,
    case_folder: Path | None,
    **asked: Any,
) -> int:
    """Keep the question as NAME, once it can be asked."""
    asking.check(asked)
    defaults = {one.name: one.default for one in click.get_current_context().command.params}
    told = {option: one for option, one in asked.items() if one and one != defaults[option]}
    with open_evidence(case_folder, (), ()) as case:
        asking.try_out(case, query, told)
        kept = {"query": query, **told} if query else told
        case.notebook.save(name, kept, author=author, replace=replace)
    console.say(f"Saved. To ask it: forensics search run {name}")
    return ExitCode.CLEAN


@command.command("list")
@format_option("text", "json")
@case_option
def list_(output_format: str, case_folder: Path | None) -> int:
    """All saved searches, each as the command that asks the same."""
    with open_evidence(case_folder, (), ()) as case:
        found = case.notebook.searches()
    if output_format == "json":
        delivery.value([vars(one) for one in found])
    else:
        width = max((len(one.name) for one in found), default=0)
        delivery.lines([f"{one.name:{width}}  {_line(one.asked)}" for one in found])
        if not found:
            console.say("None is saved. Save one with: forensics search save NAME [QUERY] ...")
    return ExitCode.CLEAN


@command.command("show")
@click.argument("name")
@format_option("text", "json")
@case_option
def show(name: str, output_format: str, case_folder: Path | None) -> int:
    """One saved search: what it asks, who saved it and when."""
    from forensics.timeline.when import utc_text

    with open_evidence(case_folder, (), ()) as case:
        found = case.notebook.search(name)
    if output_format == "json":
        delivery.value(vars(found))
    else:
        saved = utc_text(datetime.fromisoformat(found.time))
        delivery.lines([_line(found.asked), f"saved by {found.author} at {saved}"])
    return ExitCode.CLEAN


@command.command("run", cls=LogsCommand)
@click.argument("name")
@asking.question_options
@format_option(*asking.FORMATS)
@output_option
@asking.pager_option
@case_option
def run(
    name: str,
    output_format: str,
    output: Path | None,
    pager: bool,
    case_folder: Path | None,
    **told: Any,
) -> int:
    """Ask the case the question saved as NAME; an option given here counts before a saved one."""
    delivery.check(output_format, output)
    source = click.get_current_context().get_parameter_source
    given = {one: value for one, value in told.items() if source(one) is _COMMANDLINE}
    with open_evidence(case_folder, (), ()) as case:
        asked = {**case.notebook.search(name).asked, **given}
        asking.check(asked)
        query = asked.pop("query", None)
        asking.answer(case, query, asked, output_format=output_format, output=output, pager=pager)
    return ExitCode.CLEAN


@command.command("delete")
@click.argument("name")
@asking.author_option
@case_option
def delete(name: str, author: str, case_folder: Path | None) -> int:
    """Forget the search saved as NAME; that it was there stays in custody."""
    with open_evidence(case_folder, (), ()) as case:
        case.notebook.delete(name, author=author)
    console.say(f"{name} is deleted.")
    return ExitCode.CLEAN


def _line(asked: Mapping[str, Any]) -> str:
    """The command that asks the same."""
    query = asked.get("query")
    words = ["forensics", "timeline", *([query] if query else [])]
    for option, one in asked.items():
        flag = {"zone": "--tz"}.get(option, "--" + option.replace("_", "-"))
        if option == "query":
            continue
        if one is True:
            words.append(flag)
        else:
            for value in one if isinstance(one, list) else [one]:
                words += [flag, str(value)]
    return shlex.join(words)
