"""What would these policies, as controls, have stopped, delayed and prevented?

Not asked by a scan: it tries proposed policies on the record of a case. It can miss what no log
holds: how people would have adapted, and acts that were never attempted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

import msgspec

from forensics.conditions import vocabulary
from forensics.detectors import control_words, preparing
from forensics.detectors.facts import Facts, as_document
from forensics.errors import InputError
from forensics.findings.backtest import Answers, Backtest, Tried
from forensics.policy import backtest, backtest_labels, backtest_model, choosing
from forensics.policy.backtest_labels import Labelled
from forensics.policy.backtest_model import Assumptions, Trial
from forensics.policy.model import Policy
from forensics.timeline import when

SCHEMA = 1


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
        assumptions=tuple(control_words.assumptions(chosen, trial.assumed, answers)),
        warnings=tuple(control_words.unfound(facts, labels or (), found)),
        limits=tuple(control_words.limits(chosen, found, labels)),
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
