"""Which request an answer belongs to, and by whom it was answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forensics.policy import backtest_waits
from forensics.policy.backtest_model import Answers
from forensics.policy.backtest_waits import ENOUGH, Cell

LAGS = "SELECT lag / 60000000 AS minutes, answer FROM backtest_answers ORDER BY 1, 2"
ASK = "approval.request"


def told(world: Any) -> tuple[Answers, list[tuple[float | None, str]]]:
    engine = world.engine()
    answers = backtest_waits.observe(engine, None, None)
    return answers, [(row["minutes"], row["answer"]) for row in engine.rows(LAGS)]


def ask(world: Any, minutes: float, **fields: Any) -> str:
    given = {"approval_for": "account.deactivate"}
    return str(world.event(minutes, ASK, **(given | fields)))


def test_an_answer_ends_the_wait_that_the_first_request_began(world: Any) -> None:
    ask(world, 0)
    ask(world, 4)
    world.approve(10)
    world.approve(11)  # nobody asked for it
    ask(world, 20)
    world.approve(21, state="deny")
    ask(world, 22)
    world.approve(25)
    ask(world, 30)
    answers, lags = told(world)
    assert lags == [(1, "denied"), (3, "granted"), (10, "granted"), (None, "open")]
    assert answers == Answers(asked=4, granted=2, denied=1, by_same=0, unsettled=0, open=1)


def test_requests_about_other_targets_actions_and_cases_are_apart(world: Any) -> None:
    ask(world, 0)
    ask(world, 1, target="@OTHER")
    ask(world, 2, approval_for="account.delete")
    ask(world, 3, target=None, case_id="C-1")
    ask(world, 4, target=None)
    world.approve(5, target="@other")
    world.approve(6, target=None, case_id="C-1")
    world.approve(7, approval_for="account.delete")
    answers, lags = told(world)
    assert lags == [(3, "granted"), (4, "granted"), (5, "granted"), (None, "open")]
    assert answers.asked == 4


def test_only_another_person_tells_how_long_another_takes(world: Any) -> None:
    ask(world, 0, target="@a")
    world.approve(1, target="@a", actor="CONTRACTOR-7")
    ask(world, 0, target="@b")
    second = world.approve(2, target="@b", actor="contractor-7-admin")
    world.person(second, person="contractor-7")
    ask(world, 0, target="@c")
    third = world.approve(3, target="@c", actor="who")
    world.person(third, person=None)
    answers, lags = told(world)
    assert lags == [(1, "by_same"), (2, "by_same"), (3, "unsettled")]
    assert (answers.granted, answers.by_same, answers.unsettled) == (0, 2, 1)


def test_requests_outside_the_window_do_not_count(world: Any) -> None:
    ask(world, 0)
    world.approve(10)
    engine = world.engine()
    noon = world.events[0]["time"]
    late = backtest_waits.observe(engine, noon + timedelta(microseconds=1), None)
    assert late.asked == backtest_waits.observe(engine, None, noon).asked == 0
    assert backtest_waits.observe(engine, noon, noon + timedelta(microseconds=1)).granted == 1


def test_waits_side_by_side_are_as_long_as_the_longest(world: Any) -> None:
    for number in range(ENOUGH):
        ask(world, number, target=f"@{number}")
        world.approve(number + 10 * (1 + number % 2), target=f"@{number}", approval_by="TS_Lead")
    engine = world.engine()
    backtest_waits.observe(engine, None, None)
    minute = 60_000_000
    cells = [
        Cell(acts=3, asks=True, roles=("ts_lead",), hour=12, least=15 * minute, assumed=False),
        Cell(acts=1, asks=True, roles=("manager",), hour=12, least=0, assumed=False),
        Cell(acts=1, asks=False, roles=None, hour=12, least=minute // 3, assumed=False),
    ]
    whole, parts = backtest_waits.waits(engine, cells, 40 * minute)
    assert {one.basis.split(":")[0]: (one.acts, one.median, one.p95) for one in parts} == {
        "assumed": (1, 40, 40),
        "observed": (3, 15, 20),
        "said by the policy": (1, 1 / 3, 1 / 3),
    }
    assert whole is not None
    assert (whole.acts, whole.median, whole.p95, whole.observed) == (5, 15, 40, ENOUGH)
    assert backtest_waits.waits(engine, [], minute) == (None, ())
