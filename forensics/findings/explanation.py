"""The ledger of competing explanations of an outage, as a document: facts and what they bear on.

It holds no score and no order of likelihood; only people judge.
"""

from __future__ import annotations

from typing import Literal

from forensics.findings.document import (
    Count,
    Coverage,
    CustodyHead,
    Document,
    Evidence,
    PersonReading,
)

Mark = Literal["C", "n", "I"]
"""Consistent with the explanation, neutral, inconsistent with it."""


class Bearing(Document, frozen=True, kw_only=True):
    """What one finding means for one explanation; a `weak` mark says so faintly."""

    hypothesis: str
    mark: Mark
    weak: bool


class LedgerItem(Document, frozen=True, kw_only=True):
    """One question about the act: what was found, how, and what it bears on.

    `known` is false where the logs do not hold the answer; then `value` says what is lacking and
    nothing is marked. `query` lists the events looked at, for `forensics timeline`. `basis` tells
    a published row of the table from one of this project. `nearly_silent`: true of so many that it
    tells explanations hardly apart.
    """

    id: str
    question: str
    known: bool
    value: str
    method: str
    query: str
    counts: tuple[Count, ...]
    evidence: tuple[str, ...]
    bearings: tuple[Bearing, ...]
    basis: Literal["published", "own"] | None
    nearly_silent: bool
    settles: tuple[str, ...]


class Hypothesis(Document, frozen=True, kw_only=True):
    """One explanation in the fixed order, with how many items were marked how; no probability."""

    id: str
    title: str
    inconsistent: int
    weakly_inconsistent: int
    consistent: int
    weakly_consistent: int
    neutral: int
    not_known: int
    would_decide: tuple[str, ...]


class OutageLedger(Document, frozen=True, kw_only=True):
    """The ledger of one outage; `act` is what began it, None where no record shows it.

    `missing` are the items that are not known, in words.
    """

    number: int
    act: Evidence | None
    actor: PersonReading | None
    hypotheses: tuple[Hypothesis, ...]
    items: tuple[LedgerItem, ...]
    cited: tuple[Evidence, ...]
    missing: tuple[str, ...]


class ExplanationLedger(Document, frozen=True, kw_only=True):
    """The ledgers of all outages of one target; `disputed` is that of the reconstruction."""

    schema: int
    tool_version: str
    target: str
    outages: tuple[OutageLedger, ...]
    coverage: Coverage
    custody: CustodyHead
    limits: tuple[str, ...]
    disputed: tuple[str, ...] = ()
