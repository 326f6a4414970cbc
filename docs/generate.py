"""Write the reference pages from the tool itself, or check that they are what it would write."""

from __future__ import annotations

import argparse
import difflib
import importlib
import inspect
import pkgutil
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import click
from click.testing import CliRunner

import forensics
from forensics import actions, detectors, event
from forensics.cli import root
from forensics.cli.exit_codes import ExitCode
from forensics.policy import terms
from forensics.sources.declaration import shipped

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))

from markup import cell, code, fenced, joined, page, table  # noqa: E402
from policy_pages import (  # noqa: E402
    modules,
    policies_page,
    policy_page,
    predicate_page,
    predicates_page,
)
from rule_pages import own_rules, rule_page, rules_page  # noqa: E402
from source_pages import index_page, source_page  # noqa: E402

PROJECT = DOCS.parent
STORY = PROJECT / "sample_logs" / "approved-enforcement"


# The command line


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command, groups included, in the order the tool lists them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def help_text(path: Sequence[str]) -> str:
    """What `--help` of a command prints."""
    result = CliRunner().invoke(
        root, [*path, "--help"], prog_name="forensics", terminal_width=100, color=False
    )
    if result.exit_code:
        raise SystemExit(f"forensics {' '.join(path)} --help failed: {result.output}")
    return result.output


def cli_page() -> str:
    """Every command's help, and the exit codes."""
    members = re.findall(r'(\w+) = \d+\n\s+"""(.+?)"""', inspect.getsource(ExitCode))
    codes = table(["code", "meaning"], ([str(int(ExitCode[name])), note] for name, note in members))
    sections = [f"## forensics\n\n{fenced(help_text(()))}"]
    for path in commands(root):
        mark = "#" * (len(path) + 1)
        sections.append(f"{mark} forensics {' '.join(path)}\n\n{fenced(help_text(path))}")
    return page(
        "The command line",
        "stdout holds the answer and nothing else; progress, notes and errors go to stderr.",
        f"## Exit codes\n\n{codes}",
        *sections,
    )


# Vocabulary


def events_page() -> str:
    """The event table."""
    rows = (
        [code(one.name), one.type, cell(one.meaning), code(one.ocsf) if one.ocsf else "–"]
        for one in event.COLUMNS
    )
    words = [
        ("time_precision", event.TIME_PRECISIONS),
        ("time_basis", event.TIME_BASES),
        ("outcome", event.OUTCOMES),
        ("actor_type", event.ACTOR_TYPES),
    ]
    return page(
        f"The event table, version {event.VERSION}",
        "One row an action as its source recorded it; the same names in SQL, in queries, in rules"
        " and in exports. NULL means that the record does not say, and everything downstream"
        " treats it as unknown. The last column is the path in OCSF 1.x, where there is one.",
        table(["column", "type", "meaning", "OCSF"], rows),
        "## Closed vocabularies",
        table(["column", "words"], ([code(name), joined(some)] for name, some in words)),
    )


def actions_page() -> str:
    """The normalised verbs."""
    rows = []
    for one in actions.load().values():
        marks = [name for name in ("destructive", "privileged") if getattr(one, name)]
        marks += [] if one.reversible else ["irreversible"]
        rows.append(
            [
                code(one.verb),
                cell(one.meaning),
                ", ".join(marks) or "–",
                code(one.inverse) if one.inverse else "–",
                code(one.state) if one.state else "–",
            ]
        )
    return page(
        "Actions",
        "The verbs that sources' own operations are normalised to: `object.verb`. *Destructive*"
        " takes something away from its target; *privileged* needs more than an ordinary user's"
        " rights. *Undone by* names the inverse; *state* is the state of the account afterwards,"
        f" where the act changes it. An act without such a verb is {code(actions.OTHER)}.",
        table(["action", "meaning", "marks", "undone by", "state"], rows),
    )


# Sources


def agreement_page() -> str:
    """How the sources agree with another normaliser; as it stands where its records are not."""
    sys.path.insert(0, str(PROJECT / "tests" / "sources" / "agreement"))
    report = importlib.import_module("report")
    held = DOCS / "reference" / "source-agreement.md"
    if not report.peer.streams():
        return held.read_text("utf-8") if held.exists() else ""
    return page("Agreement of the sources", report.body())


# Relations


# Lists that a case may be given and the sample story has no need of.
_LISTS = {
    "shifts.csv": "PersonId,Start,End\nlead-sf-1,2017-11-02T08:00-07:00,2017-11-02T17:00-07:00\n",
    "entitlements.csv": "Account,Role,ValidFrom\nlead-sf-1,ts_lead,2017-01-01T00:00:00Z\n",
    "holidays.csv": "Date,Name,Site\n2017-11-23,Thanksgiving,sf\n",
    "changes.csv": "Change,Start,End\nCHG-1,2017-11-02T00:00:00Z,2017-11-02T01:00:00Z\n",
    "tickets.csv": "CaseId,OpenedAt,Type\nC-1,2017-11-02T00:00:00Z,abuse\n",
    "teams.csv": "Team,Member,ValidFrom\nsf,lead-sf-1,2017-01-01\n",
    "directory.json": (
        '[{"id": "1", "status": "ACTIVE", "statusChanged": "2017-01-01T00:00:00Z",'
        ' "profile": {"login": "lead-sf-1"}}]'
    ),
}


