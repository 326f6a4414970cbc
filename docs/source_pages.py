"""The pages of log sources: one for each declaration of the catalog, and their index."""

from __future__ import annotations

from pathlib import Path

from markup import cell, code, joined, page, table

from forensics.sources.declaration import Declaration, shipped
from forensics.sources.telling import by_verb, fed

REFERENCE = Path(__file__).resolve().parent / "reference"
_AGREEMENT = "source-agreement.md"


def _facts(one: Declaration) -> list[str]:
    """What a source is and how it is known, as items of a list."""
    wanted = one.recognise
    told = [f"recognised by {joined(wanted.required)}"]
    told += [f"where {code(path)} is {joined(values)}" for path, values in wanted.equals]
    told += [f"and one of {joined(wanted.any_of)}"] if wanted.any_of else []
    facts = ["; ".join(told)]
    if one.within:
        facts.append(f"also carried within {joined(one.within)}")
    if one.embedded:
        facts.append(f"the record is JSON in the column {code(one.embedded)} of a table")
    if one.explode:
        facts.append(f"one event for each element of {code(one.explode)}")
    if one.zone:
        facts.append(f"times without an offset are read in {one.zone}")
    facts += [
        f"clock taken as right within {one.clock_tolerance:g} s where nothing measures it",
        f"Sigma logsource: product {code(one.product or '–')}, service {code(one.service or '–')}",
        f"examples run by the tests: {len(one.examples)}",
    ]
    return facts + [f"described in <{ref}>" for ref in one.refs]


def _actions(one: Declaration) -> str:
    """Operations by verb, one line each, and after them what a condition decides."""
    rows = [[code(verb), joined(operations)] for verb, operations in by_verb(one).items()]
    rows += [
        [code(when.action), f"{joined(when.operations) or 'any'} when {code(when.condition)}"]
        for when in one.action_when
    ]
    if not rows:
        return "Every operation is `other`."
    return table(["action", "operations"], rows)


def source_page(one: Declaration) -> str:
    """The page of one source."""
    columns = [[code(name), cell(fed(value, code))] for name, value in sorted(one.event.items())]
    return page(
        one.title,
        f"{code(one.name)}, one of the [log sources](../sources.md).",
        "\n".join(f"- {fact}" for fact in _facts(one)),
        "## What it does not record",
        "\n".join(f"- {cell(sentence)}" for sentence in one.omits),
        "## Columns",
        table(["column", "from"], columns),
        "## Actions",
        "An operation that is not listed is `other`.",
        _actions(one),
    )


def index_page() -> str:
    """All sources in a table."""
    held = REFERENCE / _AGREEMENT
    scored = held.read_text("utf-8") if held.exists() else ""
    rows = [
        [
            f"[{code(one.name)}](sources/{one.name}.md)",
            cell(one.title),
            str(len(one.event)),
            str(len(one.actions) + len(one.action_when)),
            str(len(one.examples)),
            f"[compared]({_AGREEMENT})" if code(one.name) in scored else "–",
        ]
        for one in shipped().values()
    ]
    return page(
        "Log sources",
        f"{len(rows)} sources, each one declaration in `forensics/sources/catalog/`; a page tells"
        " what of it becomes which column, and what it does not record. `forensics sources show"
        " NAME` shows the same in a terminal. How to add one: [a source of your"
        " own](../own_source.md). Raw records are kept whole, so a field that no column holds can"
        " still be asked for.",
        table(["source", "title", "columns", "operations", "examples", "agreement"], rows),
    )
