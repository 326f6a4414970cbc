"""What is to be known of a backtest beside its figures: taken for granted, not found, not told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from forensics.detectors.facts import Facts
from forensics.findings.backtest import Answers, Tried
from forensics.policy import predicates
from forensics.policy.backtest_labels import Labelled
from forensics.policy.backtest_model import Assumptions
from forensics.policy.backtest_waits import ENOUGH
from forensics.policy.model import Policy
from forensics.timeline import query

_CANNOT_TELL = """
People adapt: a control that hinders is routed around, asked for in bulk, or avoided by another \
tool, and none of that is in a record from before it.
Approvers get used to agreeing, and two who agree with each other satisfy any demand for a second \
person.
Acts that were never attempted, and those that a control would have deterred, leave no record.
Each act is tried on the record as it was: what an earlier stop would have changed is not followed.
An act without a label is not thereby benign: it counts as legitimate because nothing says \
otherwise.
"""


def assumptions(
    policies: Sequence[Policy], assumed: Assumptions, answers: Answers
) -> Iterator[str]:
    """What the figures take for granted, in sentences."""
    minutes = f"{assumed.approval / timedelta(minutes=1):g} min"
    yield (
        "An act that lacks an approval is held until another person grants it, and takes as long "
        f"as requests of the window took: those of the same hour of the day where {ENOUGH} or "
        f"more tell, else those of any hour, else {minutes} (assumed)."
    )
    yield (
        f"Of {answers.asked:,} requests for approval {answers.granted:,} were granted by another "
        f"person, {answers.unsettled:,} by one not known to be another, {answers.by_same:,} "
        f"answered by the person who asked, {answers.denied:,} denied, and {answers.open:,} have "
        "no answer on record. Only the first tell how long it takes; what would have been refused "
        "is counted as delayed."
    )
    yield (
        "A ticket, case or reason that is missing costs "
        f"{assumed.paperwork / timedelta(minutes=1):g} min (assumed). Of several waits the longest "
        "counts, and an act that waited is then done."
    )
    yield "An incident that had to ask another person is prevented if that person refuses."
    if assumed.unapproved:
        yield "Where nothing records approvals, no act is taken to have had one (assumed)."
    if any(_several(one) for one in policies):
        yield "Where several persons must approve, they are asked at once and take as long as one."
    yield "Effective dates of policies do not count: each is tried over the whole window."


def _several(policy: Policy) -> bool:
    return any(
        term.predicate == "approval" and term.params.get("min", 1) > 1 for term in policy.demands()
    )


def unfound(facts: Facts, labels: Sequence[Labelled], controls: Sequence[Tried]) -> Iterator[str]:
    """The incidents of the list that no record is of, whose acts may count as legitimate."""
    unseen = {one.id for one in controls[0].incidents if one.value == "no_record"}
    for label in labels:
        if label.id not in unseen:
            continue
        near = query.near_names(facts.engine, "target", label.target) if label.target else []
        alike = f" Recorded targets like it: {', '.join(near)}." if near else ""
        yield (
            f"No act on record is of {label.id} ({label.target or 'by ids'}), so if there was one "
            f"it counts as legitimate.{alike}"
        )


def limits(
    policies: Sequence[Policy],
    controls: Sequence[Tried],
    labels: Sequence[Labelled] | None,
) -> Iterator[str]:
    """What the figures do not tell, in sentences."""
    for one in controls:
        if one.not_evaluated:
            yield f"{one.policy} cannot be tried: {one.not_evaluated}."
    for policy in policies:
        if policy.on_unknown == "violation":
            yield f"{policy.id} takes what is not known for a violation; such acts are held."
        if any(predicates.per_scope(term.predicate) for term in policy.deciding()):
            yield (
                f"{policy.id} counts the acts of the window alone, and among them those that it "
                "would have stopped: how many it stops is an upper bound."
            )
    if labels is None:
        yield "No list of incidents was given: what would have been prevented is not known."
    yield from _CANNOT_TELL.strip().splitlines()