def _described() -> dict[str, list[tuple[str, str]]]:
    """Relations of the smallest sample story, enriched and with all lists there can be."""
    with tempfile.TemporaryDirectory() as folder, forensics.create_case(f"{folder}/case") as case:
        for name, text in _LISTS.items():
            Path(folder, name).write_text(text, "utf-8")
        case.ingest(STORY, *(Path(folder, name) for name in _LISTS))
        case.enrich()
        rows = case.facts.engine.rows(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " ORDER BY table_name, ordinal_position"
        )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        kind = row["data_type"].replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        found.setdefault(row["table_name"], []).append((row["column_name"], kind))
    return found


def relations_page() -> str:
    """What can be asked with SQL: names and types from a case, meanings from relations.toml."""
    told = tomllib.loads((DOCS / "relations.toml").read_text("utf-8"))
    found = _described()
    everywhere = told.pop("everywhere")
    public = {name for name in found if not name.startswith("people_")} - {"events"}
    if public != set(told):
        odd = sorted(public ^ set(told))
        raise SystemExit(f"docs/relations.toml and a case differ in the relations {odd}")
    sections = []
    for name, section in told.items():
        own = section.get("columns", {})
        if odd := sorted(set(own) - {column for column, _ in found[name]}):
            raise SystemExit(f"docs/relations.toml: {name} has no columns {odd}")
        rows = []
        for column, kind in found[name]:
            if name in {"timed_events", "recorded_events", "placed_events"} and column not in own:
                continue
            known = event.BY_NAME.get(column)
            meaning = own.get(column) or (known.meaning if known else everywhere.get(column))
            if meaning is None:
                raise SystemExit(f"docs/relations.toml: {name}.{column} has no meaning")
            rows.append([code(column), kind, cell(meaning)])
        columns = table(["column", "type", "meaning"], rows) if rows else ""
        sections.append(f"## {name}\n\n{section['meaning']}\n\n{columns}")
    return page(
        "Relations",
        "What `forensics sql` and `Case.sql` can read, beside [`events`](events.md). Times are"
        " UTC. NULL is *not known*. A relation that a case cannot derive (no roster, no list of"
        " protected targets) is absent rather than empty, and what depends on it is *unknown*."
        " Spans are half-open: from included, to excluded. Names that begin with `people_` are"
        " working tables and may change.",
        *sections,
    )


# Questions


def detectors_page() -> str:
    """The questions a scan asks."""
    sections = []
    for info in pkgutil.iter_modules(detectors.__path__):
        module = importlib.import_module(f"{detectors.__name__}.{info.name}")
        detector = getattr(module, "DETECTOR", None)
        if detector is not None:
            sections.append(f"## {detector.name}\n\n*{detector.question}*\n\n{module.__doc__}")
    return page("Detectors", "The questions that `forensics scan` asks of a case.", *sections)


# Layers in architecture.md


def architecture_page() -> str:
    """architecture.md with the layers of the import contract between its two marks."""
    path = DOCS / "architecture.md"
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    names = "\n".join(f"- {one['name']}" for one in contracts)
    before, rest = path.read_text("utf-8").split("<!-- layers -->", 1)
    after = rest.split("<!-- /layers -->", 1)[1]
    block = f"{fenced(chr(10).join(layers))}\n\nThe contracts, checked by import-linter:\n\n{names}"
    return f"{before}<!-- layers -->\n{block}\n<!-- /layers -->{after}"


PAGES: dict[str, Callable[[], str]] = {
    "architecture.md": architecture_page,
    "reference/actions.md": actions_page,
    "reference/cli.md": cli_page,
    "reference/detectors.md": detectors_page,
    "reference/events.md": events_page,
    "reference/policies.md": policies_page,
    **{f"reference/policies/{one.id}.md": partial(policy_page, one) for one in terms.shipped()},
    "reference/predicates.md": predicates_page,
    **{f"reference/predicates/{name}.md": partial(predicate_page, name) for name in modules()},
    "reference/relations.md": relations_page,
    "reference/rules.md": rules_page,
    **{f"reference/rules/{name}.md": partial(rule_page, name) for name in own_rules()},
    "reference/source-agreement.md": agreement_page,
    "reference/sources.md": index_page,
    **{
        f"reference/sources/{name}.md": partial(source_page, one) for name, one in shipped().items()
    },
}


def differences(name: str, wanted: str) -> list[str]:
    """How a page on disk differs from what it should be, in lines."""
    path = DOCS / name
    held = path.read_text("utf-8") if path.exists() else ""
    return list(
        difflib.unified_diff(held.splitlines(), wanted.splitlines(), name, "generated", lineterm="")
    )


def strays() -> list[Path]:
    """Pages of sources, policies, predicates and rules that are no more."""
    folders = ("sources", "policies", "predicates", "rules")
    held = [path for name in folders for path in sorted((DOCS / "reference" / name).glob("*"))]
    return [path for path in held if path.relative_to(DOCS).as_posix() not in PAGES]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all pages; with `--check` write none, and return 1 when one is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what would change")
    check = parser.parse_args(arguments).check
    stale = 0
    for name, build in PAGES.items():
        wanted = build()
        changes = differences(name, wanted)
        stale += bool(changes)
        if check:
            print("\n".join(changes[:40]), end="\n" if changes else "")
        elif changes:
            (DOCS / name).parent.mkdir(exist_ok=True)
            (DOCS / name).write_text(wanted, encoding="utf-8")
            print(f"written: {name}")
    for path in strays():
        stale += 1
        print(f"of nothing: {path.relative_to(DOCS).as_posix()}")
        if not check:
            path.unlink()
    if check and stale:
        print(f"{stale} pages are out of date; run: python docs/generate.py")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
