"""Half a year of acts: a trial gives back every number that was planted in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import half_year
import pytest
from half_year import HalfYear

from forensics.errors import UsageError
from forensics.policy import backtest, backtest_labels, terms
from forensics.policy.backtest_model import Answers, Trial, Tried

TWO = b"""
id: two-persons
title: Suspension needs a second person's prior approval
level: high
scope: {action: account.suspend, outcome: success}
require:
  - approval: {min: 1, role: [ts_lead], covers: [action, target]}
on_unknown: report
"""
LEAVERS = b"""
id: leavers
title: No suspension on the last day
level: high
scope: {action: account.suspend, outcome: success}
forbid:
  - employment: {phase: [last_day]}
on_unknown: report
"""
BOTH = TWO.replace(b"id: two-persons", b"id: both").replace(
    b"on_unknown: report", b"forbid:\n  - employment: {phase: [last_day]}\non_unknown: violation"
)


@dataclass(frozen=True)
class Year:
    planted: HalfYear
    engine: Any
    trial: Trial
    two: Tried
    leavers: Tried
    both: Tried
    answers: Answers


@pytest.fixture(scope="module")
def year(new_world: Any) -> Iterator[Year]:
    planted, world = HalfYear(), new_world()
    world.events, world.people, world.accounts = planted.events, planted.people, planted.accounts
    engine = world.engine()
    labels = backtest_labels.parse("\n".join(planted.labels).encode(), "incidents.yml")
    trial = Trial(half_year.START, half_year.END, labels)
    policies = [terms.parse(text, "p.yml") for text in (TWO, LEAVERS, BOTH)]
    (two, leavers, both), answers = backtest.backtest(engine, policies, trial)
    yield Year(planted, engine, trial, two, leavers, both, answers)
    engine.close()


def test_what_became_of_the_legitimate_acts(year: Year) -> None:
    two, leavers, both = year.two, year.leavers, year.both
    assert len(year.planted.events) > 20_000
    legitimate = 3000 + 400 + 500 + 60 + 30
    assert (two.acts, two.legitimate, two.benign) == (legitimate + 5, legitimate, 1)
    assert (two.left_alone, two.delayed, two.stopped, two.unknown) == (3030, 900, 0, 60)
    window = [one for one in year.planted.events if half_year.START <= one["time"] < half_year.END]
    # All but the acts of the six incidents of the window count as legitimate, in scope or not.
    fair = len(window) - 6
    assert two.per_thousand == 1000 * 900 / fair
    assert (leavers.left_alone, leavers.delayed, leavers.stopped) == (legitimate - 30, 0, 30)
    assert leavers.per_thousand == 1000 * 30 / fair
    assert (leavers.wait, leavers.waits) == (None, ())
    # What is not known is held by the third, and 30 of those approved are stopped.
    assert (both.left_alone, both.delayed, both.stopped, both.unknown) == (3000, 960, 30, 0)
    assert two.benign_hindered == leavers.benign_hindered == 0


def test_what_became_of_the_incidents(year: Year) -> None:
    def told(control: Tried) -> dict[str, str]:
        return {one.id: one.value for one in control.incidents}

    assert told(year.two) == {
        "alone": "prevented",
        "second-account": "prevented",
        "agreed": "not_prevented",
        "last-day": "not_prevented",
        "unresolved": "unknown",
        "other-verb": "not_covered",
        "late": "outside",
    }
    assert told(year.leavers) == told(year.two) | {
        "alone": "not_prevented",
        "second-account": "not_prevented",
        "last-day": "prevented",
        "unresolved": "not_prevented",
    }
    assert [(one.prevented, one.could) for one in (year.two, year.leavers, year.both)] == [
        (2, 6),
        (1, 6),
        (4, 6),
    ]
    sentences = {one.id: one.sentence for one in year.both.incidents}
    assert "until another person agreed" in sentences["alone"]
    assert sentences["last-day"].startswith("stopped before harm")


def test_how_long_and_where_from_that_is_known(year: Year) -> None:
    planted, two = year.planted, year.two
    quiet = planted.asking[half_year.QUIET_HOUR]
    assert quiet
    assert len(planted.lags[half_year.QUIET_HOUR]) < 20
    assert two.wait is not None
    medians = [planted.waits(Fraction(share)) for share in ("0.5", "0.95")]
    assert [two.wait.median, two.wait.p95] == medians == [25, 90]
    assert two.wait.acts == 900
    hourly = next(one for one in two.waits if "same hour" in one.basis)
    ever = next(one for one in two.waits if "any hour" in one.basis)
    assert (hourly.acts, ever.acts) == (900 - quiet, quiet)
    assert ever.observed == sum(map(len, planted.lags.values())) == year.answers.granted
    assert two.wait.observed == ever.observed
    assert year.answers == Answers(
        asked=3000 + 400 + 60 + 30 + 4, granted=3032, denied=0, by_same=401, unsettled=61, open=0
    )


def test_for_whom_and_at_what_hours(year: Year) -> None:
    planted, two = year.planted, year.two
    hindered = Counter({one.name: one.delayed + one.stopped for one in two.accounts})
    assert hindered == planted.delayed
    assert {one.name: one.acts for one in two.accounts} == planted.in_scope
    assert {one.name: one.delayed for one in two.roles} == planted.delayed_roles
    assert {hour: n for hour, n in enumerate(two.hours) if n} == planted.local_hours
    assert two.hours_in_utc == 0


def test_unknown_acts_name_what_is_missing_and_hindered_ones_are_listed(year: Year) -> None:
    (fact,) = year.two.lacking
    assert (fact.label, fact.n, fact.of) == ("person behind account somebody", 61, 61)
    assert len(year.two.listed) == backtest.LISTED
    assert len(year.leavers.listed) == 31
    assert {one.outcome for one in year.leavers.listed} == {"stopped"}
    assert {one.demands for one in year.leavers.listed} == {("employment",)}
    assert [one.time for one in year.two.listed] == sorted(one.time for one in year.two.listed)


def test_a_window_and_a_trial_without_labels_change_what_is_counted(year: Year) -> None:
    policy = terms.parse(TWO, "p.yml")
    half = replace(year.trial, since=half_year.START, until=half_year.START, labels=())
    with pytest.raises(UsageError, match="No act is on record in this window"):
        backtest.backtest(year.engine, [policy], half)
    bare, _ = backtest.backtest(year.engine, [policy], replace(year.trial, labels=()))
    assert (bare[0].legitimate, bare[0].delayed, bare[0].incidents) == (3995, 902, ())
