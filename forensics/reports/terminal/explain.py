"""The ledger of competing explanations in a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from forensics.findings.explanation import ExplanationLedger, LedgerItem, OutageLedger
from forensics.reports import ledger_words as words
from forensics.reports.reading import References, act_in_words
from forensics.reports.terminal.coverage import coverage, evidence_index
from forensics.reports.terminal.parts import (
    POSSIBLE,
    QUIET,
    Fact,
    bullets,
    facts,
    grid_of,
    heading,
    indented,
    joined,
    plain,
)
from forensics.reports.terminal.person import person_facts
from forensics.reports.terminal.scan import count_in_words
from forensics.reports.times import between

_BLANK_LINES = 4


def explain(document: ExplanationLedger, console: Console) -> None:
    """Print of each outage the explanations, the matrix, every item, and what is missing."""
    refs = words.references(document)
    console.print(joined((f"EXPLANATIONS  outages of {document.target}", "bold")))
    bullets(console, document.disputed)
    if not document.outages:
        bullets(console, (f"No outage of {document.target} was found in this window.",))
    for each in document.outages:
        _outage(each, console, refs)
    heading(console, "Limits")
    bullets(console, document.limits)
    coverage(document.coverage, console)
    evidence_index(refs, document.custody, console)


def _outage(ledger: OutageLedger, console: Console, refs: References) -> None:
    heading(console, f"Outage {ledger.number}")
    rows: list[Fact] = []
    cited = refs.label(ledger.act.event_uid) if ledger.act else ""
    rows.append(("act", act_in_words(ledger.act), cited))
    if ledger.act:
        rows.append(("when", f"{between(ledger.act.earliest, ledger.act.latest)} UTC", ""))
    if ledger.actor:
        rows += person_facts("person", ledger.actor)
    facts(console, rows)
    _hypotheses(ledger, console)
    _matrix(ledger, console)
    heading(console, "Items", "what was found, and how")
    for item in ledger.items:
        _item(item, console, refs)
    heading(console, "Missing", "unknown is neither for nor against anybody")
    bullets(console, ledger.missing or ("Every item could be answered.",))
    heading(console, words.ACCOUNT_OF_THE_PERSON, "in their own words, before anything is decided")
    for _ in range(_BLANK_LINES):
        indented(console, plain("_" * min(console.width - 4, 94), QUIET))


def _hypotheses(ledger: OutageLedger, console: Console) -> None:
    heading(console, "Explanations", words.ORDER_NOTE)
    table = grid_of(("", "explanation", "I", "weak I", "C", "weak C", "n", "?"), wide="explanation")
    for column in table.columns[2:]:
        column.justify, column.no_wrap = "right", True
    for one in ledger.hypotheses:
        counts = (one.inconsistent, one.weakly_inconsistent, one.consistent, one.weakly_consistent)
        table.add_row(
            plain(one.id, "bold"),
            plain(one.title),
            *(plain(str(count)) for count in (*counts, one.neutral, one.not_known)),
        )
    indented(console, table)
    for one in ledger.hypotheses:
        line = joined((f"{one.id} would be decided by  ", QUIET), " ".join(one.would_decide))
        indented(console, line)


def _matrix(ledger: OutageLedger, console: Console) -> None:
    heading(console, "Matrix", words.TABLE_NOTE)
    names = [one.id for one in ledger.hypotheses]
    table = grid_of(("", "question", *names), wide="question")
    for column in table.columns[2:]:
        column.justify, column.no_wrap = "center", True
    for item in ledger.items:
        style = QUIET if not item.known or item.nearly_silent else ""
        table.add_row(
            plain(item.id, QUIET),
            plain(f"{item.question} ({words.NEARLY_SILENT})", style)
            if item.nearly_silent
            else plain(item.question, style),
            *(_mark(words.mark(item, name)) for name in names),
        )
    indented(console, table)
    apart = words.tells_apart(ledger)
    told = ", ".join(apart) if apart else "none of them"
    indented(console, plain(f"Items that tell these explanations apart: {told}.", QUIET))


def _mark(letter: str) -> Text:
    style = {"I": "bold", "i": "", "C": "bold", "c": "", "?": POSSIBLE}.get(letter, QUIET)
    return plain(letter, style)


def _item(item: LedgerItem, console: Console, refs: References) -> None:
    indented(console, joined((f"{item.id}  {item.question}", "bold")))
    rows: list[Fact] = [
        ("  found", plain(item.value, "" if item.known else POSSIBLE), refs.labels(item.evidence))
    ]
    rows += [("", plain(count_in_words(count), QUIET), "") for count in item.counts]
    marks = words.marks_in_words(item)
    basis = f"  ({words.BASIS[item.basis]})" if item.basis else ""
    rows.append(("  marks", joined(marks, (basis, QUIET)), ""))
    if item.nearly_silent:
        rows.append(("", plain(f"{words.NEARLY_SILENT}.", POSSIBLE), ""))
    rows.append(("  how", plain(item.method, QUIET), ""))
    if item.query:
        rows.append(("  events", plain(item.query, QUIET), ""))
    rows.append(("  settles it", plain(" ".join(item.settles), QUIET), ""))
    facts(console, rows)
