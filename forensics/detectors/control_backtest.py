"""What would these policies, as controls, have stopped, delayed and prevented?

Not asked by a scan: it tries proposed policies on the record of a case. It can miss what no log
holds: how people would have adapted, and acts that were never attempted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

import msgspec

from forensics.conditions import vocabulary
from forensics.detectors import preparing
from forensics.detectors.facts import Facts, as_document
from forensics.errors import InputError
from forensics.findings.backtest import Answers, Backtest, Tried
from forensics.policy import backtest, backtest_labels, backtest_model, choosing, predicates
from forensics.policy.backtest_labels import Labelled
from forensics.policy.backtest_model import Assumptions, Trial
from forensics.policy.backtest_waits import ENOUGH
from forensics.policy.model import Policy
from forensics.timeline import query, when

SCHEMA = 1
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


class Wanted(TypedDict, total=False):
    """On which acts controls are tried, and what is taken for granted.

    `since` and `until` are times, in `zone` where they name none; `incidents` is a YAML or CSV
    list. `assume_approval` and `assume_ticket` are spans (`30m`); `assume_unapproved` takes acts
    to have had no approval in a case in which nothing records approvals.
    """

    since: str | None
    until: str | None
    zone: str
    incidents: str | Path | None
    assume_approval: str
    assume_ticket: str
    assume_unapproved: bool


def tried(
    facts: Facts,
    policies: Sequence[str | Path],
    *,
    tool_version: str,
    since: str | None = None,
    until: str | None = None,
    zone: str = "UTC",
    incidents: str | Path | None = None,
    assume_approval: str = "30m",
    assume_ticket: str = "5m",
    assume_unapproved: bool = False,
) -> Backtest:
    """The policies, files or ids of policies of the case, tried side by side; see `Wanted`.

    Raises `DeclarationError` for faulty files, `UsageError` for unknown ids and empty windows.
    """
    labels = _labels(incidents)
    trial = Trial(
        since=when.parse(since, zone).earliest if since else None,
        until=when.parse(until, zone).latest if until else None,
        labels=labels or (),
        assumed=Assumptions(
            when.window(assume_approval), when.window(assume_ticket), assume_unapproved
        ),
    )
    chosen = _chosen(facts, policies)
    span = backtest.acts_in(facts.engine, trial)
    controls, answered = backtest.backtest(facts.engine, chosen, trial)
    answers = as_document(Answers, answered)
    lacking = preparing.lacking(facts.engine, chosen)
    found = tuple(_document(one, lacking) for one in controls)
    return Backtest(
        schema=SCHEMA,
        tool_version=tool_version,
        window_start=trial.since or span["first"],
        window_end=trial.until or span["last"].replace(microsecond=0) + timedelta(seconds=1),
        acts=span["acts"],
        labelled=None if labels is None else sum(one.label == "incident" for one in labels),
        controls=found,
        answers=answers,
        assumptions=tuple(_assumptions(chosen, trial.assumed, answers)),
        warnings=tuple(_unfound(facts, labels or (), found)),
        limits=tuple(_limits(chosen, found, labels)),
        coverage=facts.coverage(
            [f"policy {one.policy} ({one.version})" for one in found if not one.not_evaluated],
            [f"policy {one.policy}: {one.not_evaluated}" for one in found if one.not_evaluated],
        ),
        custody=facts.custody(),
    )


def _document(control: backtest_model.Tried, lacking: Mapping[str, str]) -> Tried:
    document = as_document(Tried, control)
    return msgspec.structs.replace(document, not_evaluated=lacking.get(control.policy))


def _labels(incidents: str | Path | None) -> tuple[Labelled, ...] | None:
    if incidents is None:
        return None
    try:
        data = Path(incidents).read_bytes()
    except OSError as error:
        message = f"The list of incidents cannot be read: {error.strerror or error}."
        raise InputError(
            message, place=str(incidents), remedy="Name a file that exists."
        ) from error
    return backtest_labels.parse(data, str(incidents))


def _chosen(facts: Facts, named: Sequence[str | Path]) -> list[Policy]:
    """The policies named, in that order, and the acts that they are about prepared."""
    loaded = facts.policies.policies
    found = [_policy(loaded, str(one)) for one in named]
    if any(one not in loaded for one in found):
        preparing.judge(facts.engine, (*loaded, *found))
    return found


def _policy(loaded: Sequence[Policy], named: str) -> Policy:
    if choosing.is_file(named):
        return choosing.read(Path(named))
    # Versions of one id stand in the order of their dates: the last is that of today.
    known = {one.id: one for one in loaded}
    if named in known:
        return known[named]
    raise vocabulary.unknown("policy", named, known, "A file ends in .yml or .yaml.")


def _assumptions(
    policies: Sequence[Policy], assumed: Assumptions, answers: Answers
) -> Iterator[str]:
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


def _unfound(facts: Facts, labels: Sequence[Labelled], controls: Sequence[Tried]) -> Iterator[str]:
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


def _limits(
    policies: Sequence[Policy],
    controls: Sequence[Tried],
    labels: Sequence[Labelled] | None,
) -> Iterator[str]:
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
