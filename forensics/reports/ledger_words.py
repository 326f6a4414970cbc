"""The words in which every rendering tells a ledger of explanations."""

from __future__ import annotations

from forensics.findings.explanation import ExplanationLedger, LedgerItem, OutageLedger
from forensics.reports.reading import References

ORDER_NOTE = "fixed order, not ranked; the counts are no probabilities"
TABLE_NOTE = "C goes with it, I does not, · says nothing; lower case is weak, ? is not known"
NEARLY_SILENT = "nearly without weight: it is so of very many"
BASIS = {
    "published": "H1 to H5 by the published table, H6 by this project",
    "own": "marks by this project; not in the published table",
}
ACCOUNT_OF_THE_PERSON = "The account of the person concerned"


def references(document: ExplanationLedger) -> References:
    """Every record that the ledger cites, numbered `R1`, `R2`, … apart from the items."""
    acts = (one.act for one in document.outages if one.act is not None)
    return References((*acts, *(item for one in document.outages for item in one.cited)), "R")


def mark(item: LedgerItem, hypothesis: str) -> str:
    """One cell of the matrix: `C`, `I`, weak `c`, `i`, `·` for n, `?` where nothing is known."""
    for one in item.bearings:
        if one.hypothesis == hypothesis:
            return "·" if one.mark == "n" else one.mark.lower() if one.weak else one.mark
    return "?"


def marks_in_words(item: LedgerItem) -> str:
    """What a finding goes with and what not: `C with H1, H4 · I with H3`."""
    if not item.known:
        return "nothing is marked"
    told = []
    for letter in ("C", "I"):
        names = [
            f"{one.hypothesis}{' (weak)' if one.weak else ''}"
            for one in item.bearings
            if one.mark == letter
        ]
        if names:
            told.append(f"{letter} with {', '.join(names)}")
    return " · ".join(told) or "n with all"


def tells_apart(ledger: OutageLedger) -> list[str]:
    """Items whose marks differ between explanations; the others tell none apart."""
    return [
        item.id
        for item in ledger.items
        if len({(one.mark, one.weak) for one in item.bearings}) > 1 and not item.nearly_silent
    ]
