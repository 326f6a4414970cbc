"""Which explanations of an act do the records go with, and which not?

After the analysis of competing hypotheses (Heuer): what matters is what an explanation cannot
account for. Every item of `evidence_items` is asked of the act, and `bearings.toml` says what its
finding means for each explanation. The explanations stand in a fixed order and are not weighed;
trials of the method found no gain in accuracy, so it serves as a ledger and a checklist. It can
miss whatever no log holds, and says so item by item. Only a person may judge.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, cast

from forensics.detectors import evidence_items
from forensics.detectors.evidence_items import Act, Item, Known, NotKnown
from forensics.detectors.facts import Facts
from forensics.findings.document import (
    Evidence,
    Explanation,
    Outage,
    PersonReading,
    Reconstruction,
)
from forensics.findings.explanation import (
    Bearing,
    ExplanationLedger,
    Hypothesis,
    LedgerItem,
    Mark,
    OutageLedger,
)

SCHEMA = 1
TITLES = {
    "H1": "A mistake in ordinary queue work",
    "H2": "A deliberate act without authority",
    "H3": "Another person used the account",
    "H4": "Authorised enforcement",
    "H5": "A failure of the process or system",
    "H6": "A shared or delegated account",
}
_WOULD_DECIDE = {
    "H1": ("The console's screen record of the case.", "The account holder's own statement."),
    "H2": ("Earlier look-ups or messages about the target.", "The account holder's own statement."),
    "H3": ("Sign-in records and badge records of the same hour.", "Forensics of the device."),
    "H4": ("An instruction or approval on file outside these logs.",),
    "H5": ("The console's configuration of two-person approval at that time.",),
    "H6": ("Who held the password and the second factor of the account.",),
}
_LIMITS = (
    "The ledger speaks of acts of an account. Who used it, and why, is in no log.",
    "Counts of marks are no probabilities: items depend on each other and are not weighed.",
    "In published trials the method made analysts no more accurate; two people should fill it in.",
)
_NO_ACT = NotKnown("a record of the act that began the outage")


@cache
def bearings() -> dict[str, dict[str, dict[str, str]]]:
    """The table: by item and outcome, `basis` and the mark for each explanation."""
    text = resources.files(evidence_items).joinpath("bearings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def explanations(
    facts: Facts,
    act: Evidence,
    actor: PersonReading | None,
    began: datetime,
    rivals: tuple[Evidence, ...] = (),
) -> tuple[Explanation, ...]:
    """The explanations in their order, each with the findings that go with it and that do not.

    `began` is when the outage began at the earliest, `rivals` are acts that may as well have begun
    it. Under each what tells most comes first: the
    findings that fewest other explanations share.
    """
    asked = Act(facts, act, actor, began, rivals)
    items = sorted((item for item in _items(asked) if item.known), key=_telling)
    return tuple(
        Explanation(
            id=key,
            title=title,
            consistent=tuple(one.value for one in items if _mark(one, key) == "C"),
            inconsistent=tuple(one.value for one in items if _mark(one, key) == "I"),
            would_decide=_WOULD_DECIDE[key],
        )
        for key, title in TITLES.items()
    )


def ledger(facts: Facts, rebuilt: Reconstruction, *, tool_version: str) -> ExplanationLedger:
    """The evidence ledger of every outage in a reconstruction."""
    return ExplanationLedger(
        schema=SCHEMA,
        tool_version=tool_version,
        target=rebuilt.target,
        outages=tuple(_of_outage(facts, one) for one in rebuilt.outages),
        coverage=rebuilt.coverage,
        custody=rebuilt.custody,
        limits=(*_LIMITS, *rebuilt.limits),
        disputed=rebuilt.disputed,
    )


def _of_outage(facts: Facts, outage: Outage) -> OutageLedger:
    act = outage.started_by
    began = outage.start_earliest or outage.start_latest
    rivals = outage.perhaps_started_by
    items = _items(Act(facts, act, outage.actor, began, rivals) if act else None)
    cited = facts.evidence({uid for item in items for uid in item.evidence})
    return OutageLedger(
        number=outage.number,
        act=act,
        actor=outage.actor,
        hypotheses=tuple(_hypothesis(key, items) for key in TITLES),
        items=items,
        cited=tuple(sorted(cited.values(), key=lambda one: (one.earliest, one.event_uid))),
        missing=tuple(f"{item.id}: {item.value}" for item in items if not item.known),
    )


def _items(asked: Act | None) -> tuple[LedgerItem, ...]:
    if asked is None:
        return tuple(_item(item, _NO_ACT, "") for item in evidence_items.load())
    return tuple(
        _item(item, found, item.query(asked)) for item, found in evidence_items.answers(asked)
    )


def _item(item: Item, found: Known | NotKnown, query: str) -> LedgerItem:
    known = isinstance(found, Known)
    row = bearings()[item.id][found.outcome] if isinstance(found, Known) else {}
    return LedgerItem(
        id=item.id,
        question=item.question,
        known=known,
        value=found.value
        if isinstance(found, Known)
        else f"not known: the logs do not hold {found.lacking}.",
        method=item.method,
        query=query,
        counts=found.counts,
        evidence=tuple(dict.fromkeys(found.evidence)) if isinstance(found, Known) else (),
        bearings=tuple(_bearing(key, row[key]) for key in TITLES) if row else (),
        basis=cast(Any, row["basis"]) if row else None,
        nearly_silent=item.nearly_silent,
        settles=item.settles,
    )


def _bearing(hypothesis: str, word: str) -> Bearing:
    mark = cast("Mark", word.removeprefix("weak "))
    return Bearing(hypothesis=hypothesis, mark=mark, weak=word.startswith("weak "))


def _hypothesis(key: str, items: Sequence[LedgerItem]) -> Hypothesis:
    marks = [one for item in items for one in item.bearings if one.hypothesis == key]

    def count(mark: Mark, weak: bool) -> int:
        return sum(one.mark == mark and one.weak == weak for one in marks)

    return Hypothesis(
        id=key,
        title=TITLES[key],
        inconsistent=count("I", False),
        weakly_inconsistent=count("I", True),
        consistent=count("C", False),
        weakly_consistent=count("C", True),
        neutral=count("n", False),
        not_known=sum(not item.known for item in items),
        would_decide=_WOULD_DECIDE[key],
    )


def _mark(item: LedgerItem, key: str) -> str:
    return next(one.mark for one in item.bearings if one.hypothesis == key)


def _telling(item: LedgerItem) -> tuple[bool, int, int]:
    shared = sum(one.mark == "C" for one in item.bearings)
    return item.nearly_silent, shared or len(TITLES), int(item.id.removeprefix("E"))
