"""What leavers began and others executed after the end."""

from __future__ import annotations

from typing import Any

import pytest

DETECTORS = ("effect_after_end",)
_DAY = 24 * 60


@pytest.fixture
def leaving(small: Any) -> Any:
    """The worker's last day is 2017-11-02; access ends at midnight, twelve hours on."""
    small.employ("worker", "2017-11-02")
    return small


def begin(small: Any, minutes: float = 0, **fields: Any) -> None:
    small.did(minutes, "account_deactivated", result="pending", on="@a", **fields)


def execute(small: Any, minutes: float = _DAY, **fields: Any) -> None:
    small.did(minutes, "account_deactivated", **{"login": "robot", "on": "@a", **fields})


def test_a_call_that_took_effect_after_the_end_is_told_of_the_system(
    leaving: Any, found: Any
) -> None:
    begin(leaving)
    execute(leaving)
    case = leaving.case()
    (told,) = found(case, "effect_after_end")
    assert (told.level, told.actor, told.person) == ("informational", None, "worker")
    assert told.target == "@a"
    assert [one.actor for one in told.evidence] == ["worker", "robot"]
    (sentence,) = told.sentences
    assert sentence == (
        "account.deactivate on @a was begun by worker at 2017-11-02 12:00:00Z, before their access"
        " ended at 2017-11-03 00:00Z, and executed by robot at 2017-11-03 12:00:00Z."
    )
    # Nobody is said to have acted after the end.
    every = case.scan().findings
    assert told in every
    assert not [one for one in every if one.rule == "P3-after-end" and one.verdict == "violation"]


def test_a_request_for_leave_counts_as_begun(leaving: Any, found: Any) -> None:
    asked = {"id": "ap-1", "for_action": "account_deactivated", "requested_by": "worker"}
    leaving.did(0, "approval_requested", on="@a", approval=asked)
    execute(leaving)
    assert len(found(leaving.case(), "effect_after_end")) == 1


@pytest.mark.parametrize(
    ("begun", "executed"),
    [
        pytest.param({}, {"minutes": 60}, id="before the end"),
        pytest.param({}, {"on": "@b"}, id="another object"),
        pytest.param({}, {"case": {"id": "C-2"}, "request": "r-x"}, id="another case"),
        pytest.param({}, {"result": "denied"}, id="not executed"),
        pytest.param({}, {"login": "worker"}, id="by the leaver"),
        pytest.param({}, {"login": "worker-adm"}, id="by the leaver's other account"),
        pytest.param({"login": "lead"}, {}, id="begun by somebody who stays"),
        pytest.param({"minutes": -40 * _DAY}, {}, id="too long before"),
        pytest.param({"login": "desk"}, {}, id="from a desk that was handed over"),
    ],
)
def test_what_is_no_late_effect(
    leaving: Any, found: Any, begun: dict[str, Any], executed: dict[str, Any]
) -> None:
    leaving.files["accounts.csv"] = (
        "account,source,person,kind,valid_from,valid_to\n"
        "worker,,worker,personal,,\nlead,,lead,personal,,\nworker-adm,,worker,admin,,\n"
        "desk,,worker,personal,,2017-11-01T00:00:00Z\n"
    )
    begin(leaving, **begun)
    execute(leaving, **executed)
    assert found(leaving.case(), "effect_after_end") == []


def test_what_was_refused_in_between_was_begun_anew(leaving: Any, found: Any) -> None:
    begin(leaving)
    leaving.did(30, "approval_denied", login="lead", on="@a")
    execute(leaving)
    assert found(leaving.case(), "effect_after_end") == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param([(2 * _DAY, "approval_revoked", "@a")], id="revoked after the effect"),
        pytest.param([(30, "approval_denied", "@b")], id="another one was refused"),
        pytest.param(
            [(30, "approval_denied", "@a"), (60, "approval_granted", "@a")], id="granted again"
        ),
    ],
)
def test_what_was_not_undone_before_it_took_effect(
    leaving: Any, found: Any, more: list[tuple[int, str, str]]
) -> None:
    begin(leaving)
    for minutes, action, target in sorted([*more, (_DAY, "", "")]):
        if action:
            leaving.did(minutes, action, login="lead", on=target)
        else:
            execute(leaving, minutes)
    assert len(found(leaving.case(), "effect_after_end")) == 1


def test_without_a_roster_it_is_said(small: Any, scanned: Any) -> None:
    del small.files["employees.csv"]
    begin(small)
    coverage = scanned(small.case()).coverage
    assert any(one.startswith("effect_after_end") for one in coverage.not_evaluated)
